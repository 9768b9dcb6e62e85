import numpy as np
import pytest
from numpy.typing import NDArray

from vcam.identity import PoseRange
from vcam.media import SECOND_NS, frame_due_ns
from vcam.signals.pose import MAX_ACCELERATION_RAD_S2, MAX_SPEED_RAD_S, HeadPose

RANGE = PoseRange(0.30, 0.20, 0.20)
TEN_HOURS_NS = 36_000 * SECOND_NS


def curve(head: HeadPose, activity: float, minutes: int, fps: int = 30) -> NDArray[np.float64]:
    """Return poses (N, 3)."""
    emphasis = 0.6 * activity
    frames = range(minutes * 60 * fps)
    return np.array([head.at(frame_due_ns(n, fps), activity, emphasis) for n in frames])


def a_head(scale: float = 1.0, pose_range: PoseRange = RANGE, seed: int = 3) -> HeadPose:
    return HeadPose(scale, 1.0, pose_range, seed)


@pytest.mark.parametrize("activity", [0.0, 1.0])
def test_the_head_moves_smoothly(activity: float) -> None:
    poses = curve(a_head(), activity, minutes=12, fps=60)
    assert np.abs(np.diff(poses, axis=0)).max() * 60 <= MAX_SPEED_RAD_S
    assert np.abs(np.diff(poses, 2, axis=0)).max() * 60**2 <= MAX_ACCELERATION_RAD_S2


@pytest.mark.parametrize("reach", [0.01, 0.08, 0.30])
def test_the_head_stays_within_what_the_identity_can(reach: float) -> None:
    poses = curve(a_head(2.0, PoseRange(reach, reach / 2, reach / 3)), 1.0, minutes=10)
    assert (np.abs(poses).max(axis=0) <= [reach, reach / 2, reach / 3]).all()
    assert (poses.std(axis=0) > 0.1 * np.array([reach, reach / 2, reach / 3])).any()


def test_an_identity_that_cannot_turn_does_not() -> None:
    assert a_head(1.0, PoseRange(0.0, 0.0, 0.0)).at(SECOND_NS, 1.0, 1.0) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize("activity", [0.0, 1.0])
def test_the_head_never_repeats_itself(activity: float) -> None:
    fps = 2
    poses = curve(a_head(), activity, minutes=120, fps=fps)
    spectrum = np.fft.rfft(poses - poses.mean(axis=0), 2 * len(poses), axis=0)
    correlation = np.fft.irfft(np.abs(spectrum) ** 2, axis=0)[: 60 * 60 * fps]
    correlation /= correlation[0]
    assert np.abs(correlation[20 * fps :]).max() < 0.25


def test_the_head_is_alive_when_idle_and_livelier_when_speaking() -> None:
    idle, speaking = curve(a_head(), 0.0, 15), curve(a_head(), 1.0, 15)
    assert (np.degrees(idle.std(axis=0)) > [1.0, 0.5, 0.4]).all()
    assert (speaking.std(axis=0) > 1.2 * idle.std(axis=0)).all()
    speeds = [np.abs(np.diff(poses, axis=0)).mean(axis=0) for poses in (idle, speaking)]
    assert (speeds[1] > 2 * speeds[0]).all()


def test_an_idle_head_holds_its_posture_most_of_the_time() -> None:
    speed = np.abs(np.diff(np.degrees(curve(a_head(), 0.0, 15)[:, 0]))) * 30
    assert 0.6 < (speed < 1.0).mean() < 0.95
    assert speed.max() > 4


def test_emphasis_nods() -> None:
    head = a_head()
    nods = np.array(
        [
            head.at(n * SECOND_NS // 4, 1.0, 1.0)[1] - head.at(n * SECOND_NS // 4, 1.0, 0.0)[1]
            for n in range(4000)
        ]
    )
    assert 0.005 < nods.mean() < 0.03
    assert (nods > 0).mean() > 0.8


def test_breath_lifts_the_chin_and_nothing_else() -> None:
    breathing, not_breathing = a_head(), HeadPose(1.0, 0.0, RANGE, 3)
    times = [TEN_HOURS_NS + n * SECOND_NS // 5 for n in range(3000)]
    lift = np.array([np.subtract(breathing.at(t), not_breathing.at(t)) for t in times])
    assert (lift[:, [0, 2]] == 0).all()
    assert lift[:, 1].max() <= 0
    assert 0.004 < -lift[:, 1].min() < 0.008
