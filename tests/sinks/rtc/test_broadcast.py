import asyncio
from contextlib import asynccontextmanager

import av
import numpy as np
import pytest

from tests.sinks.waiting import until
from vcam.errors import PeerError
from vcam.media import Frame, frame_due_ns, silence
from vcam.sinks.rtc.broadcast import Broadcast, Feed
from vcam.sinks.rtc.packets import DEPTH, PacketQueue

SIZE = (90, 160)


def packet(key: bool, pts: int = 0) -> av.Packet:
    made = av.Packet(b"x")
    made.is_keyframe, made.pts = key, pts
    return made


def image(shade: int) -> np.ndarray:
    return np.full((*SIZE, 3), shade, np.uint8)


@asynccontextmanager
async def broadcasting():
    broadcast = Broadcast("page:0", SIZE, 30)
    broadcast.start()
    try:
        yield broadcast
    finally:
        await broadcast.close()


async def play(broadcast: Broadcast, first: int, count: int, voice: bool = True) -> None:
    """Show and sound `count` frames, letting the encoder keep up."""
    for n in range(first, first + count):
        if voice:
            broadcast.hear(silence(frame_due_ns(n, 30), 533, 16_000))
        broadcast.show(Frame(frame_due_ns(n, 30), image(n % 200)))
        await until(lambda: broadcast.idle)


def drain(queue: PacketQueue) -> list[av.Packet]:
    taken = []
    while len(queue):
        taken.append(queue.pop())
    return taken


async def test_a_full_queue_drops_its_oldest_packet():
    queue = PacketQueue()
    for n in range(DEPTH + 3):
        queue.put(packet(False, n))
    assert [p.pts for p in drain(queue)] == [3, 4, 5, 6]


async def test_a_viewer_starts_with_a_key_frame_which_is_asked_for_once_it_reads():
    asked = []
    feed = Feed(lambda: asked.append(1))
    feed.put_video(packet(False))
    assert asked == []
    reading = asyncio.create_task(feed.next_video())
    await asyncio.sleep(0)
    assert asked == [1]
    feed.put_video(packet(True, 1))
    feed.put_video(packet(False, 2))
    assert (await reading).pts == 1
    assert (await feed.next_video()).pts == 2
    assert asked == [1]
    assert feed.dropped == 0


async def test_a_viewer_that_fell_behind_goes_on_with_the_next_key_frame():
    asked = []
    feed = Feed(lambda: asked.append(1))
    feed.put_video(packet(True, 0))
    for n in range(1, 8):
        feed.put_video(packet(False, n))
    assert asked == []  # as long as it does not read
    reading = asyncio.create_task(feed.next_video())
    await asyncio.sleep(0)
    assert asked == [1]
    feed.put_video(packet(True, 8))
    assert (await reading).pts == 8
    assert feed.dropped == 8


async def test_nothing_is_encoded_while_nobody_watches():
    async with broadcasting() as broadcast:
        await play(broadcast, 0, 5)
        feed = broadcast.join()
        await play(broadcast, 5, 3)
        packets = drain(feed.video)
        assert packets[0].is_keyframe
        assert packets[0].pts >= frame_due_ns(5, 30) * 90_000 // 10**9


async def test_every_viewer_gets_the_same_packets():
    async with broadcasting() as broadcast:
        one, two = broadcast.join(), broadcast.join()
        await play(broadcast, 0, 4)
        assert [id(p) for p in drain(one.video)] == [id(p) for p in drain(two.video)]


async def test_a_viewer_who_does_not_read_holds_nobody_up():
    async with broadcasting() as broadcast:
        slow, quick = broadcast.join(), broadcast.join()
        quick.request_key()
        seen = []
        for n in range(30):
            await play(broadcast, n, 1)
            seen += drain(quick.video)
        assert len(seen) >= 29
        assert len(slow.video) <= DEPTH
        assert slow.dropped > 0


async def test_key_frames_are_granted_on_request_but_not_more_often_than_every_400_ms():
    async with broadcasting() as broadcast:
        feed = broadcast.join()
        keys = []
        for n in range(60):
            feed.request_key()
            await play(broadcast, n, 1)
            keys += [n for p in drain(feed.video) if p.is_keyframe]
        assert len(keys) == 5
        assert np.diff(keys).min() >= 12


async def test_picture_and_sound_start_together():
    async with broadcasting() as broadcast:
        feed = broadcast.join()
        await play(broadcast, 0, 3, voice=False)  # too early to take the sound for missing
        assert (len(feed.video), len(feed.audio)) == (0, 0)
        await play(broadcast, 3, 13)
        feed.request_key()
        await play(broadcast, 16, 2)
        video, audio = drain(feed.video), drain(feed.audio)
        assert video[0].is_keyframe
        assert audio


async def test_a_call_without_sound_gets_silence():
    async with broadcasting() as broadcast:
        feed = broadcast.join()
        feed.request_key()
        pictures, sounds = 0, 0
        for n in range(60):
            await play(broadcast, n, 1, voice=False)
            pictures += len(drain(feed.video))
            sounds += len(drain(feed.audio))
        assert pictures >= 40  # the first 200 ms wait for sound, then for a key frame
        assert sounds >= pictures


async def test_only_the_newest_frame_waits_for_the_encoder():
    async with broadcasting() as broadcast:
        feed = broadcast.join()
        await play(broadcast, 0, 2)
        drain(feed.video)
        for n in range(2, 12):
            broadcast.show(Frame(frame_due_ns(n, 30), image(n)))
        await until(lambda: broadcast.idle)
        times = [p.pts for p in drain(feed.video)]
        assert times == [frame_due_ns(11, 30) * 90_000 // 10**9]


async def test_an_encoder_that_fails_says_so():
    async with broadcasting() as broadcast:
        broadcast.join()
        broadcast.hear(silence(0, 533, 16_000))
        broadcast.show(Frame(0, np.zeros((3, 3), np.uint8)))
        await until(lambda: broadcast.failure)
        with pytest.raises(PeerError, match="page:0: the encoder failed: "):
            broadcast.show(Frame(0, image(0)))
