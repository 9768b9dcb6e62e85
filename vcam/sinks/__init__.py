"""Where frames go: one literal table from what the user types to the sink."""

from collections.abc import Callable
from dataclasses import dataclass

from vcam.clock import Clock
from vcam.errors import OutputError
from vcam.paths import typed
from vcam.sinks.base import Sink
from vcam.strict import nearest


@dataclass(frozen=True)
class SinkContext:
    """What some sinks need besides the user's words."""

    clock: Clock
    report: Callable[[str], None]
    host: str = "127.0.0.1"
    """Where a page listens."""
    token: str | None = None
    """What a viewer from another machine must show."""


def _camera(device: str, _context: SinkContext) -> Sink:
    from vcam.sinks.camera import CameraSink

    return CameraSink(device or None)


def _page(port: str, context: SinkContext) -> Sink:
    from vcam.sinks.page import PageSink

    if port and not (port.isdigit() and int(port) <= 65535):
        raise OutputError(f"--to page:{port}: wanted a port, 0 to 65535, e.g. page:8080")
    number = int(port) if port else 8080
    return PageSink(
        context.clock, number, host=context.host, token=context.token, report=context.report
    )


def _whip(url: str, context: SinkContext) -> Sink:
    from vcam.sinks.whip import WhipSink

    return WhipSink(url, context.clock, context.report)


def _file(path: str, _context: SinkContext) -> Sink:
    from vcam.sinks.video import VideoFile, check_recordable

    if not path:
        raise OutputError("--to file: names no file; wanted e.g. --to file:out.mp4")
    check_recordable(typed(path))
    return VideoFile(typed(path))


def _null(_rest: str, _context: SinkContext) -> Sink:
    from vcam.sinks.null import NullSink

    return NullSink()


def _mic_out(device: str, _context: SinkContext) -> Sink:
    from vcam.sinks.micout import MicOut

    return MicOut(device)


SINKS: dict[str, Callable[[str, SinkContext], Sink]] = {
    "camera": _camera,
    "page": _page,
    "whip": _whip,
    "file": _file,
    "null": _null,
    "mic-out": _mic_out,
}
"""The word before the colon of `--to` -> what makes the sink from the rest. Imports at use."""


def make_sink(spec: str, context: SinkContext) -> Sink:
    """Make, but do not open, the sink that `spec` names, e.g. `file:out.mp4`.

    Raises:
        OutputError: there is no such kind of sink, or the rest makes no sense.
    """
    kind, _, rest = spec.partition(":")
    if kind not in SINKS:
        close = nearest(kind, SINKS)
        hint = f"did you mean '{close}'? " if close else ""
        raise OutputError(f"--to {spec}: unknown output '{kind}'; {hint}Known: {', '.join(SINKS)}")
    return SINKS[kind](rest, context)
