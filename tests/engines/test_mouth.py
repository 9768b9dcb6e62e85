import numpy as np
import pytest

from vcam.arkit import ARKIT_NAMES
from vcam.engines.mouth import MouthTrack
from vcam.media import MS_NS, Vector, frame_due_ns

OPEN = np.full(len(ARKIT_NAMES), 0.5, np.float32)


def share(mouth: Vector) -> float:
    return float(mouth[0] / OPEN[0])


@pytest.mark.parametrize("fps", [25, 30, 60])
@pytest.mark.parametrize("late_ms", [1, 12, 30])
def test_speech_after_silence_is_seen_whole_within_60_ms(fps: int, late_ms: int) -> None:
    mouth = MouthTrack()
    gate_ns = frame_due_ns(10, fps) + late_ms * MS_NS
    for index in range(20):
        t_ns = frame_due_ns(index, fps)
        shown = share(mouth.at(t_ns, OPEN, voiced=t_ns >= gate_ns))
        if t_ns < gate_ns:
            assert shown == 0.0
        if t_ns >= gate_ns + 60 * MS_NS:
            assert shown == pytest.approx(1.0)


@pytest.mark.parametrize("fps", [25, 30, 60])
@pytest.mark.parametrize("late_ms", [1, 12, 30])
def test_the_mouth_is_at_rest_within_80_ms_of_the_gate(fps: int, late_ms: int) -> None:
    mouth = MouthTrack()
    gate_ns = frame_due_ns(10, fps) + late_ms * MS_NS
    for index in range(20):
        t_ns = frame_due_ns(index, fps)
        shown = share(mouth.at(t_ns, OPEN, voiced=t_ns < gate_ns))
        if t_ns >= gate_ns + 80 * MS_NS:
            assert shown == 0.0


def test_it_closes_along_a_smooth_curve() -> None:
    mouth = MouthTrack()
    for t_ms in range(100):
        mouth.at(t_ms * MS_NS, OPEN, voiced=True)
    shown = [share(mouth.at(t_ms * MS_NS, OPEN, voiced=False)) for t_ms in range(100, 200)]
    steps = -np.diff(shown)
    assert (steps >= -1e-6).all()
    assert steps.max() < 0.03
    assert abs(np.diff(steps)).max() < 0.002


def test_noise_without_a_voice_moves_nothing() -> None:
    mouth, random = MouthTrack(), np.random.default_rng(1)
    for index in range(300):
        noise = random.random(len(ARKIT_NAMES)).astype(np.float32)
        assert not mouth.at(frame_due_ns(index, 30), noise, voiced=False).any()


def test_what_the_fuser_says_while_the_mouth_closes_is_not_shown() -> None:
    mouth = MouthTrack()
    for t_ms in range(0, 100, 10):
        mouth.at(t_ms * MS_NS, OPEN, voiced=True)
    wide = mouth.at(110 * MS_NS, 2 * OPEN, voiced=False)
    assert share(wide) < 1.0


def test_a_voice_that_comes_back_while_the_mouth_closes_does_not_jump() -> None:
    mouth = MouthTrack()
    shown = []
    for t_ms in range(300):
        shown.append(share(mouth.at(t_ms * MS_NS, OPEN, voiced=t_ms < 100 or t_ms >= 135)))
    assert abs(np.diff(shown)).max() < 0.035
    assert min(shown[100:140]) > 0.2


def test_going_back_in_time_starts_at_rest() -> None:
    mouth = MouthTrack()
    for t_ms in range(0, 1000, 30):
        mouth.at(t_ms * MS_NS, OPEN, voiced=True)
    assert share(mouth.at(0, OPEN, voiced=True)) == 0.0
