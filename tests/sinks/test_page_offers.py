"""Four hundred damaged offers: every answer is 2xx or 4xx, and nothing is left of any of them."""

import asyncio
import contextlib
import random
import re
from pathlib import Path

import aiohttp
import psutil
import pytest
from aiortc import RTCConfiguration, RTCPeerConnection

from tests.sinks.test_page import SDP, page
from tests.sinks.waiting import until
from vcam.sinks.rtc import liveness, viewers

MUTATIONS = 400


async def whole_offer() -> str:
    pc = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    pc.addTransceiver("video", direction="recvonly")
    pc.addTransceiver("audio", direction="recvonly")
    await pc.setLocalDescription(await pc.createOffer())
    sdp = pc.localDescription.sdp
    await pc.close()
    return sdp


def cut_short(rng: random.Random, text: str) -> str:
    return text[: rng.randrange(len(text))]


def other_bytes(rng: random.Random, text: str) -> str:
    raw = bytearray(text.encode())
    for _ in range(rng.randrange(1, 20)):
        raw[rng.randrange(len(raw))] = rng.randrange(256)
    return raw.decode("latin1")


def line_missing(rng: random.Random, text: str) -> str:
    lines = text.split("\r\n")
    del lines[rng.randrange(len(lines))]
    return "\r\n".join(lines)


def line_repeated(rng: random.Random, text: str) -> str:
    lines = text.split("\r\n")
    at = rng.randrange(len(lines))
    lines[at : at + 1] = [lines[at]] * rng.randrange(2, 200)
    return "\r\n".join(lines)


def lines_shuffled(rng: random.Random, text: str) -> str:
    lines = text.split("\r\n")
    head = lines[:1] if rng.random() < 0.5 else []
    rest = lines[len(head) :]
    rng.shuffle(rest)
    return "\r\n".join(head + rest)


def other_numbers(rng: random.Random, text: str) -> str:
    others = ("-1", "99999999999999999999", "0", "", "4294967296")
    return re.sub(r"\d+", lambda m: m[0] if rng.random() < 0.8 else rng.choice(others), text)


def other_kind(rng: random.Random, text: str) -> str:
    return text.replace(
        "m=video", "m=" + rng.choice(["application", "text", "video\0", "a" * 5000]), 1
    )


def words_swapped(rng: random.Random, text: str) -> str:
    words = re.split(r"([ :;=\r\n]+)", text)
    for _ in range(rng.randrange(1, 12)):
        a, b = rng.randrange(0, len(words), 2), rng.randrange(0, len(words), 2)
        words[a], words[b] = words[b], words[a]
    return "".join(words)


DAMAGE = (
    cut_short,
    other_bytes,
    line_missing,
    line_repeated,
    lines_shuffled,
    other_numbers,
    other_kind,
    words_swapped,
)


def sockets() -> int:
    return len(list(Path("/proc/self/fd").iterdir())) if Path("/proc/self/fd").exists() else 0


@pytest.mark.timeout(120)
async def test_no_damaged_offer_breaks_or_leaves_anything(monkeypatch):
    monkeypatch.setattr(liveness, "HANDSHAKE_NS", 500_000_000)
    monkeypatch.setattr(viewers, "CHECK_NS", 100_000_000)
    strays = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _loop, context: strays.append(context))
    rng, base, answers = random.Random(0), await whole_offer(), []
    async with page(max_viewers=MUTATIONS) as sink, aiohttp.ClientSession() as http:
        await (await http.get(sink.url)).read()  # the connection is there before we count
        tasks, files = len(asyncio.all_tasks()), sockets()
        memory = psutil.Process().memory_info().rss
        for n in range(MUTATIONS):
            body = DAMAGE[n % len(DAMAGE)](rng, base).encode("utf-8", "replace")
            async with http.post(sink.url + "whep", data=body, headers=SDP) as response:
                answers.append(response.status)
                await response.read()
        await until(lambda: not sink.viewers, seconds=20)
        with contextlib.suppress(TimeoutError):  # what the libraries began ends by itself
            await until(lambda: len(asyncio.all_tasks()) <= tasks and sockets() <= files + 2)
        left = asyncio.all_tasks()
        assert len(left) <= tasks, left
        assert sockets() <= files + 2  # the client's own connection may have been replaced
        assert psutil.Process().memory_info().rss - memory < 80e6
    assert {status // 100 for status in answers} == {2, 4}, answers
    assert answers.count(201) > 20, "some damage does no harm"
    assert strays == []
