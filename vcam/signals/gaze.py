"""Gaze: fixations, saccades and micro-saccades, mostly at the camera."""

from collections.abc import Callable
from math import hypot

from vcam.signals.processes import Event, EventTrain, between, smooth_step

EYE_REACH_YAW_RAD = 0.50
EYE_REACH_PITCH_RAD = 0.42
"""How far gaze 1 turns the eyes in the head: nearly 30 degrees, about as far as is comfortable."""
CAMERA_CONE = 0.06
"""Within this of (0, 0) is at the camera: under two degrees, which nobody can tell apart."""

Point = tuple[float, float]
Marks = tuple[float, ...]

_AWAY_SHARE = 0.10
_SACCADE_S = (0.030, 0.060)
_FULL_SACCADE = 0.4
"""Jumps from this on take the longest time."""


class Gaze:
    """Where the eyes look over time, seen from the camera: (0, 0) looks into it."""

    def __init__(self, scale: float, seed: int) -> None:
        """Wander `scale` times as far as people do: 0 stares, 1 is natural."""
        self._scale = scale
        self._looks = EventTrain(seed, "looks", 1.3, 0.35, spread=0.6, marks=3)
        self._micro = EventTrain(seed, "micro-saccades", 0.75, 0.25, spread=0.5, marks=2)

    def at(self, t_ns: int) -> Point:
        """Return (x, y): x to the announcer's left, y up; 1 is as far as the eyes reach."""
        x, y = _travel(*self._looks.at(t_ns), _look)
        dx, dy = _travel(*self._micro.at(t_ns), _fidget)
        return self._scale * (x + dx), self._scale * (y + dy)


def seen_from_head(point: Point, pose: tuple[float, float, float]) -> Point:
    """Return the gaze in the head, in [-1, 1], that looks at `point` from a turned head.

    Eyes hold their target while the head moves (the vestibulo-ocular reflex).
    """
    yaw, pitch, _ = pose
    x = point[0] - yaw / EYE_REACH_YAW_RAD
    y = point[1] + pitch / EYE_REACH_PITCH_RAD
    return min(max(x, -1.0), 1.0), min(max(y, -1.0), 1.0)


def _look(marks: Marks) -> Point:
    """Return what one fixation looks at: the camera, or aside, there more sideways than down."""
    kind, u, v = marks
    if kind >= _AWAY_SHARE:
        return between(-0.03, 0.03, u), between(-0.02, 0.02, v)
    side = 1.0 if kind < 0.5 * _AWAY_SHARE else -1.0
    return side * between(0.10, 0.34, u), between(-0.18, 0.10, v)


def _fidget(marks: Marks) -> Point:
    u, v = marks
    return between(-0.015, 0.015, u), between(-0.010, 0.010, v)


def _travel(before: Event, last: Event, target: Callable[[Marks], Point]) -> Point:
    """Return the point on the way from the event before to the last one."""
    (x0, y0), (x1, y1) = target(before.marks), target(last.marks)
    saccade_s = between(*_SACCADE_S, min(1.0, hypot(x1 - x0, y1 - y0) / _FULL_SACCADE))
    done = smooth_step(last.age_s / saccade_s)
    return x0 + done * (x1 - x0), y0 + done * (y1 - y0)
