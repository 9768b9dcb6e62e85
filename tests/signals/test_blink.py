from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from vcam.media import MS_NS
from vcam.signals.blink import DOUBLE_SHARE, HALF_SHARE, MAX_LAG_S, Blink

HOUR_MS = 3_600_000


@dataclass(frozen=True)
class Seen:
    """One blink of one eye, measured in the curve; milliseconds."""

    start: int
    close: int
    shut: int
    reopen: int
    depth: float


def starts(blink: Blink, from_ms: int) -> list[int]:
    """Return the milliseconds just before each closure within an hour, on a 15 ms grid."""
    times = range(from_ms, from_ms + HOUR_MS, 15)
    moving = np.array([max(blink.at(t * MS_NS)) > 0 for t in times])
    return [times[n] for n in np.flatnonzero(moving[1:] & ~moving[:-1])]


def measure(blink: Blink, start_ms: int) -> tuple[Seen, Seen]:
    left, right = zip(*(blink.at((start_ms + n) * MS_NS) for n in range(420)), strict=True)
    return measure_eye(np.array(left), start_ms), measure_eye(np.array(right), start_ms)


def measure_eye(curve: NDArray[np.float64], start_ms: int) -> Seen:
    first = int(np.argmax(curve > 0))
    end = first + int(np.argmax(curve[first:] == 0))
    curve = curve[first:end]
    top = np.flatnonzero(curve >= curve.max() - 1e-9)
    return Seen(
        start_ms + first,
        int(top[0]),
        int(top[-1] - top[0]) + 1,
        int(len(curve) - top[-1]),
        float(curve.max()),
    )


@pytest.fixture(scope="module", params=[0, 36_000_000], ids=["at the start", "after ten hours"])
def seen(request: pytest.FixtureRequest) -> list[tuple[Seen, Seen]]:
    """Every blink of an hour, (left, right)."""
    blink = Blink(17.0, seed=5)
    return [measure(blink, start) for start in starts(blink, request.param)]


@pytest.mark.parametrize("per_minute", [10.0, 17.0, 25.0])
def test_blinks_come_as_often_as_asked(per_minute: float) -> None:
    found = starts(Blink(per_minute, seed=2), 0)
    assert len(found) / 60 == pytest.approx(per_minute, rel=0.08)


def test_whole_blinks_shut_60_to_100_ms_and_open_in_120_to_200(
    seen: list[tuple[Seen, Seen]],
) -> None:
    whole = [one for pair in seen for one in pair if one.depth == 1.0]
    assert len(whole) > 1000
    for one in whole:
        assert 38 <= one.close <= 72
        assert 58 <= one.shut <= 104  # the curve is flat to 1e-9 for a moment longer
        assert 116 <= one.reopen <= 202


def test_some_blinks_are_halves_and_some_are_doubles(seen: list[tuple[Seen, Seen]]) -> None:
    left = [pair[0] for pair in seen]
    halves = [one for one in left if one.depth < 0.99]
    assert len(halves) / len(left) == pytest.approx(HALF_SHARE, abs=0.05)
    assert all(0.39 <= one.depth <= 0.76 for one in halves)
    gaps_ms = np.diff([one.start for one in left])
    assert (gaps_ms < 600).mean() == pytest.approx(DOUBLE_SHARE, abs=0.04)


def test_gaps_between_blinks_are_log_normal(seen: list[tuple[Seen, Seen]]) -> None:
    gaps = np.diff([pair[0].start for pair in seen]) / 1000
    logs = np.log(gaps[gaps > 0.75] - 0.7)
    assert gaps.mean() > np.median(gaps)
    assert abs(((logs - logs.mean()) ** 3).mean() / logs.std() ** 3) < 0.5
    assert 0.4 < logs.std() < 0.75


def test_each_eye_has_its_own_small_lag(seen: list[tuple[Seen, Seen]]) -> None:
    lags = np.array([left.start - right.start for left, right in seen])
    assert np.abs(lags).max() <= MAX_LAG_S * 1000 + 1
    assert (lags > 3).mean() > 0.2
    assert (lags < -3).mean() > 0.2


def test_nobody_blinks_who_should_not() -> None:
    assert Blink(0.0, seed=1).at(5 * MS_NS) == (0.0, 0.0)
