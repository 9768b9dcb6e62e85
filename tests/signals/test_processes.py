import random

import numpy as np
import pytest

from vcam.media import MS_NS, SECOND_NS
from vcam.signals.processes import Event, EventTrain, SmoothNoise, smooth_step

TEN_HOURS_NS = 36_000 * SECOND_NS


def a_train(seed: int = 1) -> EventTrain:
    return EventTrain(seed, "test", mean_gap_s=3.0, shortest_gap_s=0.5, spread=0.6, marks=2)


def walk(train: EventTrain, start_ns: int, count: int) -> list[Event]:
    """Return `count` events in a row, each asked for in the middle of its gap."""
    events = []
    t_ns = start_ns
    for _ in range(count):
        _, event = train.at(t_ns)
        events.append(event)
        t_ns += round((event.gap_s - event.age_s) * SECOND_NS) + MS_NS
    return events


@pytest.mark.parametrize("start_ns", [0, TEN_HOURS_NS, -TEN_HOURS_NS])
def test_any_order_gives_the_same_events_and_the_same_curve(start_ns: int) -> None:
    times = [start_ns + n * 37 * MS_NS for n in range(20_000)]
    train, noise = a_train(), SmoothNoise(1, "test", 0.7)
    forward = [(train.at(t), noise.at(t)) for t in times]
    shuffled = random.Random(0).sample(range(len(times)), len(times))
    train, noise = a_train(), SmoothNoise(1, "test", 0.7)
    for n in shuffled[:3000]:
        assert (train.at(times[n]), noise.at(times[n])) == forward[n]


@pytest.mark.parametrize("start_ns", [0, TEN_HOURS_NS])
def test_gaps_are_log_normal_above_the_shortest(start_ns: int) -> None:
    gaps = np.array([event.gap_s for event in walk(a_train(), start_ns, 6000)])
    logs = np.log(gaps - 0.5)
    assert gaps.min() > 0.5
    assert gaps.mean() == pytest.approx(3.0, rel=0.03)
    assert logs.std() == pytest.approx(0.6, rel=0.05)
    assert abs(((logs - logs.mean()) ** 3).mean() / logs.std() ** 3) < 0.15
    assert abs(np.corrcoef(gaps[1:], gaps[:-1])[0, 1]) < 0.05


def test_each_event_was_the_newest_before_its_successor_also_across_blocks() -> None:
    train = a_train()
    t_ns, last = 0, train.at(0)[1]
    for _ in range(1000):
        t_ns += round((last.gap_s - last.age_s) * SECOND_NS) + MS_NS
        before, newest = train.at(t_ns)
        assert before.marks == last.marks
        assert before.age_s == pytest.approx(before.gap_s + newest.age_s)
        last = newest


def test_seeds_and_names_make_different_curves() -> None:
    curves = [
        [SmoothNoise(seed, name, 0.5).at(t * SECOND_NS) for t in range(2000)]
        for seed, name in [(1, "a"), (2, "a"), (1, "b"), (-1, "a")]
    ]
    assert np.abs(np.corrcoef(curves) - np.eye(4)).max() < 0.1


def test_noise_is_bounded_and_smooth_also_across_blocks() -> None:
    knot_s, step_s = 0.5, 0.005
    noise = SmoothNoise(3, "test", knot_s)
    curve = np.array([noise.at(TEN_HOURS_NS + n * 5 * MS_NS) for n in range(60_000)])
    assert np.abs(curve).max() <= 1
    assert curve.std() == pytest.approx(0.4, rel=0.1)
    assert np.abs(np.diff(curve)).max() / step_s <= 2 / knot_s
    acceleration = np.diff(curve, 2) / step_s**2
    assert np.abs(acceleration).max() <= 4 / knot_s**2 * 1.001
    assert np.abs(np.diff(acceleration)).max() <= 8 / knot_s**3 * step_s * 1.01


def test_smooth_step_rises_once_and_stays_at_its_ends() -> None:
    rise = np.array([smooth_step(u) for u in np.linspace(-1, 2, 301)])
    assert (np.diff(rise) >= 0).all()
    assert rise[:101].max() == 0
    assert rise[200:].min() == 1
