import itertools
from dataclasses import replace
from typing import get_args

import numpy as np
import pytest

from tests.effort import effort, small_sums
from vcam.arkit import ARKIT_INDEX, ARKIT_NAMES
from vcam.identity import PoseRange
from vcam.media import MS_NS, SECOND_NS, Controls, Hearing, Mood, frame_due_ns
from vcam.profile import LifeSettings
from vcam.signals.controls import ControlsTrack
from vcam.signals.gaze import CAMERA_CONE, EYE_REACH_PITCH_RAD, EYE_REACH_YAW_RAD
from vcam.signals.mood import MOODS, weights
from vcam.signals.pose import MAX_ACCELERATION_RAD_S2, MAX_SPEED_RAD_S

RANGE = PoseRange(0.30, 0.20, 0.20)
NATURAL = LifeSettings()
MOUTH = [n for n, name in enumerate(ARKIT_NAMES) if name.startswith(("jaw", "mouth", "tongue"))]
TEN_HOURS_NS = 36_000 * SECOND_NS


def a_track(life: LifeSettings = NATURAL, seed: int = 7) -> ControlsTrack:
    return ControlsTrack(life, seed, RANGE)


def a_talk(count: int, fps: int = 30, start_ns: int = 0) -> list[Hearing]:
    """Turns of ten seconds, spoken and silent, with a level that jumps as syllables do."""
    talk = []
    for n in range(count):
        t_s = n / fps
        speaking = t_s % 20 > 10
        level = (0.5 + 0.45 * np.sin(t_s * 23)) * (np.sin(t_s * 31) > -0.5) if speaking else 0.0
        talk.append(
            Hearing(start_ns + frame_due_ns(n, fps), speaking, float(level), float(speaking) * 0.9)
        )
    return talk


def assert_same(one: Controls, other: Controls) -> None:
    assert replace(one, expression=None) == replace(other, expression=None)
    np.testing.assert_array_equal(one.expression, other.expression)


@pytest.mark.parametrize("start_ns", [0, TEN_HOURS_NS])
def test_the_same_seed_and_voice_give_the_same_life(start_ns: int) -> None:
    first, second = a_track(), a_track()
    for hearing in a_talk(2000, start_ns=start_ns):
        controls = first.at(hearing)
        assert_same(controls, first.at(hearing))
        assert_same(controls, second.at(hearing))


def test_another_seed_gives_another_life() -> None:
    tracks = a_track(seed=1), a_track(seed=2)
    poses = [[track.at(hearing).pose[0] for hearing in a_talk(3000, fps=1)] for track in tracks]
    assert abs(np.corrcoef(poses)[0, 1]) < 0.15


def test_silence_looks_the_same_at_any_rate_and_in_any_order() -> None:
    track = a_track()
    forward = {n: track.at(Hearing(n * 20 * MS_NS)) for n in range(3000)}
    for n in [2999, 5, 1500, 1499, 0, 2998, 777]:
        assert_same(track.at(Hearing(n * 20 * MS_NS)), forward[n])
    slow = a_track()
    for n in range(0, 3000, 10):
        assert_same(slow.at(Hearing(n * 20 * MS_NS)), forward[n])


def test_the_head_stays_smooth_while_level_and_activity_jump() -> None:
    track = a_track()
    poses = np.array([track.at(hearing).pose for hearing in a_talk(30 * 1200)])
    assert np.abs(np.diff(poses, axis=0)).max() * 30 <= MAX_SPEED_RAD_S
    assert np.abs(np.diff(poses, 2, axis=0)).max() * 30**2 <= MAX_ACCELERATION_RAD_S2


def test_the_window_and_the_gate_are_handed_on() -> None:
    window = np.ones((3, 80), np.float32)
    controls = a_track(LifeSettings(mood="warm")).at(Hearing(5, True, 0.5, 0.5, window))
    assert controls.t_ns == 5
    assert controls.audio is window
    assert controls.voiced
    assert controls.mood == "warm"


@pytest.mark.parametrize("mood", get_args(Mood))
def test_a_still_life_is_constant_whatever_is_heard(mood: Mood) -> None:
    track = a_track(LifeSettings(preset="still", mood=mood))
    for hearing in a_talk(2000):
        controls = track.at(hearing)
        assert controls.pose == (0.0, 0.0, 0.0)
        assert controls.blink == (0.0, 0.0)
        assert controls.gaze == (0.0, 0.0)
        assert controls.expression is not None
        assert (controls.expression == weights(MOODS[mood].face)).all()


@pytest.mark.parametrize("mood", get_args(Mood))
def test_blink_and_gaze_are_said_once_and_the_mouth_belongs_to_the_voice(mood: Mood) -> None:
    track = a_track(LifeSettings(mood=mood))
    talk = [Hearing(n * 100 * MS_NS, voiced=True) for n in range(3000)]
    faces = np.array([track.at(hearing).expression for hearing in talk])
    assert faces.shape == (3000, 52)
    assert faces.dtype == np.float32
    eyes = [n for n, name in enumerate(ARKIT_NAMES) if name.startswith(("eyeBlink", "eyeLook"))]
    assert not faces[:, eyes].any()
    assert faces[:, MOUTH] == pytest.approx(np.tile(faces[0, MOUTH], (3000, 1)), abs=1e-6)
    assert faces[:, ARKIT_INDEX["browInnerUp"]].std() > 0


def test_in_silence_the_lips_part_now_and_then() -> None:
    track = a_track()
    faces = np.array([track.at(Hearing(n * 100 * MS_NS)).expression for n in range(3000)])
    jaw = faces[:, ARKIT_INDEX["jawOpen"]]
    assert 0.01 < jaw.max() < 0.05
    assert (jaw == 0).mean() > 0.85


def test_parted_lips_are_free_to_meet_60_ms_after_a_voice_began() -> None:
    track = a_track()
    jaw = ARKIT_INDEX["jawOpen"]
    parted = next(
        n for n in range(3000) if track.at(Hearing(n * 10 * MS_NS)).expression[jaw] > 0.02
    )
    moments = [Hearing(n * 10 * MS_NS, voiced=n > parted) for n in range(parted, parted + 8)]
    jaws = [float(track.at(hearing).expression[jaw]) for hearing in moments]
    assert jaws[0] > 0.02
    assert jaws[7] == pytest.approx(0.0, abs=1e-6)
    assert np.abs(np.diff(jaws)).max() < 0.012


def test_a_turned_head_still_looks_at_the_camera() -> None:
    track = a_track()
    at_camera = []
    for hearing in a_talk(30 * 600):
        controls = track.at(hearing)
        x = controls.gaze[0] + controls.pose[0] / EYE_REACH_YAW_RAD
        y = controls.gaze[1] - controls.pose[1] / EYE_REACH_PITCH_RAD
        at_camera.append(np.hypot(x, y) <= CAMERA_CONE)
    assert np.mean(at_camera) >= 0.8


def test_a_moment_of_life_costs_little() -> None:
    track, talk = a_track(), itertools.cycle(a_talk(1000))
    spent = effort(lambda: track.at(next(talk)), small_sums)
    assert spent <= 0.7  # measured: 0.32
