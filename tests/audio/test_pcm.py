import asyncio
import io
import queue
import struct
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pytest

from vcam.audio.pcm import PcmFormat, PcmStream
from vcam.clock import Clock, ManualClock
from vcam.errors import AudioError
from vcam.media import MS_NS, AudioChunk, Samples

ROOT = Path(__file__).parents[2]
SOUND = (0.5 * np.sin(np.arange(1_600) / 7)).astype(np.float32)


def _s16(sound: Samples) -> bytes:
    return (sound * 32_767).astype("<i2").tobytes()


def _wav(
    data: bytes,
    sample_rate: int,
    channels: int,
    kind: int = 1,
    bits: int = 16,
    size: int | None = None,
) -> bytes:
    block = channels * bits // 8
    fmt = struct.pack("<HHIIHH", kind, channels, sample_rate, sample_rate * block, block, bits)
    size = len(data) if size is None else size
    return (
        b"RIFF" + struct.pack("<I", 0xFFFFFFFF) + b"WAVE"
        + b"fmt " + struct.pack("<I", len(fmt)) + fmt
        + b"LIST" + struct.pack("<I", 3) + b"abc\0"
        + b"data" + struct.pack("<I", size) + data
    )  # fmt: skip


@asynccontextmanager
async def _opened(stream: BinaryIO, clock: Clock | None = None) -> AsyncIterator[PcmStream]:
    source = PcmStream(stream, clock)
    try:
        await source.open()
        yield source
    finally:
        await source.close()


async def _read(data: bytes) -> list[AudioChunk]:
    async with _opened(io.BytesIO(data)) as source:
        return [chunk async for chunk in source.chunks()]


def _joined(chunks: list[AudioChunk]) -> Samples:
    return np.concatenate([chunk.samples for chunk in chunks])


async def test_raw_sound_is_16_bit_16_khz_mono() -> None:
    chunks = await _read(_s16(SOUND))
    assert [(chunk.t_ns, len(chunk.samples), chunk.sample_rate) for chunk in chunks] == [
        (20 * MS_NS * n, 320, 16_000) for n in range(5)
    ]
    assert np.abs(_joined(chunks) - SOUND).max() < 1e-4


async def test_half_a_sample_at_the_end_is_dropped() -> None:
    assert len(_joined(await _read(_s16(SOUND[:321]) + b"x"))) == 321


@pytest.mark.parametrize("size", [0, 0xFFFFFFFF, None], ids=["zero", "unknown", "known"])
async def test_a_wav_is_read_whatever_size_it_states(size: int | None) -> None:
    stereo = _s16(np.stack([SOUND, SOUND], axis=1).ravel())
    chunks = await _read(_wav(stereo, 48_000, 2, size=size))
    assert {chunk.sample_rate for chunk in chunks} == {48_000}
    assert np.abs(_joined(chunks) - SOUND).max() < 1e-4


async def test_float_and_32_bit_wavs_are_read() -> None:
    floats = await _read(_wav(SOUND.astype("<f4").tobytes(), 16_000, 1, kind=3, bits=32))
    whole = (SOUND.astype(np.float64) * 2_147_483_647).astype("<i4").tobytes()
    ints = await _read(_wav(whole, 16_000, 1, bits=32))
    assert np.abs(_joined(floats) - SOUND).max() < 1e-6
    assert np.abs(_joined(ints) - SOUND).max() < 1e-6


async def test_floats_that_no_speaker_can_play_become_ones_that_it_can() -> None:
    odd = np.array([np.nan, np.inf, -np.inf, 3.0, 0.25], "<f4").repeat(320)
    sound = _joined(await _read(_wav(odd.tobytes(), 16_000, 1, kind=3, bits=32)))
    assert sound[::320].tolist() == [0.0, 1.0, -1.0, 1.0, 0.25]


async def _complaint(data: bytes) -> str:
    with pytest.raises(AudioError) as caught:
        await _read(data)
    return str(caught.value)


