"""The demo plays again and again, paced by the clock."""

import asyncio

from tests.fakes import ScriptedSource, quiet
from vcam.audio.looped import PAUSE_NS, Looped
from vcam.clock import ManualClock
from vcam.media import SECOND_NS


async def test_the_recording_comes_again_after_a_pause_and_never_early() -> None:
    clock = ManualClock()
    source = Looped(ScriptedSource(quiet(1.0)), clock)
    await source.open()
    heard: list[tuple[int, int]] = []

    async def listen() -> None:
        async for chunk in source.chunks():
            assert clock.now_ns() == chunk.end_ns
            heard.append((chunk.t_ns, len(chunk.samples)))

    listening = asyncio.create_task(listen())
    await clock.wind_to(3 * SECOND_NS + PAUSE_NS)
    listening.cancel()
    await source.close()
    assert len(heard) == 100
    assert heard[50][0] == SECOND_NS + PAUSE_NS
