"""Blinks: when, how far and how fast the lids move."""

from dataclasses import dataclass

from vcam.signals.processes import Event, EventTrain, between, smooth_step

DOUBLE_SHARE = 0.10
"""Blinks followed at once by a second one."""
HALF_SHARE = 0.15
"""Blinks that do not shut the eye."""
MAX_LAG_S = 0.012
"""How far one eye may trail the other: below half a frame, seen only as softness."""

_SHORTEST_GAP_S = 0.7
_GAP_SPREAD = 0.55


@dataclass(frozen=True)
class _Lid:
    """One movement of a lid: down, shut, up; seconds, and how far it goes (1 shuts the eye)."""

    close_s: float
    shut_s: float
    open_s: float
    depth: float

    @property
    def whole_s(self) -> float:
        return self.close_s + self.shut_s + self.open_s

    def at(self, age_s: float) -> float:
        down = smooth_step(age_s / self.close_s)
        up = smooth_step((age_s - self.close_s - self.shut_s) / self.open_s)
        return self.depth * (down - up)


def _lid(draws: tuple[float, ...]) -> _Lid:
    """Shape one lid movement from four draws: closing fast, 60-100 ms shut, 120-200 ms open again.

    A half blink turns round where it is, without a rest.
    """
    kind, close, shut, reopen = draws
    half = kind < HALF_SHARE
    return _Lid(
        close_s=between(0.040, 0.070, close),
        shut_s=0.0 if half else between(0.060, 0.100, shut),
        open_s=between(0.120, 0.200, reopen),
        depth=between(0.40, 0.75, kind / HALF_SHARE) if half else 1.0,
    )


class Blink:
    """The lids over time: `at(t_ns)` -> (left, right), 0 open .. 1 shut."""

    def __init__(self, per_minute: float, seed: int) -> None:
        """Blink `per_minute` times (both halves of a double count); 0 never blinks."""
        self._train = None
        if per_minute > 0:
            gap_s = 60.0 / per_minute * (1.0 + DOUBLE_SHARE)
            shortest_s = min(_SHORTEST_GAP_S, 0.5 * gap_s)
            self._train = EventTrain(seed, "blink", gap_s, shortest_s, _GAP_SPREAD, marks=8)

    def at(self, t_ns: int) -> tuple[float, float]:
        """Return how far (left, right) are shut."""
        if self._train is None:
            return 0.0, 0.0
        before, last = (_closure(event) for event in self._train.at(t_ns))
        return max(before[0], last[0]), max(before[1], last[1])


def _closure(event: Event) -> tuple[float, float]:
    """Return (left, right) of one blink, single or double."""
    if event.age_s > 1.0:
        return 0.0, 0.0
    first = _lid(event.marks[:4])
    lag, double, pause, again = event.marks[4:]
    left_s = event.age_s - max(0.0, 2 * lag - 1) * MAX_LAG_S
    right_s = event.age_s - max(0.0, 1 - 2 * lag) * MAX_LAG_S
    if double >= DOUBLE_SHARE:
        return first.at(left_s), first.at(right_s)
    second = _lid((1.0, again, pause, again))
    after_s = first.whole_s + between(0.03, 0.12, pause)
    return (
        max(first.at(left_s), second.at(left_s - after_s)),
        max(first.at(right_s), second.at(right_s - after_s)),
    )
