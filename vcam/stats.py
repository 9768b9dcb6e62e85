"""Counters and latency percentiles of a call. One owner, one snapshot; JSON and Prometheus text.

Pure: every method is told the time. Bounded: an hour of a call takes no more memory than a second.
"""

from collections import deque
from dataclasses import dataclass
from typing import Any

import numpy as np

from vcam.media import MS_NS, SECOND_NS, STALE_SLOTS, frame_index_at


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


class Histogram:
    """Percentiles of milliseconds in -1000 .. +4000, to 0.1 ms; beyond that they are clipped."""

    _LOW_MS = -1000.0
    _STEP_MS = 0.1

    def __init__(self) -> None:
        self._counts = np.zeros(50_000, np.int64)
        self._total_ms = 0.0
        self.count = 0

    def add(self, value_ms: float) -> None:
        """Count one value."""
        index = int((value_ms - self._LOW_MS) / self._STEP_MS)
        self._counts[min(max(index, 0), len(self._counts) - 1)] += 1
        self._total_ms += value_ms
        self.count += 1

    def percentile(self, percent: float) -> float | None:
        """Return the smallest value that `percent` of the values do not exceed; None if empty."""
        if not self.count:
            return None
        rank = max(1, int(np.ceil(self.count * percent / 100)))
        index = int(np.searchsorted(np.cumsum(self._counts), rank))
        return round(self._LOW_MS + (index + 0.5) * self._STEP_MS, 2)

    def mean(self) -> float | None:
        """Return the mean, None if empty."""
        return round(self._total_ms / self.count, 3) if self.count else None

    def report(self, *percents: int) -> dict[str, float | None]:
        """Return {"p50": ..} for the asked percentiles."""
        return {f"p{percent}": self.percentile(percent) for percent in percents}


class Stats:
    """The numbers of one call; owned by the pipeline, told by its tasks on the event loop."""

    def __init__(self, fps: int) -> None:
        self._fps = fps
        self._render = Histogram()
        self._lateness = Histogram()
        self._sound_to_expression = Histogram()
        self._sound_to_frame = Histogram()
        self._skew = Histogram()
        self._recent: deque[tuple[int, float]] = deque(maxlen=120)  # (shown at, latency_ms)
        self._first_slot: int | None = None
        self._last_slot = -1
        self._first_shown_ns = 0
        self._last_shown_ns = 0
        self._shown = 0
        self._repeated = 0
        self._stale = 0
        self._latency_ms: float | None = None
        self._skew_ms: float | None = None
        self.voiced = False
        self.start_to_first_frame_ms: float | None = None

    def drawn(self, frame_ns: int, began_ns: int, now_ns: int) -> None:
        """The picture of time `frame_ns`, begun at `began_ns`, has its expression at `now_ns`."""
        self._render.add((now_ns - began_ns) / MS_NS)
        self._sound_to_expression.add((now_ns - frame_ns) / MS_NS)

    def shown(self, slot: int, due_ns: int, now_ns: int, frame_ns: int | None) -> None:
        """Slot `slot`, due at `due_ns`, was served at `now_ns`; `frame_ns`: the new picture's time.

        None: there was no new picture and the old one was shown again.
        """
        if self._first_slot is None:
            self._first_slot, self._first_shown_ns = slot, now_ns
        self._last_slot, self._last_shown_ns = slot, now_ns
        self._lateness.add((now_ns - due_ns) / MS_NS)
        if frame_ns is None:
            self._repeated += 1
            return
        self._shown += 1
        self._latency_ms = (now_ns - frame_ns) / MS_NS
        self._sound_to_frame.add(self._latency_ms)
        self._recent.append((now_ns, self._latency_ms))
        self._stale += slot - frame_index_at(frame_ns, self._fps) > STALE_SLOTS

    def heard(self, chunk_ns: int, now_ns: int) -> None:
        """Sound of time `chunk_ns` was given to the sinks at `now_ns`."""
        if self._latency_ms is not None:
            self._skew_ms = self._latency_ms - (now_ns - chunk_ns) / MS_NS
            self._skew.add(self._skew_ms)

    @property
    def frames_due(self) -> int:
        """Slots from the first picture to the last, missed ones included."""
        return 0 if self._first_slot is None else self._last_slot - self._first_slot + 1

    def snapshot(self, now_ns: int) -> Snapshot:
        """Return the live numbers."""
        recent = [latency for at_ns, latency in self._recent if now_ns - at_ns <= SECOND_NS]
        return Snapshot(
            fps=float(len(recent)),
            latency_ms=round(float(np.median(recent)), 1) if recent else self._latency_ms,
            skew_ms=self._skew_ms,
            frames_shown=self._shown,
            frames_dropped=self.frames_due - self._shown,
            frames_repeated=self._repeated,
            voiced=self.voiced,
        )

    def summary(self, process: "Process") -> dict[str, Any]:
        """Return every number of the call; what was never measured is None."""
        seconds = (self._last_shown_ns - self._first_shown_ns) / SECOND_NS
        return {
            "frames_due": self.frames_due,
            "frames_shown": self._shown,
            "frames_dropped": self.frames_due - self._shown,
            "frames_repeated": self._repeated,
            "frames_stale": self._stale,
            "fps": round((self._shown - 1) / seconds, 3) if seconds > 0 else None,
            "render_ms": self._render.report(50, 95, 99),
            "lateness_ms": self._lateness.report(50, 99),
            "sound_to_expression_ms": self._sound_to_expression.report(50, 95, 99),
            "sound_to_frame_ms": self._sound_to_frame.report(50, 95, 99),
            "av_skew_ms": {"mean": self._skew.mean(), **self._skew.report(99)},
            "cpu_core_ms_per_frame": (
                round(process.cpu_ns / MS_NS / self._shown, 3) if self._shown else None
            ),
            "rss_mb": process.rss_mb,
            "start_to_first_frame_ms": self.start_to_first_frame_ms,
        }


@dataclass(frozen=True)
class Process:
    """What the operating system says of this process."""

    cpu_ns: int
    """CPU time of all threads since the call started."""
    rss_mb: float


def prometheus_text(snapshot: Snapshot) -> str:
    """Return `snapshot` in Prometheus' text format (version 0.0.4)."""
    gauges = {
        "vcam_fps": snapshot.fps,
        "vcam_latency_ms": snapshot.latency_ms,
        "vcam_skew_ms": snapshot.skew_ms,
        "vcam_voiced": int(snapshot.voiced),
    }
    counters = {
        "vcam_frames_shown_total": snapshot.frames_shown,
        "vcam_frames_dropped_total": snapshot.frames_dropped,
        "vcam_frames_repeated_total": snapshot.frames_repeated,
    }
    lines = [
        f"# TYPE {name} {kind}\n{name} {value}"
        for kind, group in (("gauge", gauges), ("counter", counters))
        for name, value in group.items()
        if value is not None
    ]
    return "\n".join(lines) + "\n"
