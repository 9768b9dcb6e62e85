"""Device blocks get their times: counted in samples, pulled slowly to the clock, gaps kept. Pure.

The time at which a block arrives jitters by milliseconds, its samples do not; a sound card's 48 000
Hz are off by up to some 100 ppm. So times count samples, and a first-order loop with a time
constant of 10 s pulls the count to the measured times, by 500 ppm of a block's length at most
(10 µs in 20 ms): enough for any crystal, and far too slow to follow jitter.
"""

from statistics import median

from vcam.media import MS_NS, SECOND_NS, AudioChunk, Samples, samples_to_ns

_SETTLE_BLOCKS = 5
"""The first time is the median over so many blocks: the first one after a start is often late."""
_TIME_CONSTANT_NS = 10 * SECOND_NS
_MOST_PPM = 500
_ASTRAY_NS = 60 * MS_NS
"""Measured times this much after the count, for as many blocks as below, mean that sound was lost
and nobody said so (the machine slept)."""
_ASTRAY_BLOCKS = 10


class BlockStamper:
    """Turns blocks with measured capture times into chunks whose times count samples."""

    def __init__(self, sample_rate: int) -> None:
        self._sample_rate = sample_rate
        self._next_ns = -SECOND_NS  # the first block may have begun before time 0
        self._astray = 0
        self._waiting: list[tuple[int, Samples]] | None = []
        """Blocks of which the first time is not known yet; None once it is."""

    def push(
        self, measured_ns: int, samples: Samples, after_loss: bool = False
    ) -> list[AudioChunk]:
        """Take a block (N,) whose first sample was captured at about `measured_ns`.

        `after_loss` says that sound is missing before it. Returns the chunks that can be stamped,
        in order and never overlapping; after a start or a gap that takes five blocks.
        """
        done: list[AudioChunk] = []
        if after_loss or self._is_astray(measured_ns):
            done, self._waiting = self._settle(), []
        if self._waiting is None:
            self._pull(measured_ns, len(samples))
            return [self._stamp(samples)]
        self._waiting.append((measured_ns, samples))
        return done + (self._settle() if len(self._waiting) == _SETTLE_BLOCKS else [])

    def _settle(self) -> list[AudioChunk]:
        """Find the time of the first waiting block, and stamp them all."""
        waiting, self._waiting = self._waiting, None
        if not waiting:
            return []
        starts = []
        count = 0
        for measured_ns, samples in waiting:
            starts.append(measured_ns - samples_to_ns(count, self._sample_rate))
            count += len(samples)
        self._next_ns = max(self._next_ns, int(median(starts)))
        self._astray = 0
        return [self._stamp(samples) for _, samples in waiting]

    def _is_astray(self, measured_ns: int) -> bool:
        if self._waiting is not None:
            return False
        late = measured_ns - self._next_ns > _ASTRAY_NS
        self._astray = self._astray + 1 if late else 0
        return self._astray >= _ASTRAY_BLOCKS

    def _pull(self, measured_ns: int, count: int) -> None:
        duration_ns = samples_to_ns(count, self._sample_rate)
        most_ns = duration_ns * _MOST_PPM // 1_000_000
        wanted_ns = (measured_ns - self._next_ns) * duration_ns // _TIME_CONSTANT_NS
        self._next_ns += max(-most_ns, min(most_ns, wanted_ns))

    def _stamp(self, samples: Samples) -> AudioChunk:
        chunk = AudioChunk(self._next_ns, samples, self._sample_rate)
        self._next_ns = chunk.end_ns
        return chunk
