"""Many come and go: nothing of them is left. VCAM_LONG=1 takes 200 where the plain run takes 20."""

import asyncio
import contextlib
import gc
import os
from pathlib import Path

import aiohttp
import psutil
import pytest

from tests.sinks.test_page import page
from tests.sinks.viewer import Viewer
from tests.sinks.waiting import until
from vcam.sinks.rtc import liveness

JOINS = 200 if os.environ.get("VCAM_LONG") else 20


def files() -> int:
    """Return how many files and sockets this process has open."""
    return psutil.Process().num_fds() if Path("/proc").exists() else 0


def memory_mb() -> float:
    gc.collect()
    return psutil.Process().memory_info().rss / 1e6


async def come_and_go(url: str, politely: bool) -> None:
    viewer = Viewer(url)
    assert await viewer.join() == 201
    await viewer.see(1)
    await (viewer.leave() if politely else viewer.vanish())


@pytest.mark.timeout(240)
async def test_joins_and_leaves_leave_no_task_socket_or_memory_behind(monkeypatch, record_property):
    monkeypatch.setattr(liveness, "SILENCE_NS", 2_000_000_000)
    monkeypatch.setattr(liveness, "CHECK_NS", 200_000_000)
    async with page(max_viewers=JOINS) as sink:
        for n in range(10):  # what is made once and kept is there before we count
            await come_and_go(sink.url, politely=n % 2 == 0)
        await until(lambda: sink.viewers == 0, seconds=10)
        await asyncio.sleep(0.2)
        tasks, open_files, memory = len(asyncio.all_tasks()), files(), memory_mb()
        for n in range(JOINS):
            await come_and_go(sink.url, politely=n % 2 == 0)
        await until(lambda: sink.viewers == 0, seconds=10)
        with contextlib.suppress(TimeoutError):
            await until(lambda: len(asyncio.all_tasks()) <= tasks and files() <= open_files)
        left = asyncio.all_tasks()
        record_property("left", (len(left) - tasks, files() - open_files, memory_mb() - memory))
        assert len(left) <= tasks, left
        assert files() <= open_files
        assert memory_mb() - memory < 10 + 0.05 * JOINS


async def test_eight_at_once_all_see_the_call_and_the_ninth_is_told_to_wait():
    async with page() as sink, aiohttp.ClientSession() as http:
        crowd = [Viewer(sink.url) for _ in range(8)]
        await asyncio.gather(*(viewer.join() for viewer in crowd))
        for viewer in crowd:
            await viewer.see(10)
        late = Viewer(sink.url)
        assert await late.join() == 503
        await late.vanish()
        async with http.get(sink.url + "stats") as response:
            assert (await response.json())["viewers"] == 8
        for viewer in crowd:
            await viewer.leave()
