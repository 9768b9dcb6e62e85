"""Stand-ins for devices, for tests alone: scripted sound, a sink that records, a slow engine."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np

from vcam.clock import Clock, ManualClock
from vcam.media import AudioChunk, Frame, Image, silence
from vcam.sinks.base import Show

T = TypeVar("T")


@dataclass
class ScriptedSource:
    """Plays given chunks; paced by `clock` where there is one."""

    script: Sequence[AudioChunk]
    clock: Clock | None = None
    live: bool = False
    overflows: int = 0
    closed: int = 0

    async def open(self) -> None:
        """Nothing to open."""

    async def chunks(self) -> AsyncIterator[AudioChunk]:
        """Yield the script."""
        for chunk in self.script:
            if self.clock:
                await self.clock.sleep_until(chunk.end_ns)
            yield chunk

    async def close(self) -> None:
        """Count closings."""
        self.closed += 1


def quiet(seconds: float, block_ms: int = 20, sample_rate: int = 16_000) -> list[AudioChunk]:
    """Return silence in blocks."""
    block = sample_rate * block_ms // 1000
    count = round(seconds * 1000 / block_ms)
    return [silence(i * block_ms * 1_000_000, block, sample_rate) for i in range(count)]


@dataclass
class RecordingSink:
    """Remembers when it was shown what."""

    clock: Clock
    name: str = "recording"
    breaks_at: int | None = None
    error: Exception | None = None
    shown: list[tuple[int, Frame]] = field(default_factory=list)
    heard: list[tuple[int, AudioChunk]] = field(default_factory=list)
    opened: Show | None = None
    closed: int = 0
    has_shown: asyncio.Event = field(default_factory=asyncio.Event)

    async def open(self, show: Show) -> None:
        """Remember the format, or break."""
        if self.error and self.breaks_at is None:
            raise self.error
        self.opened = show

    async def show(self, frame: Frame) -> None:
        """Remember the frame, or break."""
        if self.error and len(self.shown) == self.breaks_at:
            raise self.error
        self.shown.append((self.clock.now_ns(), frame))
        self.has_shown.set()

    async def hear(self, chunk: AudioChunk) -> None:
        """Remember the sound."""
        self.heard.append((self.clock.now_ns(), chunk))

    async def close(self) -> None:
        """Count closings."""
        self.closed += 1


@dataclass
class CostWorker:
    """A worker whose every picture takes `cost_ns` of media time, delivered by the clock."""

    clock: ManualClock
    cost_ns: int

    async def run(self, job: Callable[[], T]) -> T:
        """Do it at once, answer after the cost."""
        done_ns = self.clock.now_ns() + self.cost_ns
        painted = job()
        await self.clock.sleep_until(done_ns)
        return painted


@dataclass
class NumberPainter:
    """Paints the time: pixel values hold the frame's time in milliseconds."""

    look_ahead_ns: int = 0
    sounds: list[AudioChunk] = field(default_factory=list)

    def paint(self, sound: Sequence[AudioChunk], t_ns: int) -> tuple[Image, bool]:
        """Return a 2x2 picture of the time."""
        self.sounds += sound
        return np.full((2, 2, 3), t_ns // 1_000_000 % 251, np.uint8), False
