"""Costs are medians of CPU time, taken in turns."""

from dataclasses import dataclass, field

import pytest

from vcam.clock import ManualClock
from vcam.evaluation.benchmark import MOST_REPEATS, Subject, measure
from vcam.media import MS_NS


@dataclass
class Bench:
    """A machine in which work costs what it says, on a clock wound by hand."""

    clock: ManualClock = field(default_factory=ManualClock)
    core_ns: int = 0
    calls: list[str] = field(default_factory=list)

    def cpu(self) -> int:
        """Return the CPU time used so far."""
        return self.core_ns

    def subject(self, name: str, *costs_ms: float, cores: int = 1) -> Subject:
        """Return work that costs `costs_ms` in turn, the last one for ever."""
        left = list(costs_ms)

        def work() -> None:
            cost_ms = left.pop(0) if len(left) > 1 else left[0]
            self.calls.append(name)
            self.core_ns += round(cost_ms * MS_NS)
            self.clock._now_ns += round(cost_ms * MS_NS / cores)

        return Subject({"stage": name}, work, lambda: self.calls.append(f"prepare {name}"))


def test_two_threads_cost_the_same_cpu_and_half_the_time() -> None:
    bench = Bench()
    subjects = [bench.subject("anchor", 6.0), bench.subject("net", 12.0, cores=2)]
    _, net = measure(subjects, 0.2, bench.clock, bench.cpu)
    assert net.core_ms == pytest.approx(12.0)
    assert net.wall_ms == pytest.approx(6.0)
    assert net.fps == pytest.approx(1000 / 6)
    assert net.anchors == pytest.approx(2.0)


def test_subjects_take_turns_so_that_a_slow_moment_slows_all() -> None:
    bench = Bench()
    subjects = [bench.subject("anchor", 8.0), bench.subject("net", 8.0)]
    measure(subjects, 0.05, bench.clock, bench.cpu)
    turns = [call for call in bench.calls if not call.startswith("prepare")][4:]
    assert turns == ["anchor", "net"] * (len(turns) // 2)


def test_one_hiccup_does_not_move_the_median() -> None:
    bench = Bench()
    hiccup = bench.subject("net", 8.0, 8.0, 800.0, 8.0)
    _, net = measure([bench.subject("anchor", 8.0), hiccup], 2.0, bench.clock, bench.cpu)
    assert net.core_ms == pytest.approx(8.0)
    assert net.core_ms_min == pytest.approx(8.0)


def test_short_work_is_repeated_within_a_turn_and_told_for_one_call() -> None:
    bench = Bench()
    _, net = measure(
        [bench.subject("anchor", 8.0), bench.subject("net", 0.04)], 0.1, bench.clock, bench.cpu
    )
    assert net.core_ms == pytest.approx(0.04)
    assert bench.calls.count("net") == 2 + net.rounds * 100
    assert MOST_REPEATS >= 100


def test_preparing_is_not_measured_and_three_rounds_are_the_least() -> None:
    bench = Bench()

    def prepare() -> None:
        bench.core_ns += 1000 * MS_NS

    anchor = Subject({}, bench.subject("anchor", 8.0).work, prepare)
    (cost,) = measure([anchor], 0.0001, bench.clock, bench.cpu)
    assert cost.core_ms == pytest.approx(8.0)
    assert cost.rounds == 3
