from pathlib import Path

import numpy as np
import pytest

from tests.speech_sets import make_speech_set
from vcam.arkit import ARKIT_INDEX
from vcam.errors import InputError
from vcam.identity import PoseRange
from vcam.media import SECOND_NS, Controls, frame_due_ns
from vcam.studio.clips import FPS, TrainingPlan, plan_held_out, plan_training, plan_turned
from vcam.studio.speechset import CURVE_HZ, read_clip, read_manifest
from vcam.studio.sweeps import is_blink, is_wide, plan_sweeps

RANGE = PoseRange()
FRAMES = 700


@pytest.fixture(scope="module")
def speech(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small speech set: six training voices, three test voices."""
    return make_speech_set(tmp_path_factory.mktemp("speech"), slice(None, None, 20), slice(4))


@pytest.fixture(scope="module")
def plan(speech: Path) -> TrainingPlan:
    return plan_training("announcer3", FRAMES, speech, RANGE, 0)


@pytest.fixture(scope="module")
def training(plan: TrainingPlan) -> tuple[Controls, ...]:
    return plan.controls


def same(one: Controls, other: Controls) -> bool:
    return one.pose == other.pose and np.array_equal(one.expression, other.expression)


def test_a_training_set_is_rich_in_wide_mouths_and_blinks(training: tuple[Controls, ...]) -> None:
    assert len(training) == FRAMES
    assert 0.27 <= np.mean([is_wide(c) for c in training]) <= 0.45
    assert 0.13 <= np.mean([is_blink(c) for c in training]) <= 0.25


def test_a_training_set_starts_with_the_sweeps(training: tuple[Controls, ...]) -> None:
    sweeps = plan_sweeps(RANGE)
    assert all(same(a, b) for a, b in zip(training, sweeps, strict=False))


def test_every_spoken_frame_knows_its_moment_of_training_speech(
    plan: TrainingPlan, speech: Path
) -> None:
    rows = {row["path"]: row for row in read_manifest(speech)}
    frames = [moment.frame for moment in plan.spoken]
    assert frames == list(range(frames[0], FRAMES))
    for moment in plan.spoken:
        assert rows[moment.path]["split"] == "train"
        assert 0 <= moment.t_ns < rows[moment.path]["duration_s"] * 1e9
        assert moment.t_ns % frame_due_ns(1, FPS) == 0
    # The jaw of a frame is its clip's at that time: louder or softer, and with a mood on top.
    jaws = []
    for moment in plan.spoken:
        curve = read_clip(speech, moment.path).weights[:, ARKIT_INDEX["jawOpen"]]
        worn = plan.controls[moment.frame].expression
        assert worn is not None
        jaws.append((curve[moment.t_ns * CURVE_HZ // SECOND_NS], worn[ARKIT_INDEX["jawOpen"]]))
    assert np.corrcoef(np.array(jaws).T)[0, 1] > 0.95


def test_the_same_seed_plans_the_same_and_announcers_differ(
    training: tuple[Controls, ...], speech: Path
) -> None:
    again = plan_training("announcer3", FRAMES, speech, RANGE, 0).controls
    assert all(same(a, b) for a, b in zip(training, again, strict=True))
    other = plan_training("announcer4", FRAMES, speech, RANGE, 0).controls
    assert not any(same(a, b) for a, b in zip(training[-300:], other[-300:], strict=True))


def test_turned_heads_and_lids_tell_nothing_of_each_other_nor_of_the_mouth(speech: Path) -> None:
    plan = plan_turned("announcer3", 300, speech, RANGE, 0)
    assert [moment.frame for moment in plan.spoken] == list(range(300))
    limits = (RANGE.yaw_rad, RANGE.pitch_rad, RANGE.roll_rad)
    for column, limit in zip(np.array([c.pose for c in plan.controls]).T, limits, strict=True):
        assert 0.8 * limit < np.abs(column).max() <= limit
    assert all(c.gaze == (0.0, 0.0) for c in plan.controls)
    jaws = [c.expression[ARKIT_INDEX["jawOpen"]] for c in plan.controls if c.expression is not None]
    told = np.corrcoef(
        [[*c.pose, max(c.blink), jaw] for c, jaw in zip(plan.controls, jaws, strict=True)],
        rowvar=False,
    )
    assert np.abs(told - np.eye(5)).max() < 0.2


def test_held_out_clips_are_six_seconds_of_test_voices_alive(speech: Path) -> None:
    clips = [plan_held_out("announcer3", number, speech, RANGE, 0) for number in range(3)]
    test_voices = {row["voice"] for row in read_manifest(speech) if row["split"] == "test"}
    assert len({clip.voice for clip in clips}) == 3
    assert {clip.voice for clip in clips} <= test_voices
    for clip in clips:
        assert [c.t_ns for c in clip.controls] == [frame_due_ns(i, FPS) for i in range(150)]
        assert len(clip.samples) == 6 * 16000
        expressions = np.array([c.expression for c in clip.controls])
        assert expressions.max() > 0.15
        assert np.ptp([c.pose for c in clip.controls], axis=0).max() > 0.005


def test_held_out_moments_are_not_in_the_training_set(
    training: tuple[Controls, ...], speech: Path
) -> None:
    clip = plan_held_out("announcer3", 0, speech, RANGE, 0)
    assert not any(same(a, b) for a in clip.controls for b in training)


def test_without_a_speech_set_nothing_is_planned(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not a finished speech set"):
        plan_training("announcer3", FRAMES, tmp_path, RANGE, 0)
