"""Which sample was captured when: the bridge between counted samples and media time. Pure."""

from bisect import bisect_right
from collections import deque

from vcam.media import MS_NS, SECOND_NS, AudioChunk

GAP_NS = 2 * MS_NS
"""A chunk that starts this much after the end of the last one follows a gap. Sources pull their
times to the device clock by a few microseconds a chunk, so nothing smaller is one."""

_SLACK_NS = 100_000
_ANCHORS = 256


def is_gap(end_ns: int, chunk: AudioChunk) -> bool:
    """Say whether sound is missing between `end_ns`, the end of the last chunk, and `chunk`."""
    return chunk.t_ns - end_ns > GAP_NS


class Timeline:
    """Maps media time to the index of a sample, for sound at one rate.

    A source whose times count samples has one anchor for ever, so the map is exact and does not
    depend on how the sound was cut into chunks. Where a device runs fast or slow, a new anchor is
    set each time the two have come apart by 0.1 ms.
    """

    def __init__(self, sample_rate: int) -> None:
        self._rate = sample_rate
        self._anchors: deque[tuple[int, int]] = deque(maxlen=_ANCHORS)  # (t_ns, index), ascending
        self.count = 0
        """How many samples there are so far."""

    def push(self, t_ns: int, count: int) -> None:
        """Append `count` samples, the first of which was captured at `t_ns`."""
        if not self._anchors or abs(t_ns - self.t_ns(self.count)) > _SLACK_NS:
            self._anchors.append((t_ns, self.count))
        self.count += count

    def t_ns(self, index: int) -> int:
        """Return the time of sample `index`, or 0 while there is no sound."""
        if not self._anchors:
            return 0
        anchor_ns, anchor = self._anchors[self._anchor_of(index)]
        return anchor_ns + (index - anchor) * SECOND_NS // self._rate

    def index_at(self, t_ns: int) -> int:
        """Return the index of the sample that lasts over `t_ns`; negative before the first one.

        Times after the last sample are extrapolated; times within a jump from one anchor to the
        next belong to the sample before it.
        """
        if not self._anchors:
            return -1
        place = max(0, bisect_right(self._anchors, t_ns, key=lambda anchor: anchor[0]) - 1)
        anchor_ns, anchor = self._anchors[place]
        index = anchor + (t_ns - anchor_ns) * self._rate // SECOND_NS
        if place + 1 < len(self._anchors):
            return min(index, self._anchors[place + 1][1] - 1)
        return index

    def _anchor_of(self, index: int) -> int:
        return max(0, bisect_right(self._anchors, index, key=lambda anchor: anchor[1]) - 1)
