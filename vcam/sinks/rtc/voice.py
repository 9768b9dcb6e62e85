"""The voice as Opus, encoded once for everybody: mono, 48 kHz, 20 ms a packet (RFC 7587)."""

from fractions import Fraction

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from numpy.typing import NDArray

from vcam.media import MS_NS, SECOND_NS, AudioChunk
from vcam.sinks.rtc.packets import AnyPacket

RATE = 48_000
PACKET_SAMPLES = 960
BITRATE = 48_000
PATIENCE_NS = 200 * MS_NS
"""Sound that is this late is taken for no sound; from then on silence follows the picture."""
JITTER_SAMPLES = RATE * 15 // 1000
"""Chunk times wander this far (they follow the device's clock) before it counts as a gap."""
RESTART_SAMPLES = RATE
"""A longer gap (nobody was watching) is not filled: the stream starts anew after it."""

Pcm = NDArray[np.int16]


def _codec() -> AudioCodecContext:
    codec = av.CodecContext.create("libopus", "w")
    assert isinstance(codec, AudioCodecContext)
    codec.bit_rate = BITRATE
    codec.format = "s16"
    codec.layout = "mono"
    codec.sample_rate = RATE
    codec.time_base = Fraction(1, RATE)
    # fec: a lost packet is mended from the next one; aiortc sends no repairs for sound.
    codec.options = {"application": "voip", "frame_duration": "20", "fec": "1", "packet_loss": "5"}
    return codec


def _sample(t_ns: int) -> int:
    return (t_ns * RATE + SECOND_NS // 2) // SECOND_NS


class VoiceEncoder:
    """Chunks in, Opus packets out; `pts` is media time at 48 kHz. Not for two threads at once.

    The stream has no holes while somebody listens: gaps become silence. Sound is never stretched.
    """

    def __init__(self) -> None:
        self._codec = _codec()
        self._resampler: AudioResampler | None = None
        self._source_rate = 0
        self._end: int | None = None  # the sample after the last one taken
        self._waiting = np.zeros(0, np.int16)  # taken, not yet a whole packet
        self._quiet = False

    def encode(self, chunk: AudioChunk) -> list[AnyPacket]:
        """Return the packets that `chunk` completes; what overlaps sound already sent is cut."""
        start = _sample(chunk.t_ns)
        packets = self._reach(start)
        self._quiet = False
        assert self._end is not None
        overlap = max(0, self._end - start)
        if overlap <= JITTER_SAMPLES:
            overlap = 0
        pcm = self._resample(chunk)
        return packets + self._take(pcm[overlap:])

    def follow(self, t_ns: int) -> list[AnyPacket]:
        """Fill with silence up to the picture at `t_ns` where no sound comes."""
        if self._end is None:
            self._end = _sample(t_ns)
        late = _sample(t_ns) - self._end
        if late > (0 if self._quiet else _sample(PATIENCE_NS)):
            self._quiet = True
            return self._reach(_sample(t_ns), jitter=0)
        return []

    def _reach(self, start: int, jitter: int = JITTER_SAMPLES) -> list[AnyPacket]:
        """Bring the stream to sample `start`: silence over a gap, a fresh start over a long one."""
        gap = 0 if self._end is None else start - self._end
        if self._end is None or gap > RESTART_SAMPLES:
            self._codec = _codec()
            self._waiting = self._waiting[:0]
            self._resampler = None
            self._end = start
            return []
        if gap <= jitter:
            return []
        self._resampler = None
        return self._take(np.zeros(gap, np.int16))

    def _resample(self, chunk: AudioChunk) -> Pcm:
        """Return `chunk` at 48 kHz as int16; the filter goes on where the last chunk ended."""
        if self._resampler is None or self._source_rate != chunk.sample_rate:
            self._resampler = AudioResampler(format="s16", layout="mono", rate=RATE)
            self._source_rate = chunk.sample_rate
        samples = (np.clip(chunk.samples, -1.0, 1.0) * 32767.0).astype(np.int16)
        frame = AudioFrame.from_ndarray(samples[None], format="s16", layout="mono")
        frame.sample_rate = chunk.sample_rate
        parts = [part.to_ndarray()[0] for part in self._resampler.resample(frame)]
        return np.concatenate(parts) if parts else np.zeros(0, np.int16)

    def _take(self, pcm: Pcm) -> list[AnyPacket]:
        """Append `pcm` and return every whole packet."""
        assert self._end is not None
        start = self._end - len(self._waiting)
        pcm = np.concatenate([self._waiting, pcm])
        whole = len(pcm) // PACKET_SAMPLES * PACKET_SAMPLES
        self._waiting = pcm[whole:]
        self._end = start + len(pcm)
        packets: list[AnyPacket] = []
        for at in range(0, whole, PACKET_SAMPLES):
            frame = AudioFrame.from_ndarray(
                pcm[None, at : at + PACKET_SAMPLES], format="s16", layout="mono"
            )
            frame.sample_rate = RATE
            frame.time_base = Fraction(1, RATE)
            frame.pts = start + at
            packets += self._codec.encode(frame)
        return packets
