"""Sound from a pipe: WAV, or raw signed 16-bit 16 kHz mono, on standard input."""

import asyncio
import os
import struct
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np

from vcam.audio.mono import LEAST_RATE, to_mono
from vcam.clock import Clock
from vcam.errors import AudioError
from vcam.media import MS_NS, AudioChunk, Samples, samples_to_ns

BLOCK_MS = 20
_AHEAD = 50  # blocks that are read before they are wanted: 1 s
_LATE_NS = 40 * MS_NS
"""Sound that comes this much after its time has paused before it: a gap, not jitter."""


@dataclass(frozen=True)
class PcmFormat:
    """How samples lie in the stream: little-endian, channels interleaved."""

    sample_rate: int = 16_000
    channels: int = 1
    dtype: str = "<i2"
    full_scale: int = 32_768

    @property
    def block_bytes(self) -> int:
        """The size of a block of 20 ms."""
        return self.sample_rate * BLOCK_MS // 1000 * self.frame_bytes

    @property
    def frame_bytes(self) -> int:
        """The size of one sample of every channel."""
        return self.channels * np.dtype(self.dtype).itemsize

    def samples(self, data: bytes) -> Samples:
        """Return the mono samples of `data`; an incomplete one at the end is dropped."""
        whole = len(data) // self.frame_bytes * self.frame_bytes
        frames = np.frombuffer(data[:whole], self.dtype).reshape(-1, self.channels)
        return to_mono(frames / self.full_scale)


_WAV_DTYPES = {(1, 16): ("<i2", 32_768), (1, 32): ("<i4", 2_147_483_648), (3, 32): ("<f4", 1)}
_EXTENSIBLE = 0xFFFE


class PcmStream:
    """Mono sound from a pipe, in blocks of 20 ms.

    A thread reads, because a pipe may be silent for any time. With a clock, a block comes at its
    time: at once if the writer is slower than real time (a pause of the writer is a gap), else
    when its last sample would have been captured. Without one it comes as fast as it is taken.
    """

    live = False
    overflows = 0

    def __init__(self, stream: BinaryIO, clock: Clock | None) -> None:
        self._stream, self._clock = _unbuffered(stream), clock
        self._format = PcmFormat()
        self._blocks: asyncio.Queue[Samples | None] = asyncio.Queue()
        self._room = threading.Semaphore(_AHEAD)
        self._closed = threading.Event()

    async def open(self) -> None:
        """Wait for the first bytes, which tell the format.

        Raises:
            AudioError: the stream is empty, or a WAV of another kind than PCM or float.
        """
        loop = asyncio.get_running_loop()
        known: asyncio.Future[PcmFormat] = loop.create_future()
        # A daemon: a read from a silent terminal never returns, and must not keep vcam alive.
        thread = threading.Thread(target=self._read, args=(loop, known), daemon=True)
        thread.start()
        self._format = await known

    async def chunks(self) -> AsyncIterator[AudioChunk]:
        """Yield the stream until it ends.

        Raises:
            AudioError: it ended without a sample.
        """
        begun = False
        next_ns = self._clock.now_ns() if self._clock else 0
        while (samples := await self._blocks.get()) is not None:
            self._room.release()
            next_ns = self._not_before(next_ns, len(samples))
            chunk = AudioChunk(next_ns, samples, self._format.sample_rate)
            if self._clock:
                await self._clock.sleep_until(chunk.end_ns)
            yield chunk
            begun, next_ns = True, chunk.end_ns
        if not begun:
            raise AudioError("Standard input holds no sound: it ends where its samples begin.")

    async def close(self) -> None:
        """Stop reading; the thread ends with its current read."""
        self._closed.set()
        self._room.release()

    def _not_before(self, next_ns: int, count: int) -> int:
        """Return the time of a block that has just come: `next_ns`, unless the writer paused."""
        if not self._clock:
            return next_ns
        captured_ns = self._clock.now_ns() - samples_to_ns(count, self._format.sample_rate)
        return captured_ns if captured_ns - next_ns > _LATE_NS else next_ns

    def _read(self, loop: asyncio.AbstractEventLoop, known: asyncio.Future[PcmFormat]) -> None:
        """Read the format, then blocks until the stream ends. Runs in the thread."""
        with suppress(RuntimeError):  # the loop has been closed
            try:
                pcm, data = read_start(self._stream)
            except AudioError as error:
                loop.call_soon_threadsafe(_fail, known, error)
                return
            loop.call_soon_threadsafe(_settle, known, pcm)
            for samples in self._read_blocks(pcm, data):
                loop.call_soon_threadsafe(self._blocks.put_nowait, samples)
            loop.call_soon_threadsafe(self._blocks.put_nowait, None)

    def _read_blocks(self, pcm: PcmFormat, data: bytes) -> Iterator[Samples]:
        while not self._closed.is_set():
            data += _read_some(self._stream, pcm.block_bytes - len(data))
            if len(data) >= pcm.frame_bytes:
                yield pcm.samples(data)
            if len(data) < pcm.block_bytes:
                return
            data = b""
            self._room.acquire()


