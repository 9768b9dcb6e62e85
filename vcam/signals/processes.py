"""Chance as a function of time: the two seeded processes that everything alive is made of.

Both cut time into blocks and draw each block from a counter-based generator (Philox) that is
keyed by (seed, name) and counts by block. So any moment, asked at any rate, in any order and
after any number of hours, gives the same answer at the same cost, and nothing is kept but the
last few blocks.
"""

from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from vcam.media import SECOND_NS

EVENTS_PER_BLOCK = 64
KNOTS_PER_BLOCK = 64
_WORD = 2**64 - 1


def generator(seed: int, name: str, block: int) -> np.random.Generator:
    """Return the generator of one block of the process `name`; distinct for every argument."""
    key = np.array([seed & _WORD, crc32(name.encode())], np.uint64)
    counter = np.array([0, 0, 0, block & _WORD], np.uint64)
    return np.random.Generator(np.random.Philox(key=key, counter=counter))


@dataclass(frozen=True)
class Event:
    """Something that happened `age_s` ago and is followed by the next one after `gap_s`."""

    age_s: float
    gap_s: float
    marks: tuple[float, ...]
    """What this event is like: uniform draws in [0, 1)."""


@dataclass(frozen=True)
class _Block:
    start_ns: int
    times_s: list[float]
    """After `start_ns`; the first is 0."""
    gaps_s: list[float]
    marks: list[tuple[float, ...]]

    def event(self, index: int, t_ns: int) -> Event:
        age_s = (t_ns - self.start_ns) / SECOND_NS - self.times_s[index]
        return Event(age_s, self.gaps_s[index], self.marks[index])


class EventTrain:
    """A renewal process: events whose gaps are `shortest_gap_s` plus a log-normal time.

    A block runs from one border to the next. Borders stand at multiples of the block's length,
    each moved by its own chance so that nothing repeats; an event lies on each border, and the
    log-normal parts between two borders are stretched by a few per cent to fill the block:

        border b        events of block b          border b+1
        |---x------x----x--------x------x---x------|---x-- ...
    """

    def __init__(
        self,
        seed: int,
        name: str,
        mean_gap_s: float,
        shortest_gap_s: float,
        spread: float,
        marks: int,
    ) -> None:
        """Describe the process.

        `spread` is the standard deviation of the logarithm of the log-normal part; `marks` is
        how many uniform draws each event carries.
        """
        self._seed, self._name = seed, name
        self._mean_excess_s = mean_gap_s - shortest_gap_s
        self._shortest_gap_s, self._spread, self._marks = shortest_gap_s, spread, marks
        self._block_ns = round(EVENTS_PER_BLOCK * mean_gap_s * SECOND_NS)
        self._block = lru_cache(maxsize=4)(self._draw)

    def at(self, t_ns: int) -> tuple[Event, Event]:
        """Return the two newest events at `t_ns`: (the one before, the last one)."""
        number = t_ns // self._block_ns
        block = self._block(number)
        if t_ns < block.start_ns:
            number -= 1
            block = self._block(number)
        last = bisect_right(block.times_s, (t_ns - block.start_ns) / SECOND_NS) - 1
        before = block.event(last - 1, t_ns) if last else self._block(number - 1).event(-1, t_ns)
        return before, block.event(last, t_ns)

    def _border_ns(self, number: int, draw: float) -> int:
        return number * self._block_ns + round(0.5 * draw * self._block_ns)

    def _draw(self, number: int) -> _Block:
        chance = generator(self._seed, self._name, number)
        start_ns = self._border_ns(number, chance.random())
        next_draw = generator(self._seed, self._name, number + 1).random()
        span_s = (self._border_ns(number + 1, next_draw) - start_ns) / SECOND_NS
        gaps_s = self._fill(span_s, chance)
        times_s = np.concatenate(([0.0], np.cumsum(gaps_s)[:-1]))
        marks = [tuple(row) for row in chance.random((len(gaps_s), self._marks)).tolist()]
        return _Block(start_ns, times_s.tolist(), gaps_s.tolist(), marks)

    def _fill(self, span_s: float, chance: np.random.Generator) -> NDArray[np.float64]:
        """Draw gaps (N,) that add up to `span_s`; N is what needs the least stretching."""
        mu = np.log(self._mean_excess_s) - 0.5 * self._spread**2
        excess_s = chance.lognormal(mu, self._spread, 3 * EVENTS_PER_BLOCK)
        ends_s = np.cumsum(self._shortest_gap_s + excess_s)
        count = int(np.argmin(np.abs(ends_s - span_s))) + 1
        stretch = (span_s - count * self._shortest_gap_s) / excess_s[:count].sum()
        gaps_s: NDArray[np.float64] = self._shortest_gap_s + stretch * excess_s[:count]
        return gaps_s


class SmoothNoise:
    """A random curve in [-1, 1] with two continuous derivatives: a uniform cubic B-spline.

    The knots are independent, uniform in [-1, 1] and `knot_s` apart, so the curve forgets itself
    after four knots, its standard deviation is 0.4, its velocity stays within 2 / knot_s and
    its acceleration within 4 / knot_s**2.
    """

    def __init__(self, seed: int, name: str, knot_s: float) -> None:
        self._seed, self._name = seed, name
        self._knot_ns = round(knot_s * SECOND_NS)
        self._knots = lru_cache(maxsize=2)(self._draw)

    def at(self, t_ns: int) -> float:
        """Return the curve at `t_ns`."""
        knot, rest_ns = divmod(t_ns, self._knot_ns)
        number, first = divmod(knot, KNOTS_PER_BLOCK)
        a, b, c, d = self._knots(number)[first : first + 4]
        u = rest_ns / self._knot_ns
        v = 1.0 - u
        return (
            v**3 * a + (3 * u**3 - 6 * u**2 + 4) * b + (3 * v**3 - 6 * v**2 + 4) * c + u**3 * d
        ) / 6.0

    def _draw(self, number: int) -> list[float]:
        """Return the knots of a block and the first three of the next."""
        own = generator(self._seed, self._name, number).uniform(-1, 1, KNOTS_PER_BLOCK)
        after = generator(self._seed, self._name, number + 1).uniform(-1, 1, KNOTS_PER_BLOCK)[:3]
        return [*own.tolist(), *after.tolist()]


def between(low: float, high: float, draw: float) -> float:
    """Return the value that lies `draw` (0 .. 1) of the way from `low` to `high`."""
    return low + (high - low) * draw


def smooth_step(u: float) -> float:
    """Rise from 0 to 1 while `u` does, with the least jerk: how eyes, lids and heads travel.

    (Flash and Hogan 1985: 10 u^3 - 15 u^4 + 6 u^5.) Outside [0, 1] it stays at its ends.
    """
    u = min(max(u, 0.0), 1.0)
    return u**3 * (10.0 - 15.0 * u + 6.0 * u**2)
