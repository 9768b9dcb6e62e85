"""The wiring of a call: four tasks, one worker thread, one clock.

    listen   source -> inbox (for the worker) and delay line (for the sinks)
    draw     has the worker draw the next frame once its sound is complete -> slot
    show     at each slot's due time gives the newest picture to every sink, or the old one again
    speak    gives each piece of sound to the sinks when the picture of its time is shown

`show` never waits for `draw`; the slot holds one picture.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol, TypeVar

from vcam.audio.source import AudioSource
from vcam.clock import Clock, process_age_ms
from vcam.errors import DeviceError, PeerError, VcamError
from vcam.media import AudioChunk, Frame, Image, frame_due_ns
from vcam.pacing import FramePacer
from vcam.sinks.base import AudioSink, Show, Sink
from vcam.stats import Stats

T = TypeVar("T")

CLOSE_TIMEOUT_S = 10


class Painter(Protocol):
    """Sound in, pictures out: ears, signals, engine and canvas of one identity."""

    @property
    def look_ahead_ns(self) -> int:
        """How much sound after a frame's time it needs."""
        ...

    def paint(self, sound: Sequence[AudioChunk], t_ns: int) -> tuple[Image, bool]:
        """Take new sound, draw the picture of time `t_ns`; also whether the voice gate is open.

        Called by the worker alone.
        """
        ...


class Worker(Protocol):
    """Runs the painter somewhere else, one call at a time."""

    async def run(self, job: Callable[[], T]) -> T:
        """Call `job` and return what it returns."""
        ...


class ThreadWorker:
    """One thread of its own: inference never blocks the event loop (measured: notes/webrtc.md)."""

    def __init__(self) -> None:
        self._executor = ThreadPoolExecutor(1, "paint")

    async def run(self, job: Callable[[], T]) -> T:
        """Call `job` in the thread."""
        return await asyncio.get_running_loop().run_in_executor(self._executor, job)

    def close(self) -> None:
        """Let the thread end after what it does now."""
        self._executor.shutdown(wait=False)


@dataclass(frozen=True)
class Timing:
    """The constants of one call."""

    fps: int
    lead_ns: int
    """A frame's drawing starts this long after its time at the latest."""
    delay_ns: int
    """A frame is shown this long after its time."""
    end_ns: int | None = None
    """Media time at which the call ends, None: with the source."""


class Slot:
    """Holds one picture between the worker and the schedule."""

    def __init__(self) -> None:
        self._frame: Frame | None = None
        self._served_ns = -1
        self._served = asyncio.Event()

    async def put(self, frame: Frame) -> None:
        """Put a picture in: after one whose turn is to come, instead of one that missed it."""
        while self._frame and self._frame.t_ns > self._served_ns:
            self._served.clear()
            await self._served.wait()
        self._frame = frame

    def take(self, t_ns: int) -> Frame | None:
        """Serve the slot of time `t_ns`: take the picture out if its turn has come."""
        self._served_ns = t_ns
        self._served.set()
        if self._frame is None or self._frame.t_ns > t_ns:
            return None
        frame, self._frame = self._frame, None
        return frame


class Outputs:
    """The sinks of a call. One that breaks is closed and left behind; the others go on."""

    def __init__(self, sinks: Sequence[Sink], report: Callable[[str], None]) -> None:
        self._sinks = list(sinks)
        self._voices = [sink for sink in sinks if isinstance(sink, AudioSink)]
        self._report = report
        self._closing: set[asyncio.Task[None]] = set()
        self.lost: list[VcamError] = []
        """Why sinks were lost, in order."""

    async def open(self, show: Show) -> None:
        """Open every sink.

        Raises:
            InputError: a sink that the user asked for cannot be had like that.
            DeviceError: no sink could be opened.
        """
        for sink in list(self._sinks):
            await self._open(sink, show)
        self._require_one()

    async def join(self, sink: Sink, show: Show) -> None:
        """Open one more sink beside the open ones. Raises InputError as `open` does."""
        self._sinks.append(sink)
        if isinstance(sink, AudioSink):
            self._voices.append(sink)
        await self._open(sink, show)

    async def show(self, frame: Frame) -> None:
        """Give `frame` to every sink. Raises DeviceError when the last one broke."""
        for sink in list(self._sinks):
            if sink in self._sinks:  # not lost by its sound meanwhile
                await self._guard(sink, sink.show(frame))

    async def hear(self, chunk: AudioChunk) -> bool:
        """Give `chunk` to every sink that carries sound; return whether there is one."""
        for sink in list(self._voices):
            if sink in self._voices:
                await self._guard(sink, sink.hear(chunk))
        return bool(self._voices)

    async def close(self) -> None:
        """Close every sink, the last opened first, each within a time limit."""
        for sink in reversed(self._sinks):
            await self._close(sink)
        await asyncio.gather(*self._closing)

    async def _open(self, sink: Sink, show: Show) -> None:
        try:
            await sink.open(show)
        except DeviceError as problem:
            self._leave(sink, problem)

    async def _guard(self, sink: Sink, doing: Awaitable[None]) -> None:
        try:
            await doing
        except VcamError as problem:
            self._leave(sink, problem)
        except Exception as problem:  # a bug in one sink must not end the call
            kind = type(problem).__name__
            self._leave(sink, PeerError(f"{sink.name} broke ({kind}: {problem})."))
        self._require_one()

    def _leave(self, sink: Sink, problem: VcamError) -> None:
        """Go on without `sink`. It closes meanwhile: a broken one may take its time."""
        if sink not in self._sinks:  # its picture and its sound broke together
            return
        self._sinks.remove(sink)
        self._voices = [voice for voice in self._voices if voice is not sink]
        self.lost.append(problem)
        if self._sinks:
            self._report(f"{str(problem).rstrip('.')} — going on without it.")
        closing = asyncio.create_task(self._close(sink))
        self._closing.add(closing)
        closing.add_done_callback(self._closing.discard)

    async def _close(self, sink: Sink) -> None:
        try:
            await asyncio.wait_for(sink.close(), CLOSE_TIMEOUT_S)
        except TimeoutError:
            self._report(f"{sink.name} did not close within {CLOSE_TIMEOUT_S} s; left as it is.")
        except VcamError as problem:
            self.lost.append(problem)
            self._report(str(problem))
        except Exception as problem:  # a bug in one sink must not leave the others open
            self._report(f"{sink.name} broke as it closed ({type(problem).__name__}: {problem}).")

    def _require_one(self) -> None:
        if not self._sinks:
            raise self.lost[-1]