def read_start(stream: BinaryIO) -> tuple[PcmFormat, bytes]:
    """Read as much as tells the format; return it with the sound that has been read already.

    Raises:
        AudioError: nothing came, or a WAV of a kind that is not read.
    """
    head = _read_some(stream, 4)
    if not head:
        raise AudioError(
            "Standard input is empty: pipe WAV, or raw s16le 16 kHz mono sound, into vcam."
        )
    return (read_wav_header(stream), b"") if head == b"RIFF" else (PcmFormat(), head)


def _read_some(stream: BinaryIO, count: int) -> bytes:
    """Read `count` bytes, or fewer at the end; a stream that breaks or is closed has ended."""
    data = b""
    with suppress(OSError, ValueError):
        while len(data) < count and (more := stream.read(count - len(data))):
            data += more
    return data


def _unbuffered(stream: BinaryIO) -> BinaryIO:
    """Return `stream` without its buffer, if it is a file of the system's.

    A thread that waits in a buffered standard input makes Python abort at exit.
    """
    try:
        return open(os.dup(stream.fileno()), "rb", buffering=0)  # noqa: PTH123
    except OSError:
        return stream


def _settle(known: asyncio.Future[PcmFormat], pcm: PcmFormat) -> None:
    if not known.done():
        known.set_result(pcm)


def _fail(known: asyncio.Future[PcmFormat], error: AudioError) -> None:
    if not known.done():
        known.set_exception(error)


def read_wav_header(stream: BinaryIO) -> PcmFormat:
    """Read what follows `RIFF` up to the first sample.

    The stated sizes of the file and of its data are ignored: programs that write into a pipe do
    not know them.

    Raises:
        AudioError: not a WAV, or of another kind than 16- or 32-bit PCM or 32-bit float.
    """
    found: PcmFormat | None = None
    if _read_some(stream, 8)[4:] != b"WAVE":
        raise AudioError("Standard input starts with RIFF but is no WAV: pipe a WAV into vcam.")
    while len(head := _read_some(stream, 8)) == 8:
        name, size = struct.unpack("<4sI", head)
        if name == b"data" and found:
            return found
        body = _read_some(stream, size + size % 2)
        if name == b"fmt " and len(body) >= 16:
            found = _wav_format(body)
    raise AudioError("The WAV on standard input has no sound: it ends within its header.")


def _wav_format(body: bytes) -> PcmFormat:
    """Read the `fmt ` chunk."""
    kind, channels, sample_rate, _, _, bits = struct.unpack("<HHIIHH", body[:16])
    if kind == _EXTENSIBLE and len(body) >= 26:
        kind = struct.unpack("<H", body[24:26])[0]
    if not channels or sample_rate < LEAST_RATE:
        raise AudioError(
            f"The WAV on standard input has {channels} channels of {sample_rate} samples a second: "
            f"pipe one or more of at least {LEAST_RATE}."
        )
    if (kind, bits) not in _WAV_DTYPES:
        raise AudioError(
            f"The WAV on standard input has {bits}-bit samples of kind {kind}: "
            "pipe 16-bit PCM (ffmpeg: -c:a pcm_s16le), 32-bit PCM or 32-bit float."
        )
    dtype, full_scale = _WAV_DTYPES[kind, bits]
    return PcmFormat(sample_rate, channels, dtype, full_scale)
