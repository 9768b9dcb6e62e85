"""Head pose: postures held and changed, a little sway, breath, and nods that follow the voice.

A head that only floats looks drunk; people hold a posture and then shift it. So most of the
motion is a train of postures, joined by movements of least jerk, and the sway on top is small.
While the announcer speaks a second, livelier layer comes in, and the chin follows emphasis.
"""

from dataclasses import dataclass
from math import tanh

from vcam.identity import PoseRange
from vcam.signals.breath import Breath
from vcam.signals.processes import Event, EventTrain, SmoothNoise, between, smooth_step

Pose = tuple[float, float, float]
"""(yaw, pitch, roll) in radians, signs as in `vcam.media.Controls`."""

MAX_SPEED_RAD_S = 1.0
MAX_ACCELERATION_RAD_S2 = 10.0
"""Bounds of each angle's first and second derivative at head scale 1, while the voice moves too."""


@dataclass(frozen=True)
class _Temper:
    """How one layer of motion behaves: how often, how long, how far; sway around it."""

    gap_s: float
    shortest_gap_s: float
    move_s: tuple[float, float]
    reach_rad: Pose
    sway_rad: Pose
    sway_knot_s: float


_IDLE = _Temper(4.2, 1.4, (0.6, 1.2), (0.075, 0.036, 0.034), (0.010, 0.008, 0.006), 0.9)
_SPEAKING = _Temper(1.6, 0.75, (0.35, 0.7), (0.085, 0.048, 0.042), (0.012, 0.014, 0.008), 0.32)
_BREATH_RAD = 0.007
_NOD_RAD = 0.050
_TURN_RAD = 0.020


class HeadPose:
    """The head over time: `at(t_ns, activity, emphasis)` -> (yaw, pitch, roll) within the range."""

    def __init__(self, scale: float, breathing: float, pose_range: PoseRange, seed: int) -> None:
        """Move `scale` times as far as people do; `breathing` scales the breath alone."""
        self._scale, self._breathing, self._range = scale, breathing, pose_range
        self._idle = _Layer(_IDLE, seed, "idle")
        self._speaking = _Layer(_SPEAKING, seed, "speaking")
        self._breath = Breath(seed)
        self._nod = SmoothNoise(seed, "nod", 0.8)
        self._turn = SmoothNoise(seed, "turn", 0.6)

    def at(self, t_ns: int, activity: float = 0.0, emphasis: float = 0.0) -> Pose:
        """Return the pose at `t_ns`; `activity` and `emphasis` in 0 .. 1 as `Voice` gives them."""
        yaw, pitch, roll = (
            idle + activity * speaking
            for idle, speaking in zip(self._idle.at(t_ns), self._speaking.at(t_ns), strict=True)
        )
        yaw += _TURN_RAD * emphasis * self._turn.at(t_ns)
        pitch += _NOD_RAD * emphasis * (0.4 + 0.6 * self._nod.at(t_ns))
        yaw, pitch, roll = self._scale * yaw, self._scale * pitch, self._scale * roll
        pitch -= self._breathing * _BREATH_RAD * self._breath.at(t_ns)
        return (
            _within(yaw, self._range.yaw_rad),
            _within(pitch, self._range.pitch_rad),
            _within(roll, self._range.roll_rad),
        )


class _Layer:
    def __init__(self, temper: _Temper, seed: int, name: str) -> None:
        self._temper = temper
        self._train = EventTrain(
            seed, f"{name} posture", temper.gap_s, temper.shortest_gap_s, spread=0.6, marks=7
        )
        self._sways = [
            SmoothNoise(seed, f"{name} sway {axis}", temper.sway_knot_s) for axis in "ypr"
        ]

    def at(self, t_ns: int) -> Pose:
        before, last = self._train.at(t_ns)
        done = smooth_step(last.age_s / between(*self._temper.move_s, last.marks[6]))
        start, end = self._posture(before), self._posture(last)
        yaw, pitch, roll = (
            a + done * (b - a) + size * sway.at(t_ns)
            for a, b, size, sway in zip(start, end, self._temper.sway_rad, self._sways, strict=True)
        )
        return yaw, pitch, roll

    def _posture(self, event: Event) -> Pose:
        """Return where the event goes; two draws an axis make small turns the common ones."""
        a, b, c, d, e, f, _ = event.marks
        yaw, pitch, roll = self._temper.reach_rad
        return yaw * (a + b - 1), pitch * (c + d - 1), roll * (e + f - 1)


def _within(angle: float, limit: float) -> float:
    """Bend `angle` softly so that it never reaches `limit`; small angles stay as they are."""
    return limit * tanh(angle / limit) if limit > 0 else 0.0
