"""WHIP through a real SFU: published once, seen by several, key frames when a viewer needs one."""

import asyncio

import pytest

from tests.sinks.janus import find_janus, janus_with_a_door
from tests.sinks.performance import playing
from tests.sinks.waiting import until
from vcam.clock import MediaClock
from vcam.sinks.whip import WhipSink

pytestmark = [
    pytest.mark.sfu,
    pytest.mark.timeout(90),
    pytest.mark.skipif(find_janus() is None, reason="no janus in PATH (Debian package janus)"),
]

VIEWERS = 3


async def test_the_call_is_published_once_and_seen_by_every_viewer_of_the_room():
    clock = MediaClock()
    async with janus_with_a_door() as (address, door):
        sink = WhipSink(address, clock, lambda _sentence: None)
        async with playing(sink, clock, size=(180, 320)):
            assert len(door.handles) == 1
            await asyncio.sleep(1)  # well after the first key frame
            counts: list[dict[str, int]] = [{} for _ in range(VIEWERS)]
            viewers = [await door.subscribe(count) for count in counts]
            await until(
                lambda: all(c.get("video", 0) > 60 and c.get("audio", 0) > 80 for c in counts), 20
            )
            for viewer in viewers:
                await viewer.close()
        assert door.handles == [], "DELETE at the end"
