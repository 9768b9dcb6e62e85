"""What work costs, measured side by side: one process, round by round, medians.

Cost is CPU time of the whole process, so threads of a runtime count and a busy machine disturbs
little. Subjects take turns within each round, so whatever slows the machine slows all of them, and
each is also given as a multiple of the anchor, which compares between runs and machines.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from vcam.clock import Clock, cpu_ns
from vcam.media import MS_NS, SECOND_NS

SLICE_MS = 4.0
"""A subject's turn is repeated until it takes about this long: clocks and caches settle."""
MOST_REPEATS = 400


def _nothing() -> None:
    """A subject that needs no preparation."""


@dataclass(frozen=True)
class Subject:
    """A piece of work; one call of `work` is one frame's worth."""

    labels: Mapping[str, Any]
    """What it is, as it stands in the row."""
    work: Callable[[], object] = field(repr=False)
    prepare: Callable[[], object] = field(default=_nothing, repr=False)
    """Called before each turn and not measured: sets the number of threads."""


@dataclass(frozen=True)
class Cost:
    """What one call cost; medians over the rounds."""

    core_ms: float
    """CPU time of all threads."""
    core_ms_min: float
    wall_ms: float
    rounds: int
    anchors: float
    """Median over the rounds of core_ms / the anchor's core_ms in the same round."""

    @property
    def fps(self) -> float:
        """Calls a second, one after the other."""
        return 1000.0 / self.wall_ms if self.wall_ms else 0.0


def measure(
    subjects: Sequence[Subject], seconds: float, clock: Clock, cpu: Callable[[], int] = cpu_ns
) -> list[Cost]:
    """Measure `subjects`, the first being the anchor, for about `seconds`, at least 3 rounds."""
    repeats = [_repeats(subject, cpu) for subject in subjects]
    rounds: list[list[tuple[float, float]]] = []
    end_ns = clock.now_ns() + round(seconds * SECOND_NS)
    while len(rounds) < 3 or clock.now_ns() < end_ns:
        rounds.append(
            [_turn(s, count, clock, cpu) for s, count in zip(subjects, repeats, strict=True)]
        )
    return [_cost(rounds, index) for index in range(len(subjects))]


def _repeats(subject: Subject, cpu: Callable[[], int]) -> int:
    """Warm up, and return how often a turn calls the work."""
    subject.prepare()
    subject.work()
    start_ns = cpu()
    subject.work()
    once_ms = max((cpu() - start_ns) / MS_NS, 1e-6)
    return min(max(1, round(SLICE_MS / once_ms)), MOST_REPEATS)


def _turn(
    subject: Subject, repeats: int, clock: Clock, cpu: Callable[[], int]
) -> tuple[float, float]:
    """Return (core_ms, wall_ms) of one call."""
    subject.prepare()
    wall_ns, core_ns = clock.now_ns(), cpu()
    for _ in range(repeats):
        subject.work()
    core_ns, wall_ns = cpu() - core_ns, clock.now_ns() - wall_ns
    return core_ns / MS_NS / repeats, wall_ns / MS_NS / repeats


def _cost(rounds: Sequence[Sequence[tuple[float, float]]], index: int) -> Cost:
    core = [turns[index][0] for turns in rounds]
    anchors = [turns[index][0] / turns[0][0] for turns in rounds if turns[0][0]]
    return Cost(
        core_ms=median(core),
        core_ms_min=min(core),
        wall_ms=median(turns[index][1] for turns in rounds),
        rounds=len(rounds),
        anchors=median(anchors) if anchors else 0.0,
    )
