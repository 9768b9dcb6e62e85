import numpy as np
import pytest

from vcam.media import MS_NS, frame_due_ns
from vcam.signals.gaze import (
    CAMERA_CONE,
    EYE_REACH_PITCH_RAD,
    EYE_REACH_YAW_RAD,
    Gaze,
    seen_from_head,
)

HOUR = range(3600 * 30)


def test_the_eyes_are_mostly_at_the_camera_and_sometimes_aside() -> None:
    gaze = Gaze(1.0, seed=4)
    points = np.array([gaze.at(frame_due_ns(n, 30)) for n in HOUR])
    at_camera = np.hypot(*points.T) <= CAMERA_CONE
    assert 0.80 <= at_camera.mean() <= 0.97
    assert (np.hypot(*points.T) > 0.1).mean() > 0.02
    assert np.abs(points).max() < 0.5
    assert abs(points.mean()) < 0.02


def test_saccades_take_30_to_60_ms_and_fixations_stand() -> None:
    gaze = Gaze(1.0, seed=4)
    points = np.array([gaze.at(n * MS_NS) for n in range(240_000)])
    moving = (np.diff(points, axis=0) != 0).any(axis=1)
    edges = np.flatnonzero(np.diff(np.concatenate(([0], moving, [0]))))
    runs_ms = edges[1::2] - edges[::2]
    assert moving.mean() < 0.12
    assert ((runs_ms >= 29) & (runs_ms <= 61)).mean() > 0.9
    assert runs_ms.max() <= 122  # a micro-saccade may fall upon a saccade
    assert 200 < len(runs_ms) < 900


def test_the_eyes_never_leave_their_range() -> None:
    gaze = Gaze(2.0, seed=4)
    points = [
        seen_from_head(gaze.at(frame_due_ns(n, 1)), (0.5 * (-1) ** n, 0.5, 0.0))
        for n in range(3600)
    ]
    assert np.abs(points).max() <= 1


@pytest.mark.parametrize("pose", [(0.2, 0.0, 0.1), (-0.1, 0.15, 0.0)])
def test_eyes_hold_the_camera_while_the_head_turns(pose: tuple[float, float, float]) -> None:
    x, y = seen_from_head((0.0, 0.0), pose)
    assert x * EYE_REACH_YAW_RAD + pose[0] == pytest.approx(0)  # turned left, the eyes look right
    assert y * EYE_REACH_PITCH_RAD - pose[1] == pytest.approx(0)  # nodding down, they look up


def test_a_scale_of_zero_stares() -> None:
    assert {Gaze(0.0, seed=1).at(n * MS_NS * 100) for n in range(100)} == {(0.0, 0.0)}
