"""One call from first to last: chooses source and sinks, opens, runs, closes, sums up."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from vcam.audio.audiofile import AudioFile, check_readable
from vcam.audio.looped import Looped
from vcam.audio.mic import Microphone
from vcam.audio.pcm import PcmStream
from vcam.audio.source import AudioSource
from vcam.clock import Clock, MediaClock
from vcam.errors import AudioError, CameraError, MicrophoneError, OutputError, VcamError
from vcam.fitting import fitted_painter
from vcam.ledger import Ledger
from vcam.media import MS_NS, SECOND_NS
from vcam.painter import FacePainter, build_painter
from vcam.paths import typed
from vcam.pipeline import Outputs, Painter, Pipeline, ThreadWorker, Timing, render_fast
from vcam.profile import Profile
from vcam.sinks import SinkContext, make_sink
from vcam.sinks.base import Show, Sink
from vcam.stats import Stats

Report = Callable[[str], None]

BLOCK_MS = {"delayed": 20, "low-latency": 10}
"""Sound comes in blocks of this length."""
DEVICE_MS = 10
"""From the end of a block until it is here (measured: notes/camera_bench.md section 5)."""
BUDGET_MS = {"delayed": 40, "low-latency": 25}
"""From a frame's start to its slot: the drawing, and the scheduler's noise."""
HURRIED = ("file", "null")
"""The sinks that can take frames as fast as they come."""

DEMO = Path(__file__).parent / "audio" / "demo.ogg"


@dataclass(frozen=True)
class Order:
    """What the user asked for besides the profile."""

    mic: str | None = None
    audio: str | None = None
    """A file, or - for standard input."""
    to: tuple[str, ...] = ()
    """Sinks as typed; none: the camera, else the page."""
    mic_out: str | None = None
    host: str = "127.0.0.1"
    """Where the page listens."""
    token: str | None = None
    """What a viewer of the page must bring."""
    duration_s: float | None = None
    fast: bool = False
    stats: Path | None = None


@dataclass(frozen=True)
class Outcome:
    """How a call ended."""

    summary: dict[str, Any]
    lost: tuple[VcamError, ...]
    """Why sinks were lost on the way."""
    interrupted: bool


async def hold(
    profile: Profile, order: Order, report: Report, progress: Callable[[int], None]
) -> Outcome:
    """Hold one call until its sound or its time ends, or it is cancelled; close everything.

    `report` is told a sentence at a time; `progress` each frame's time under `--fast`.

    Raises:
        VcamError: the call could not be held, or its last output was lost.
    """
    context = SinkContext(clock := MediaClock(), report, order.host, order.token)
    check(order)
    asked = [make_sink(spec, context) for spec in order.to]
    worker = ThreadWorker()
    stats = Stats(profile.video.fps)
    interrupted = False
    async with AsyncExitStack() as stack:
        stack.callback(worker.close)
        painter = await open_painter(order, profile, worker, report)
        source = await open_source(order, profile, clock, report)
        stack.push_async_callback(source.close)
        show = Show(
            size=profile.video.size,
            fps=profile.video.fps,
            paced=not order.fast,
            profile_name=profile.name,
            snapshot=lambda: stats.snapshot(clock.now_ns()),
        )
        outputs = await open_outputs(order, asked, show, context)
        stack.push_async_callback(outputs.close)
        ledger = await stack.enter_async_context(Ledger(order.stats, stats, clock, report))
        timing = timing_of(order, profile, painter)
        clock.restart()
        try:
            with terminable():
                if order.fast:
                    await render_fast(source, painter, outputs, timing, stats, progress)
                else:
                    await Pipeline(clock, source, painter, outputs, timing, stats, worker).run()
        except asyncio.CancelledError:
            interrupted = True
        summary = ledger.summary()
    return Outcome(summary, tuple(outputs.lost), interrupted)


def check(order: Order) -> None:
    """Refuse what makes no sense, before anything is opened.

    Raises:
        AudioError, OutputError: one sentence.
    """
    for flag, name in (("mic", order.mic), ("audio", order.audio), ("mic-out", order.mic_out)):
        if name == "":
            raise AudioError(f"--{flag} '' names nothing; give a name, or leave --{flag} out")
    if order.mic and order.audio:
        raise AudioError("--mic and --audio name two sources; give one of them")
    if order.fast and (order.audio in (None, "-")):
        raise AudioError("--fast needs a recording; give one with --audio FILE")
    slow = [spec for spec in order.to if spec.partition(":")[0] not in HURRIED]
    if order.fast and (slow or not order.to):
        raise OutputError(
            f"--fast cannot hurry {slow[0] if slow else 'a camera'}; give --to file:PATH or null"
        )
    if order.audio not in (None, "-"):
        check_readable(typed(order.audio))
    _check_apart(order)


def _check_apart(order: Order) -> None:
    """Refuse two flags that name one file: what the first one says would be lost."""
    named = [("--audio", order.audio)] if order.audio not in (None, "-") else []
    named += [("--stats", str(order.stats))] if order.stats else []
    films = (spec.partition(":") for spec in order.to)
    named += [("--to file", path) for kind, _, path in films if kind == "file"]
    flags: dict[str, str] = {}
    for flag, path in named:
        place = os.path.realpath(typed(path))
        if place in flags:
            raise OutputError(f"{flags[place]} and {flag} both name {path}; give each its own file")
        flags[place] = flag


def timing_of(order: Order, profile: Profile, painter: Painter) -> Timing:
    """Return the constants of the call: when frames start, and when they are shown."""
    sync = profile.engine.sync
    lead_ns = painter.look_ahead_ns + (BLOCK_MS[sync] + DEVICE_MS) * MS_NS
    end_ns = None if order.duration_s is None else round(order.duration_s * SECOND_NS)
    return Timing(profile.video.fps, lead_ns, lead_ns + BUDGET_MS[sync] * MS_NS, end_ns)


async def open_painter(
    order: Order, profile: Profile, worker: ThreadWorker, report: Report
) -> FacePainter:
    """Build the painter; one that draws in time, unless nobody waits for its pictures."""
    if order.fast:
        return build_painter(profile)
    painter, remark = await worker.run(partial(fitted_painter, profile))
    if remark:
        report(remark)
    return painter


async def open_source(order: Order, profile: Profile, clock: Clock, report: Report) -> AudioSource:
    """Open the sound that was asked for; with nothing asked, the microphone, else the demo."""
    source = _make_source(order, BLOCK_MS[profile.engine.sync], clock, report)
    try:
        await source.open()
    except MicrophoneError as problem:
        if order.mic:
            raise
        report(f"{str(problem).rstrip('.')} — playing the bundled demo speech instead.")
        source = Looped(AudioFile(DEMO, None), clock)
        await source.open()
    return source


def _make_source(order: Order, block_ms: int, clock: Clock, report: Report) -> AudioSource:
    pace = None if order.fast else clock
    if order.audio == "-":
        return PcmStream(sys.stdin.buffer, pace)
    if order.audio:
        return AudioFile(typed(order.audio), pace)
    return Microphone(clock, order.mic, block_ms, report)


async def open_outputs(
    order: Order, asked: list[Sink], show: Show, context: SinkContext
) -> Outputs:
    """Open the sinks that were asked for; with nothing asked, the camera, else the page."""
    extra = [make_sink(f"mic-out:{order.mic_out}", context)] if order.mic_out else []
    if asked:
        return await _open_all([*asked, *extra], show, context)
    outputs = await _open_picture(show, context)
    try:
        for sink in extra:
            await outputs.join(sink, show)
    except BaseException:
        await outputs.close()
        raise
    return outputs


async def _open_picture(show: Show, context: SinkContext) -> Outputs:
    """Open the camera, else the page."""
    try:
        return await _open_all([make_sink("camera", context)], show, context)
    except CameraError as problem:
        context.report(f"{str(problem).rstrip('.')} — serving the page instead.")
    try:
        return await _open_all([make_sink("page", context)], show, context)
    except OutputError:  # somebody has the usual port, and nobody asked for it
        return await _open_all([make_sink("page:0", context)], show, context)


async def _open_all(sinks: list[Sink], show: Show, context: SinkContext) -> Outputs:
    outputs = Outputs(sinks, context.report)
    try:
        await outputs.open(show)
    except BaseException:
        await outputs.close()
        raise
    return outputs


@contextmanager
def terminable() -> Iterator[None]:
    """Let SIGTERM end the current task as Ctrl-C does, where the platform has it."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None
    with suppress(NotImplementedError):  # Windows has no SIGTERM to catch
        loop.add_signal_handler(signal.SIGTERM, task.cancel)
    try:
        yield
    finally:
        with suppress(NotImplementedError):
            loop.remove_signal_handler(signal.SIGTERM)
