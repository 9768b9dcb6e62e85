"""The clocks: one that runs, one that is wound by hand."""

import asyncio

from vcam.clock import ManualClock, MediaClock, process_age_ms
from vcam.media import MS_NS


async def test_media_time_runs_and_sleep_until_a_past_time_returns_at_once() -> None:
    clock = MediaClock()
    before_ns = clock.now_ns()
    await clock.sleep_until(before_ns - 1)
    assert 0 <= before_ns <= clock.now_ns()


async def test_sleepers_of_the_media_clock_never_wake_early() -> None:
    clock = MediaClock()
    due_ns = clock.now_ns() + 5 * MS_NS
    await clock.sleep_until(due_ns)
    assert clock.now_ns() >= due_ns


async def test_restart_stands_at_zero_again() -> None:
    clock = MediaClock()
    await clock.sleep_until(20 * MS_NS)
    clock.restart()
    assert clock.now_ns() < 20 * MS_NS


async def test_sleepers_wake_in_order_of_time_at_exactly_their_time() -> None:
    clock = ManualClock()
    woken: list[tuple[str, int]] = []

    async def sleeper(name: str, t_ns: int) -> None:
        await clock.sleep_until(t_ns)
        woken.append((name, clock.now_ns()))

    tasks = [asyncio.create_task(sleeper(n, t)) for n, t in (("b", 20), ("a", 10), ("c", 30))]
    await clock.wind_to(25)
    assert woken == [("a", 10), ("b", 20)]
    assert clock.now_ns() == 25
    await clock.wind_to(30)
    await asyncio.gather(*tasks)
    assert woken[-1] == ("c", 30)


async def test_a_cancelled_sleeper_is_passed_over() -> None:
    clock = ManualClock()
    task = asyncio.create_task(clock.sleep_until(10))
    await asyncio.sleep(0)
    task.cancel()
    await clock.wind_to(20)
    assert clock.now_ns() == 20


def test_this_process_has_an_age() -> None:
    assert 0 < process_age_ms() < 3_600_000
