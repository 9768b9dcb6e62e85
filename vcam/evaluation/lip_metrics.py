"""How well a mouth follows another, or its text: correlation, lag, speed, closures. Pure.

Tracks are (N,) at a stated rate; apertures as in `vcam.studio.lips`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vcam.studio.lips import CLOSED_APERTURE, Track
from vcam.studio.phones import VOWELS, Phone

LAG_SPAN_MS = 150
_SLACK_S = 0.02
_SHORTEST_VOWEL_S = 0.06


@dataclass(frozen=True)
class Interval:
    """A mean over clips and its bootstrap interval of 95 %."""

    value: float
    low: float
    high: float


def correlation(said: Track, true: Track) -> float:
    """Return Pearson's r; 0 where one of them does not move."""
    if said.std() < 1e-9 or true.std() < 1e-9:
        return 0.0
    return float(np.corrcoef(said, true)[0, 1])


def lag_curve(said: Track, true: Track, rate_hz: float) -> Track:
    """Return r for every lag of `said` behind `true`, -150 .. 150 ms in steps of 5 ms, (61,)."""
    times = np.arange(len(true)) / rate_hz
    span_s = LAG_SPAN_MS / 1000
    inner = (times >= span_s) & (times <= times[-1] - span_s)
    lags_s = np.arange(-LAG_SPAN_MS, LAG_SPAN_MS + 1, 5) / 1000
    found = [correlation(np.interp(times[inner] + s, times, said), true[inner]) for s in lags_s]
    return np.array(found)


def peak_ms(curve: Track) -> float:
    """Return where a lag curve peaks, to a fraction of its step; positive: `said` is late."""
    best = int(np.clip(curve.argmax(), 1, len(curve) - 2))
    before, top, after = curve[best - 1 : best + 2]
    bend = before - 2 * top + after
    fraction = 0.5 * (before - after) / bend if bend < 0 else 0.0
    return float((best + np.clip(fraction, -0.5, 0.5)) * 5.0 - LAG_SPAN_MS)


def speed_p95(track: Track, rate_hz: float) -> float:
    """Return the 95th percentile of the speed, per second."""
    return float(np.percentile(np.abs(np.diff(track)) * rate_hz, 95))


def closures(phones: Sequence[Phone], aperture: Track, rate_hz: float) -> list[bool]:
    """Say of every bilabial (p b m) whether the lips met while it lasted, 20 ms either way."""
    met = []
    for phone in phones:
        if phone.viseme == "bilabial":
            first = max(0, round((phone.start_s - _SLACK_S) * rate_hz))
            last = round((phone.end_s + _SLACK_S) * rate_hz)
            inside = aperture[first : last + 1]
            met.append(bool(len(inside)) and float(inside.min()) <= CLOSED_APERTURE)
    return met


def false_closures(phones: Sequence[Phone], aperture: Track, rate_hz: float) -> list[bool]:
    """Say of every vowel of 60 ms and more whether the lips met in its middle half.

    Vowels beside a bilabial are left out: lips stay shut for 60 ms and more, so there even the
    true mouth is shut for part of a short vowel.
    """
    met = []
    silence = Phone("", 0.0, 0.0)
    for before, phone, after in zip(
        [silence, *phones[:-1]], phones, [*phones[1:], silence], strict=True
    ):
        length_s = phone.end_s - phone.start_s
        beside = "bilabial" in (before.viseme, after.viseme)
        if phone.viseme in VOWELS and length_s >= _SHORTEST_VOWEL_S and not beside:
            first = round((phone.start_s + 0.25 * length_s) * rate_hz)
            last = round((phone.end_s - 0.25 * length_s) * rate_hz)
            inside = aperture[first : last + 1]
            met.append(bool(len(inside)) and float(inside.min()) <= CLOSED_APERTURE)
    return met


def bootstrap(per_clip: Sequence[float], seed: int = 0, draws: int = 2000) -> Interval:
    """Return the mean over clips with its 95 % interval."""
    return bootstrap_ratio(per_clip, np.ones(len(per_clip)).tolist(), seed, draws)


def bootstrap_ratio(
    hits: Sequence[float], totals: Sequence[float], seed: int = 0, draws: int = 2000
) -> Interval:
    """Return sum(hits) / sum(totals) over clips with its 95 % interval."""
    above, below = np.asarray(hits, np.float64), np.asarray(totals, np.float64)
    random = np.random.default_rng(seed)
    chosen = random.integers(len(above), size=(draws, len(above)))
    ratios = above[chosen].sum(axis=1) / np.maximum(below[chosen].sum(axis=1), 1e-9)
    low, high = np.percentile(ratios, [2.5, 97.5])
    return Interval(float(above.sum() / max(below.sum(), 1e-9)), float(low), float(high))
