"""The slot for one item: the newest wins, the caller never waits, errors come back."""

import threading

import pytest

from vcam.sinks.worker import NewestWorker


class Bench:
    """A worker whose work waits for `gate`, and tells when it has begun."""

    def __init__(self) -> None:
        self.done: list[int] = []
        self.begun = threading.Semaphore(0)
        self.gate = threading.Semaphore(0)
        self.worker = NewestWorker(self._work, "bench")

    def _work(self, item: int) -> None:
        self.begun.release()
        self.gate.acquire()
        self.done.append(item)


async def test_an_item_that_waits_is_replaced_by_a_newer_one() -> None:
    bench = Bench()
    bench.worker.offer(0)
    bench.begun.acquire()
    for item in (1, 2, 3):
        bench.worker.offer(item)
    bench.gate.release(2)
    await bench.worker.run(lambda: None)
    bench.worker.stop()
    assert bench.done == [0, 3]


async def test_given_items_are_all_done_in_order() -> None:
    bench = Bench()
    bench.gate.release(50)
    for item in range(50):
        await bench.worker.give(item)
    await bench.worker.run(lambda: None)
    bench.worker.stop()
    assert bench.done == list(range(50))


async def test_a_thousand_offers_end_with_the_last_one() -> None:
    bench = Bench()
    bench.gate.release(1000)
    for item in range(1000):
        bench.worker.offer(item)
    await bench.worker.run(lambda: None)
    bench.worker.stop()
    assert bench.done[-1] == 999
    assert bench.done == sorted(set(bench.done))


async def test_what_the_work_raises_is_raised_by_every_later_offer() -> None:
    def fail(item: int) -> None:
        raise ValueError(f"item {item}")

    worker = NewestWorker(fail, "bench")
    worker.offer(1)
    await worker.run(lambda: None)
    for _ in range(2):
        with pytest.raises(ValueError, match="item 1"):
            worker.offer(2)
    with pytest.raises(ValueError, match="item 1"):
        await worker.give(3)
    worker.stop()


async def test_run_returns_what_the_call_returns_from_the_worker_thread() -> None:
    worker: NewestWorker[int] = NewestWorker(lambda item: None, "bench")
    name = await worker.run(lambda: threading.current_thread().name)
    worker.stop()
    assert name.startswith("bench")
