"""The one clock on the wall. No other module reads the time (a test greps for it)."""

import asyncio
import heapq
import itertools
import os
import time
from typing import Protocol

import psutil

from vcam.media import MS_NS, SECOND_NS


class Clock(Protocol):
    """Media time: nanoseconds since the call started, and a way to wait for one."""

    def now_ns(self) -> int:
        """Return the media time."""
        ...

    async def sleep_until(self, t_ns: int) -> None:
        """Return as soon as possible after `t_ns`; at once, but through the loop, if it is past."""
        ...


class MediaClock:
    """Monotonic media time; 0 at construction."""

    def __init__(self) -> None:
        self._origin_ns = time.monotonic_ns()

    def restart(self) -> None:
        """Stand at 0 again: once, when everything is open and before anything is stamped."""
        self._origin_ns = time.monotonic_ns()

    def now_ns(self) -> int:
        """Return the media time."""
        return time.monotonic_ns() - self._origin_ns

    async def sleep_until(self, t_ns: int) -> None:
        """Sleep to `t_ns`; the event loop wakes within about a millisecond after it."""
        await asyncio.sleep(max(0, t_ns - self.now_ns()) / SECOND_NS)


class ManualClock:
    """Media time that is wound by hand: the shipped fake, for tests and for `--fast`.

    Sleepers wake in order of time, each at exactly the time it asked for. Never runs backwards.
    """

    def __init__(self) -> None:
        self._now_ns = 0
        self._order = itertools.count()
        self._sleepers: list[tuple[int, int, asyncio.Future[None]]] = []

    def now_ns(self) -> int:
        """Return the media time."""
        return self._now_ns

    async def sleep_until(self, t_ns: int) -> None:
        """Wait until the clock has been wound to `t_ns`."""
        if t_ns <= self._now_ns:
            await asyncio.sleep(0)
            return
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (t_ns, next(self._order), woken))
        await woken

    async def wind_to(self, t_ns: int, settle: int = 12) -> None:
        """Advance to `t_ns`, waking every sleeper on the way.

        `settle` is how often the loop turns after each wake-up, so that whoever woke can act and
        go to sleep again before the clock moves on.
        """
        for _ in range(settle):
            await asyncio.sleep(0)
        while self._sleepers and self._sleepers[0][0] <= t_ns:
            due_ns, _, woken = heapq.heappop(self._sleepers)
            self._now_ns = max(self._now_ns, due_ns)
            if not woken.done():
                woken.set_result(None)
            for _ in range(settle):
                await asyncio.sleep(0)
        self._now_ns = max(self._now_ns, t_ns)


def cpu_ns() -> int:
    """Return the CPU time that this process has used, all threads, user and system."""
    return time.process_time_ns()


def thread_cpu_ns() -> int:
    """Return the CPU time that the calling thread has used."""
    return time.thread_time_ns()


def wall_s() -> float:
    """Return the calendar time in seconds, for records that people read; never for media."""
    return time.time()


def process_age_ms() -> float:
    """Return the time since the operating system started this process."""
    return (time.time() - psutil.Process(os.getpid()).create_time()) * SECOND_NS / MS_NS