@dataclass
class Pipeline:
    """One call, in its own time. Everything is open before `run`; whoever opened it closes it."""

    clock: Clock
    source: AudioSource
    painter: Painter
    outputs: Outputs
    timing: Timing
    stats: Stats
    worker: Worker = field(default_factory=ThreadWorker)

    def __post_init__(self) -> None:
        self._pacer = FramePacer(self.timing.fps, self.timing.lead_ns, self.timing.delay_ns)
        self._slot = Slot()
        self._inbox: deque[AudioChunk] = deque()
        self._delay_line: asyncio.Queue[AudioChunk] = asyncio.Queue()
        self._end_ns = self.timing.end_ns

    async def run(self) -> None:
        """Serve the call until the source or the time ends, or until cancelled.

        Raises:
            AudioError: the source broke.
            DeviceError: the last sink broke.
        """
        show: asyncio.Future[Any] = asyncio.ensure_future(self._show())
        others: asyncio.Future[Any] = asyncio.gather(self._listen(), self._draw(), self._speak())
        try:
            await asyncio.wait({show, others}, return_when=asyncio.FIRST_COMPLETED)
            (show if show.done() else others).result()
        finally:
            show.cancel()
            others.cancel()
            await asyncio.gather(show, others, return_exceptions=True)

    async def _listen(self) -> None:
        end_ns = 0
        async for chunk in self.source.chunks():
            self._inbox.append(chunk)
            self._delay_line.put_nowait(chunk)
            end_ns = chunk.end_ns
        if self._end_ns is None:
            self._end_ns = end_ns

    async def _draw(self) -> None:
        cost_ns = 0
        while True:
            index = self._pacer.next_frame(self.clock.now_ns(), cost_ns)
            await self.clock.sleep_until(self._pacer.start_ns(index))
            began_ns = self.clock.now_ns()
            sound = [self._inbox.popleft() for _ in range(len(self._inbox))]
            t_ns = self._pacer.frame_ns(index)
            image, voiced = await self.worker.run(partial(self.painter.paint, sound, t_ns))
            drawn_ns = self.clock.now_ns()
            self.stats.drawn(t_ns, began_ns, drawn_ns)
            cost_ns = drawn_ns - began_ns
            self.stats.voiced = voiced
            await self._slot.put(Frame(t_ns, image))

    async def _show(self) -> None:
        image: Image | None = None
        while True:
            index = self._pacer.next_slot(self.clock.now_ns())
            due_ns, t_ns = self._pacer.slot_ns(index), self._pacer.frame_ns(index)
            await self.clock.sleep_until(due_ns)
            if self._end_ns is not None and t_ns >= self._end_ns:
                return
            new = self._slot.take(t_ns)
            image = new.image if new else image
            if image is None:
                continue  # the first picture is still being drawn
            if self.stats.start_to_first_frame_ms is None:
                self.stats.start_to_first_frame_ms = round(process_age_ms(), 1)
            self.stats.shown(index, due_ns, self.clock.now_ns(), new.t_ns if new else None)
            await self.outputs.show(Frame(t_ns, image))

    async def _speak(self) -> None:
        while True:
            chunk = await self._delay_line.get()
            await self.clock.sleep_until(chunk.t_ns + self.timing.delay_ns)
            if await self.outputs.hear(chunk):
                self.stats.heard(chunk.t_ns, self.clock.now_ns())


async def render_fast(
    source: AudioSource,
    painter: Painter,
    outputs: Outputs,
    timing: Timing,
    stats: Stats,
    progress: Callable[[int], None],
) -> None:
    """Render as fast as the machine can, on the same schedule; nothing is dropped.

    The same source and seed give the same frames. `progress` is told each frame's time.

    Raises:
        AudioError: the source broke.
        DeviceError: the last sink broke.
    """
    chunks = source.chunks()
    end_ns, source_ended, index = 0, False, 0
    while True:
        t_ns = frame_due_ns(index, timing.fps)
        sound: list[AudioChunk] = []
        while not source_ended and end_ns <= t_ns + painter.look_ahead_ns:
            chunk = await anext(chunks, None)
            if chunk is None:
                source_ended = True
            else:
                sound.append(chunk)
                end_ns = chunk.end_ns
                await outputs.hear(chunk)
        if t_ns >= (end_ns if timing.end_ns is None else timing.end_ns):
            return
        image, stats.voiced = painter.paint(sound, t_ns)
        stats.shown(index, t_ns, t_ns, t_ns)
        await outputs.show(Frame(t_ns, image))
        progress(t_ns)
        index += 1
        await asyncio.sleep(0)  # so that Ctrl-C is heard
