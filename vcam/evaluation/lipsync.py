"""Do drawn lips follow? Lag, correlation and closures of two curves of mouth opening.

Curves (N,): `drawn` measured on what was drawn, `truth` on what it should be.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vcam.evaluation.lip_metrics import correlation, lag_curve, peak_ms
from vcam.studio.lips import Track

SHUT = 0.25
"""Lips count as shut below this share of the truth's wide opening (its 95th percentile)."""
SLACK = 1
"""A closure counts as met when it comes within so many frames."""


@dataclass(frozen=True)
class LipSync:
    """How well lips follow."""

    lag_ms: float
    """Where the correlation is highest; positive: the lips come late."""
    correlation: float
    """Pearson's, at that lag."""
    correlation_at_0: float
    closure_f1: float
    """F1 of shut frames, each met within a frame; 1 where neither curve has any."""


def lip_sync(drawn: Track, truth: Track, fps: float) -> LipSync:
    """Compare two curves of at least half a second."""
    found = lag_curve(drawn, truth, fps)
    return LipSync(
        lag_ms=peak_ms(found),
        correlation=float(found.max()),
        correlation_at_0=correlation(drawn, truth),
        closure_f1=closure_f1(drawn, truth),
    )


def closure_f1(drawn: Track, truth: Track) -> float:
    """Return the F1 score of the frames in which the lips are shut."""
    limit = SHUT * float(np.percentile(truth, 95))
    is_shut, should = drawn < limit, truth < limit
    if not is_shut.any() and not should.any():
        return 1.0
    met = float((should & _widened(is_shut)).sum()) / max(1, int(should.sum()))
    meant = float((is_shut & _widened(should)).sum()) / max(1, int(is_shut.sum()))
    return 2 * met * meant / (met + meant) if met + meant else 0.0


def _widened(flags: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the flags, also set SLACK frames to either side."""
    return np.convolve(flags, np.ones(2 * SLACK + 1), mode="same") > 0
