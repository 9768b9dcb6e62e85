"""The role of a sink. A sink that needs another format than RGB converts at its own edge."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from vcam.media import AudioChunk, Frame
from vcam.stats import Snapshot


@dataclass(frozen=True)
class Show:
    """What a sink is told when it opens: the one format of this call."""

    size: tuple[int, int]
    """(H, W) of every frame."""
    fps: int
    paced: bool
    """Frames come at their due times and `show` must not wait; else (`--fast`) they come as fast
    as `show` returns, and none may be lost."""
    profile_name: str
    snapshot: Callable[[], Snapshot]
    """The live numbers, for a sink that shows them."""


class Sink(Protocol):
    """A virtual camera, a page, a file, or nothing."""

    @property
    def name(self) -> str:
        """What the user typed after `--to`, e.g. `file:out.mp4`; used in messages."""
        ...

    async def open(self, show: Show) -> None:
        """Open the output.

        Raises:
            OutputError: the user's input is wrong (unwritable path, port in use, ...).
            DeviceError: a device or peer is missing or busy.
        """
        ...

    async def show(self, frame: Frame) -> None:
        """Take the frame for one slot of the schedule; called once for every slot, in order.

        Paced: returns at once and keeps the newest, never queues more than one. A slot without a
        new picture comes as a frame with the new time and the old image (the same object).

        Raises:
            VcamError: the sink is broken for good; the pipeline closes it and goes on without.
        """
        ...

    async def close(self) -> None:
        """Finish what is being written and release everything; safe to call twice."""
        ...


@runtime_checkable
class AudioSink(Sink, Protocol):
    """A sink that carries the voice too."""

    async def hear(self, chunk: AudioChunk) -> None:
        """Take sound; paced, it comes when the picture of the same time is shown."""
        ...
