"""Counters and latency percentiles of a call. One owner, one snapshot; JSON and Prometheus text."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Snapshot:
    """The live numbers at one moment."""

    fps: float = 0.0
    """Frames shown a second, over the last second."""
    latency_ms: float | None = None
    """Sound to frame, median of the last second; None before the first frame."""
    skew_ms: float | None = None
    """Picture after sound (positive) where a sink carries both; None elsewhere."""
    frames_shown: int = 0
    frames_dropped: int = 0
    frames_repeated: int = 0
    voiced: bool = False