async def test_what_cannot_be_read_says_why() -> None:
    assert await _complaint(b"") == (
        "Standard input is empty: pipe WAV, or raw s16le 16 kHz mono sound, into vcam."
    )
    assert await _complaint(b"RIFF\0\0\0\0AVI LIST") == (
        "Standard input starts with RIFF but is no WAV: pipe a WAV into vcam."
    )
    assert await _complaint(_wav(b"", 16_000, 1)[:30]) == (
        "The WAV on standard input has no sound: it ends within its header."
    )
    assert await _complaint(_wav(b"", 16_000, 1)) == (
        "Standard input holds no sound: it ends where its samples begin."
    )
    assert await _complaint(_wav(b"", 40, 1)) == (
        "The WAV on standard input has 1 channels of 40 samples a second: "
        "pipe one or more of at least 1000."
    )
    assert await _complaint(_wav(b"", 16_000, 1, kind=2, bits=4)) == (
        "The WAV on standard input has 4-bit samples of kind 2: "
        "pipe 16-bit PCM (ffmpeg: -c:a pcm_s16le), 32-bit PCM or 32-bit float."
    )


class _Pipe(io.BytesIO):
    """A pipe whose writer writes when the test says so."""

    def __init__(self) -> None:
        super().__init__()
        self._fed: queue.Queue[bytes] = queue.Queue()
        self._held = b""

    def feed(self, data: bytes) -> None:
        self._fed.put(data)

    def read(self, size: int | None = -1, /) -> bytes:
        self._held = self._held or self._fed.get(timeout=10)
        taken, self._held = self._held[:size], self._held[size:]
        return taken


async def test_a_fast_writer_is_paced() -> None:
    clock = ManualClock()
    pipe = _Pipe()
    pipe.feed(_s16(SOUND[:960]))
    async with _opened(pipe, clock) as source:
        chunks = source.chunks()
        for end_ms in (20, 40, 60):
            taking = asyncio.create_task(anext(chunks))
            await asyncio.wait([taking], timeout=0.02)
            assert not taking.done()
            await clock.wind_to(end_ms * MS_NS)
            assert (await taking).end_ns == end_ms * MS_NS
        pipe.feed(b"")


async def test_a_pause_of_the_writer_is_a_gap_and_jitter_is_none() -> None:
    clock = ManualClock()
    pipe = _Pipe()
    block = _s16(SOUND[:320])
    pipe.feed(block[:4])
    missing = block[4:]
    async with _opened(pipe, clock) as source:
        chunks = source.chunks()
        times = []
        for arrives_ms in (30, 70, 500):
            taking = asyncio.create_task(anext(chunks))
            await clock.wind_to(arrives_ms * MS_NS)
            pipe.feed(missing)
            missing = block
            times.append((await taking).t_ns // MS_NS)
        pipe.feed(b"")
    assert times == [0, 20, 480]


async def test_no_more_than_a_second_is_read_ahead() -> None:
    stream = io.BytesIO(bytes(32_000 * 10))
    async with _opened(stream) as source:
        chunks = source.chunks()
        await anext(chunks)
        await asyncio.sleep(0.05)
        assert stream.tell() <= 32_000 + 3 * 640
        assert len(_joined([chunk async for chunk in chunks])) == 160_000 - 320


def test_a_silent_terminal_does_not_keep_the_program_alive() -> None:
    probe = (
        "import asyncio, sys\n"
        "from vcam.audio.pcm import PcmStream\n"
        "async def main():\n"
        "    source = PcmStream(sys.stdin.buffer, None)\n"
        "    try:\n"
        "        await asyncio.wait_for(source.open(), 0.2)\n"
        "    except TimeoutError:\n"
        "        await source.close()\n"
        "asyncio.run(main())\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", probe], stdin=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT
    ) as process:
        assert process.wait(20) == 0
        assert process.stderr is not None
        assert process.stderr.read() == b""


def test_a_format_knows_its_block() -> None:
    assert PcmFormat().block_bytes == 640
    assert PcmFormat(48_000, 2, "<f4", 1).block_bytes == 960 * 8
