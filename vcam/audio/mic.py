"""The microphone: a PortAudio stream that is stamped, watched, and opened again when lost."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcam.audio.devices import (
    PREFERRED_RATE,
    MicrophoneInfo,
    choose_microphone,
    hushed,
    list_microphones,
    portaudio,
    rescan,
)
from vcam.audio.mono import to_mono
from vcam.audio.resample import Resampler
from vcam.audio.stamps import BlockStamper
from vcam.clock import Clock
from vcam.errors import MicrophoneError, VcamError
from vcam.media import MS_NS, SECOND_NS, AudioChunk, samples_to_ns

_MOST_BLOCKS = 50
"""What waits for a stalled pipeline before sound is dropped: 1 s."""
_WATCH_NS = 100 * MS_NS
_SILENT_NS = SECOND_NS
"""A device that gives no block for this long is lost."""
_FIRST_BLOCK_NS = 5 * SECOND_NS
"""PulseAudio took 1.4 s for the first one (measured: notes/camera_bench.md section 4)."""
_BACK_OFF_NS = (500 * MS_NS, SECOND_NS, 2 * SECOND_NS, 5 * SECOND_NS)


@dataclass(frozen=True)
class _Block:
    """What the callback hands over: samples (N, channels), the first captured at about `t_ns`."""

    t_ns: int
    samples: NDArray[np.float32]
    sample_rate: int
    after_loss: bool


class Microphone:
    """An input device, by index or part of its name; None is the system's default.

    While the device is lost the iterator goes on without chunks, so the picture goes on in
    silence; the device is sought again after 0.5, 1, 2 and then every 5 s. `report` gets one
    sentence when it is lost and one when it is back.
    """

    live = True

    def __init__(
        self,
        clock: Clock,
        device: str | None,
        block_ms: int,
        report: Callable[[str], None],
    ) -> None:
        self._clock, self._device, self._block_ms, self._report = clock, device, block_ms, report
        self._overflows = 0
        self._blocks: asyncio.Queue[_Block | None] = asyncio.Queue()
        self._wanted = False
        """Somebody iterates; what comes before is dropped, and no loss."""
        self._missing = False
        """Sound is missing before the next block."""
        self._last_block_ns: int | None = None
        self._started_ns = 0
        self._info: MicrophoneInfo | None = None
        self._rate = 0
        self._watcher: asyncio.Task[None] | None = None
        self._guard = threading.Lock()  # of what follows: streams are opened and closed in threads
        self._stream: Any = None  # a sounddevice.InputStream, which has no types
        self._closed = False

    @property
    def overflows(self) -> int:
        """How often sound was lost: the device said so, or a stalled pipeline did not take it."""
        return self._overflows

    async def open(self) -> None:
        """Start the stream.

        Raises:
            AudioError: there is no such microphone, or the name means several.
            MicrophoneError: no PortAudio, no microphone at all, or it cannot be opened.
        """
        await self._start()
        self._watcher = asyncio.create_task(self._watch(), name="microphone watcher")

    async def chunks(self) -> AsyncIterator[AudioChunk]:
        """Yield mono sound until `close`, beginning with what is captured now.

        All of it has the rate of the first device, also when another one takes its place.
        """
        self._wanted = True
        rate = self._rate
        stamper, resampler = BlockStamper(rate), Resampler(rate)
        while (block := await self._blocks.get()) is not None:
            if block.sample_rate != rate:
                rate = block.sample_rate
                stamper = BlockStamper(rate)
            mono = to_mono(block.samples)
            for chunk in stamper.push(block.t_ns, mono, block.after_loss):
                for piece in resampler.push(chunk):
                    yield piece

    async def close(self) -> None:
        """Stop the stream and end the iterator."""
        if self._watcher:
            self._watcher.cancel()
            with suppress(asyncio.CancelledError):
                await self._watcher
        await asyncio.to_thread(self._stop, True)
        self._blocks.put_nowait(None)

    async def _watch(self) -> None:
        """Find out when the device is lost, and bring it back."""
        while True:
            await self._clock.sleep_until(self._clock.now_ns() + _WATCH_NS)
            if not self._is_lost():
                continue
            self._missing = True
            self._report(
                f"The microphone {self._name} is gone: the picture goes on in silence, "
                "and vcam keeps looking for it."
            )
            await self._reconnect()
            self._report(f"The microphone {self._name} is back.")

    async def _reconnect(self) -> None:
        """Try until a block has come, with growing pauses."""
        attempt = 0
        while True:
            await asyncio.to_thread(self._stop)
            pause_ns = _BACK_OFF_NS[min(attempt, len(_BACK_OFF_NS) - 1)]
            await self._clock.sleep_until(self._clock.now_ns() + pause_ns)
            try:
                await self._start(afresh=attempt > 0)
                while not self._is_lost():
                    if self._last_block_ns is not None:
                        return
                    await self._clock.sleep_until(self._clock.now_ns() + _WATCH_NS)
            except VcamError:
                pass  # still gone; the user has been told
            attempt += 1

    def _is_lost(self) -> bool:
        now_ns = self._clock.now_ns()
        if self._last_block_ns is None:
            return now_ns - self._started_ns > _FIRST_BLOCK_NS
        return now_ns - self._last_block_ns > _SILENT_NS

    async def _start(self, afresh: bool = False) -> None:
        self._last_block_ns, self._started_ns = None, self._clock.now_ns()
        await asyncio.to_thread(self._start_stream, asyncio.get_running_loop(), afresh)

    def _start_stream(self, loop: asyncio.AbstractEventLoop, afresh: bool) -> None:
        """Choose the device and open it; runs in a thread, because devices may take seconds."""
        with self._guard, hushed():
            if self._closed:
                return
            if afresh:
                rescan()
            self._info = choose_microphone(self._sought, list_microphones())
            self._stream = self._open_stream(self._info, loop)

    def _open_stream(self, info: MicrophoneInfo, loop: asyncio.AbstractEventLoop) -> Any:
        sd = portaudio()
        try:
            sample_rate, channels = _supported(sd, info)
            self._rate = self._rate or sample_rate
            stream = sd.InputStream(
                device=info.index,
                samplerate=sample_rate,
                channels=channels,
                dtype="float32",
                blocksize=sample_rate * self._block_ms // 1000,
                latency="low",
                callback=self._callback(loop, sample_rate),
            )
            stream.start()
        except sd.PortAudioError as error:
            raise MicrophoneError(
                f"The microphone {info.name} cannot be opened ({error}): close the program that "
                "holds it, or choose another one with --mic."
            ) from error
        return stream

    def _callback(self, loop: asyncio.AbstractEventLoop, sample_rate: int) -> Callable[..., None]:
        """Return what PortAudio's thread calls: it copies, stamps and hands over, no more."""

        def take(samples: NDArray[np.float32], count: int, times: Any, status: Any) -> None:
            age_ns = int((times.currentTime - times.inputBufferAdcTime) * SECOND_NS)
            least_ns = samples_to_ns(count, sample_rate)
            # A block is at least as old as it is long. ALSA's PulseAudio device says 0 .. 6 ms for
            # one of 20 ms (measured), others nothing at all: then the time of arrival counts.
            believed_ns = age_ns if least_ns <= age_ns <= SECOND_NS else least_ns
            t_ns = self._clock.now_ns() - believed_ns
            with suppress(RuntimeError):  # the loop has been closed
                loop.call_soon_threadsafe(
                    self._arrive,
                    _Block(t_ns, samples.copy(), sample_rate, bool(status.input_overflow)),
                )

        return take

    def _arrive(self, block: _Block) -> None:
        """Take a block in the event loop's thread."""
        self._last_block_ns = self._clock.now_ns()
        if not self._wanted:
            return
        full = self._blocks.qsize() >= _MOST_BLOCKS
        if block.after_loss or (full and not self._missing):
            self._overflows += 1
        if full:
            self._missing = True
            return
        after_loss = block.after_loss or self._missing
        self._missing = False
        self._blocks.put_nowait(replace(block, after_loss=after_loss))

    def _stop(self, for_good: bool = False) -> None:
        """Close the stream; runs in a thread."""
        with self._guard:
            self._closed = self._closed or for_good
            stream, self._stream = self._stream, None
            if stream is not None:
                stream.close(ignore_errors=True)

    @property
    def _sought(self) -> str | None:
        """What to look for: an index means the device it meant at first, wherever it is now."""
        if self._device is not None and self._device.isdecimal() and self._info:
            return self._info.name
        return self._device

    @property
    def _name(self) -> str:
        return self._info.name if self._info else self._device or "(default)"


def _supported(sd: Any, info: MicrophoneInfo) -> tuple[int, int]:
    """Return the sample rate and channels to open: 48 kHz mono where the device can.

    Raises:
        sounddevice.PortAudioError: it can do none of what it claims.
    """
    own = (info.default_sample_rate, info.channels)
    for sample_rate, channels in ((PREFERRED_RATE, 1), (own[0], 1), (PREFERRED_RATE, own[1])):
        with suppress(sd.PortAudioError):
            sd.check_input_settings(info.index, channels, "float32", samplerate=sample_rate)
            return sample_rate, channels
    return own
