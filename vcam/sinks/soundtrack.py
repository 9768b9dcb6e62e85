"""The sound of a recording: chunks laid on one unbroken line of samples, by their times."""

import av
import numpy as np

from vcam.media import MS_NS, SECOND_NS, AudioChunk, Samples, samples_to_ns

# Below this a difference between a chunk's time and the count of samples is the jitter of a
# device's time stamps; above, it is a gap or an overlap. Half a frame at 30 fps is 16 ms.
_JITTER_NS = 10 * MS_NS


class SoundTrack:
    """Mono float32 at `rate`, position 0 at `origin_ns`; gaps are silence, overlaps are cut."""

    def __init__(self, origin_ns: int, rate: int) -> None:
        self._origin_ns = origin_ns
        self._rate = rate
        self._line: list[Samples] = []
        self._taken = 0
        self._end = 0
        self._excess = 0
        self._resampler: av.AudioResampler | None = None
        self._next_ns = 0

    def add(self, chunk: AudioChunk) -> None:
        """Lay `chunk` where its time says; what is already covered or before 0 is cut off."""
        if self._resampler is None or abs(chunk.t_ns - self._next_ns) > _JITTER_NS:
            self._flush()
            position = round((chunk.t_ns - self._origin_ns) * self._rate / SECOND_NS)
            self._append_silence(position - self._end)
            self._excess = max(0, self._end - position)
            self._next_ns = chunk.t_ns
            self._resampler = av.AudioResampler(format="flt", layout="mono", rate=self._rate)
        frame = av.AudioFrame.from_ndarray(chunk.samples[None], format="flt", layout="mono")
        frame.sample_rate = chunk.sample_rate
        self._append(self._resampler.resample(frame))
        self._next_ns += samples_to_ns(len(chunk.samples), chunk.sample_rate)

    def pad(self, position: int) -> None:
        """Cover the line up to `position` with silence where no sound has come."""
        if self._end < position:
            self._flush()
            self._append_silence(position - self._end)

    def take(self, position: int) -> Samples:
        """Return, and forget, the samples that are there up to `position`."""
        line = np.concatenate([np.zeros(0, np.float32), *self._line])
        count = max(0, min(position - self._taken, len(line)))
        self._line = [line[count:]]
        self._taken += count
        return line[:count]

    def _flush(self) -> None:
        """Fetch the few samples that the resampler holds back; the next chunk starts afresh."""
        if self._resampler is not None:
            self._append(self._resampler.resample(None))
            self._resampler = None

    def _append(self, frames: list[av.AudioFrame]) -> None:
        for frame in frames:
            samples = frame.to_ndarray()[0]
            cut = min(self._excess, len(samples))
            self._excess -= cut
            self._line.append(samples[cut:])
            self._end += len(samples) - cut

    def _append_silence(self, count: int) -> None:
        if count > 0:
            self._line.append(np.zeros(count, np.float32))
            self._end += count
