"""What a body feels of the voice: the heard level and activity, smoothed to the pace of a neck."""

from bisect import bisect_left

import numpy as np

from vcam.media import MS_NS, SECOND_NS, Hearing

SPAN_MS = 400
"""The smoothing window. Its centre lies 200 ms back, where a nod belongs to a stressed syllable:
heads follow the voice, and syllables (about 4 a second) do not shake them."""
ONSET_MS = 60
"""The span in which a gate that opens or shuts is felt by the lips."""
_TAPS = 40
_KEPT_NS = 2 * SPAN_MS * MS_NS


class Voice:
    """Remembers the last heard levels and smooths them over the span before `t_ns`.

    A Hann-weighted mean, so steps of the level become movements without a jerk, and two reports
    for the same time agree at any rate of asking. Before the oldest level that is still
    remembered the voice counts as having been the same.
    """

    def __init__(self) -> None:
        self._times_ns: list[int] = []
        self._levels: list[tuple[float, float, float]] = []
        phase = (np.arange(_TAPS) + 0.5) / _TAPS
        self._back_ns = phase * (SPAN_MS * MS_NS)
        self._weights = (1.0 - np.cos(2 * np.pi * phase)) / _TAPS

    def at(self, hearing: Hearing) -> tuple[float, float, float]:
        """Take in what was heard; return (activity, emphasis, speaking) of its time, each 0 .. 1.

        Speaking is the gate, smoothed over `ONSET_MS` alone.
        """
        self._remember(hearing)
        back_s = -self._back_ns / SECOND_NS
        times_s = (np.array(self._times_ns) - hearing.t_ns) / SECOND_NS
        activity, level, gate = np.array(self._levels).T
        return (
            float(self._weights @ np.interp(back_s, times_s, activity)),
            float(self._weights @ np.interp(back_s, times_s, level)),
            float(self._weights @ np.interp(back_s * (ONSET_MS / SPAN_MS), times_s, gate)),
        )

    def _remember(self, hearing: Hearing) -> None:
        """Insert in order of time; drop what is older than two spans, or all of it on a restart."""
        t_ns = hearing.t_ns
        if self._times_ns and t_ns < self._times_ns[-1] - _KEPT_NS:
            self._times_ns, self._levels = [], []
        place = bisect_left(self._times_ns, t_ns)
        known = place < len(self._times_ns) and self._times_ns[place] == t_ns
        self._times_ns[place : place + known] = [t_ns]
        self._levels[place : place + known] = [
            (hearing.activity, hearing.level, float(hearing.voiced))
        ]
        stale = bisect_left(self._times_ns, self._times_ns[-1] - _KEPT_NS)
        del self._times_ns[:stale], self._levels[:stale]
