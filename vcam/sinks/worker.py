"""A sink's own thread behind a slot for one item: a slow output never makes the pacer wait."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class NewestWorker(Generic[Item]):
    """One thread that does `work(item)` for the newest item offered, one item at a time.

    Once `work` has raised, every later `offer` and `give` raises the same.
    """

    def __init__(self, work: Callable[[Item], None], name: str) -> None:
        self._work = work
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)
        self._lock = threading.Lock()
        self._waiting: list[Item] = []
        self._working = False
        self._job: Future[None] | None = None

    def offer(self, item: Item) -> None:
        """Put `item` in the slot, in place of one that still waits there; return at once."""
        if self._job is not None and self._job.done():
            self._job.result()
        with self._lock:
            self._waiting[:] = [item]
            if self._working:
                return
            self._working = True
        self._job = self._thread.submit(self._work_until_empty)

    async def give(self, item: Item) -> None:
        """Wait until the item before is done, then put `item` in the slot: none is replaced."""
        if self._job is not None:
            await _settled(self._job)
        self.offer(item)

    async def run(self, call: Callable[[], Result]) -> Result:
        """Return `call()`, made in the thread after all that was offered is done."""
        return await _settled(self._thread.submit(call))

    def stop(self) -> None:
        """Let the thread end after what it does now; safe to call twice."""
        self._thread.shutdown(wait=False)

    def _work_until_empty(self) -> None:
        while (item := self._next()) is not None:
            self._work(item[0])

    def _next(self) -> tuple[Item] | None:
        with self._lock:
            self._working = bool(self._waiting)
            return (self._waiting.pop(),) if self._waiting else None


async def _settled(job: Future[Result]) -> Result:
    """Return what `job` returns; if the waiting is cancelled, the job itself is not."""
    return await asyncio.shield(asyncio.wrap_future(job))
