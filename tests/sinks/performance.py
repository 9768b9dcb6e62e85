"""A call for tests of the page: a face that moves, a flash and a beep, on the real clock."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import cv2
import numpy as np

from vcam.clock import MediaClock
from vcam.media import SECOND_NS, AudioChunk, Frame, Image, frame_due_ns
from vcam.sinks.base import AudioSink, Show
from vcam.stats import Snapshot

SIZE = (720, 1280)
FPS = 30
RATE = 16_000
BLOCK = 320


def show_of(size: tuple[int, int] = SIZE, fps: int = FPS, paced: bool = True) -> Show:
    """Return what a sink is told when such a call begins."""
    numbers = Snapshot(fps=30.0, latency_ms=61.5, frames_shown=123, frames_dropped=2, voiced=True)
    return Show(size, fps, paced, "announcer3", lambda: numbers)


def pictures(size: tuple[int, int] = SIZE, count: int = 30) -> list[Image]:
    """Return a loop of `count` pictures: a still plate and a face that moves and speaks.

    The corner flashes in the first tenth of the loop, as the sound beeps in that of each second.
    """
    height, width = size
    rng = np.random.default_rng(0)
    plate = np.full((height, width, 3), 96.0, np.float32)
    for grain, depth in ((4, 40), (16, 18), (64, 6)):
        noise = rng.standard_normal((grain, grain, 3)).astype(np.float32) * depth
        plate += cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC)
    still = plate.clip(0, 255).astype(np.uint8)
    loop = [_face(still.copy(), 2 * np.pi * k / count) for k in range(count)]
    corner = height // 9
    for k, image in enumerate(loop):
        image[:corner, :corner] = 255 if k < count / 10 else 16
    return loop


def _face(image: Image, phase: float) -> Image:
    height, width = image.shape[:2]
    unit = height // 18
    x, y = width // 2 + int(unit * 0.4 * np.sin(phase)), height // 2
    cv2.ellipse(image, (x, y), (4 * unit, 5 * unit), 0, 0, 360, (214, 172, 146), -1, cv2.LINE_AA)
    for side in (-1, 1):
        cv2.circle(
            image, (x + side * 3 * unit // 2, y - unit), unit // 3, (40, 34, 32), -1, cv2.LINE_AA
        )
    opening = 4 + int(unit * 0.6 * abs(np.sin(3 * phase)))
    cv2.ellipse(
        image, (x, y + 2 * unit), (unit, opening), 0, 0, 360, (120, 46, 52), -1, cv2.LINE_AA
    )
    return image


def sound(t_ns: int, count: int) -> AudioChunk:
    """Return a soft hum with a loud beep in the first 100 ms of each second."""
    t = t_ns / SECOND_NS + np.arange(count) / RATE
    level = np.where(t % 1.0 < 0.1, 0.5, 0.05)
    return AudioChunk(t_ns, (level * np.sin(2 * np.pi * 440 * t)).astype(np.float32), RATE)


async def _play_pictures(sink: AudioSink, clock: MediaClock, loop: list[Image], fps: int) -> None:
    first = clock.now_ns() * fps // SECOND_NS + 1
    for n in range(first, 1 << 40):
        due_ns = frame_due_ns(n, fps)
        await clock.sleep_until(due_ns)
        if clock.now_ns() - due_ns < SECOND_NS // fps:
            await sink.show(Frame(due_ns, loop[n % len(loop)]))


async def _play_sound(sink: AudioSink, clock: MediaClock) -> None:
    first = clock.now_ns() * RATE // SECOND_NS // BLOCK + 1
    for n in range(first, 1 << 40):
        t_ns = n * BLOCK * SECOND_NS // RATE
        await clock.sleep_until(t_ns)
        await sink.hear(sound(t_ns, BLOCK))


@asynccontextmanager
async def playing(
    sink: AudioSink, clock: MediaClock, voice: bool = True, size: tuple[int, int] = SIZE
) -> AsyncIterator[None]:
    """Open `sink` and play to it until the block ends, then close it."""
    await sink.open(show_of(size))
    loop = await asyncio.to_thread(pictures, size)
    tasks = [asyncio.create_task(_play_pictures(sink, clock, loop, FPS))]
    if voice:
        tasks.append(asyncio.create_task(_play_sound(sink, clock)))
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await sink.close()
