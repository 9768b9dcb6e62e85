"""Whether drawn lips follow the true ones: the aperture in the pictures against the labels'."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np

from vcam.evaluation.lip_metrics import (
    bootstrap,
    bootstrap_ratio,
    correlation,
    lag_curve,
    peak_ms,
)
from vcam.evaluation.voice import Row
from vcam.studio.clips import FPS
from vcam.studio.lips import CLOSED_APERTURE, Track

SHUT_READ = CLOSED_APERTURE + 0.01
"""A mouth that is read as no wider counts as shut: two or three times the reader's error there."""
_OPEN = 2 * SHUT_READ
"""Lips that part so far were open between two closures."""


@dataclass(frozen=True)
class Spoken:
    """The apertures of a clip's frames, (N,) at FPS."""

    true: Track
    drawn: Track
    """Read from what the engine drew."""
    seen: Track
    """Read from the true pictures: what the reader makes of a perfect engine."""


def closures(true: Track) -> list[slice]:
    """Return the frames of every closure: from the lips' meeting until they part, a frame around.

    Between two closures the mouth was open.
    """
    found: list[slice] = []
    parted = True
    for index, gap in enumerate(true.tolist()):
        if gap <= CLOSED_APERTURE:
            first = max(0, index - 1) if parted else found.pop().start
            found.append(slice(first, index + 2))
            parted = False
        parted = parted or gap >= _OPEN
    return found


def kept(track: Track, true: Track) -> list[bool]:
    """Say of every closure of `true` whether `track` shuts its mouth in it, too."""
    return [float(track[place].min()) <= SHUT_READ for place in closures(true)]


def lip_rows(engine: str, identity: str, name: str, clips: Sequence[Spoken]) -> Iterator[Row]:
    """Yield correlation, lag and closures kept; the ceiling is what the reader sees of the truth.

    The lag is where the mean of the clips' lag curves peaks; positive: the mouth is late.
    """

    def row(metric: str, wanted: str, *figures: float) -> Row:
        value, low, high, ceiling = figures
        place = f"{identity} {name}"
        return Row(
            place, metric, value, low, high, None, ceiling, wanted, engine, identity, len(clips)
        )

    r = bootstrap([correlation(clip.drawn, clip.true) for clip in clips])
    best = fmean(correlation(clip.seen, clip.true) for clip in clips)
    yield row("lips in pictures: r", ">= 0.88", r.value, r.low, r.high, best)
    curves = [lag_curve(clip.drawn, clip.true, FPS) for clip in clips]
    lags = [peak_ms(curve) for curve in curves]
    seen = peak_ms(np.mean([lag_curve(clip.seen, clip.true, FPS) for clip in clips], 0))
    whole = peak_ms(np.mean(curves, 0))
    yield row("lips in pictures: lag, ms", "-20 .. 20", whole, min(lags), max(lags), seen)
    hits = [float(sum(kept(clip.drawn, clip.true))) for clip in clips]
    totals = [float(len(closures(clip.true))) for clip in clips]
    if sum(totals):
        share = bootstrap_ratio(hits, totals)
        top = sum(sum(kept(clip.seen, clip.true)) for clip in clips) / sum(totals)
        figures = share.value, share.low, share.high, top
        yield row(f"lips in pictures: {sum(totals):.0f} closures kept", ">= 0.95", *figures)
