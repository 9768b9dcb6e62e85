"""The page in a real browser: headless Chromium, from the sink alone and from the whole product.

VCAM_LONG=1 measures for 20 s and holds the page to its promises, which takes a machine that does
nothing else. The plain run takes 6 s and asks for less, so that it can fail for a reason only.
"""

import asyncio
import os
import re
import sys
import wave
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import psutil
import pytest
from aioice.ice import get_host_addresses

from tests.sinks.chromium import Chromium, Tab, find_chromium
from tests.sinks.performance import RATE, playing, sound
from tests.sinks.waiting import until
from vcam.clock import MediaClock
from vcam.media import SECOND_NS
from vcam.sinks.page import PageSink

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(240),
    pytest.mark.skipif(find_chromium() is None, reason="no chromium in PATH or VCAM_CHROMIUM"),
    pytest.mark.skipif(
        not get_host_addresses(use_ipv4=True, use_ipv6=True),
        reason="Chromium opens no WebRTC on a machine without any network interface up",
    ),
]

ROOT = Path(__file__).parents[2]
LONG = bool(os.environ.get("VCAM_LONG"))
SECONDS = 20 if LONG else 6
FLUENT_FPS = 28
LEAST_FPS = FLUENT_FPS if LONG else 18
MOST_FREEZES = 0 if LONG else 1
MOST_OFFSET_MS = 45 if LONG else 100
VIEWINGS, STARVED_VIEWINGS = 2, 6
SETTLE_S = 3
STREAMS = "(async () => { const s = await streams(call.pc); return [s.video, s.audio]; })()"


@dataclass(frozen=True)
class Served:
    """A page that is being served."""

    url: str
    cpu_s: Callable[[], float]
    """The CPU time of the process that serves it, so far."""


def cpu_of(pid: int) -> Callable[[], float]:
    process = psutil.Process(pid)
    return lambda: sum(process.cpu_times()[:2])


@asynccontextmanager
async def sink_alone(_folder: Path) -> AsyncIterator[Served]:
    clock = MediaClock()
    sink = PageSink(clock, 0)
    async with playing(sink, clock):
        yield Served(sink.url, cpu_of(os.getpid()))


@asynccontextmanager
async def whole_product(folder: Path) -> AsyncIterator[Served]:
    speech = folder / "beeps.wav"
    write_beeps(speech, seconds=150)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(ROOT / "run_vcam.py"),
        *("--audio", str(speech), "--to", "page:0"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=folder,
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(30):
            while not (found := re.search(rb"http://\S+", await process.stdout.readline())):
                assert not process.stdout.at_eof(), "run_vcam.py ended before it served the page"
        rest = asyncio.create_task(process.stdout.read())
        yield Served(found.group().decode(), cpu_of(process.pid))
    finally:
        if process.returncode is None:
            process.terminate()
        await asyncio.wait_for(process.wait(), 15)
    assert b"Traceback" not in await rest


def write_beeps(path: Path, seconds: int) -> None:
    samples = np.concatenate([sound(s * SECOND_NS, RATE).samples for s in range(seconds)])
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((samples * 32767).astype("<i2").tobytes())


async def watching(browser: Chromium, url: str) -> Tab:
    tab = await browser.open(url)
    await tab.until("call && call.decoded > 0")
    return tab


@dataclass(frozen=True)
class Viewing:
    """What a browser says of some seconds of the call."""

    fps: float
    size: tuple[int, int]
    freezes: int
    energy: float
    concealed: float
    """Share of the sound that had to be made up."""
    offsets_ms: list[float]
    """Picture against sound as played, twice a second; positive: the picture is ahead."""

    @property
    def smooth(self) -> bool:
        return (
            self.fps >= LEAST_FPS
            and self.freezes <= MOST_FREEZES
            and max(map(abs, self.offsets_ms)) <= MOST_OFFSET_MS
        )

    @property
    def starved(self) -> bool:
        """The browser missed pictures: a call that is fluent and out of step is our fault."""
        return self.fps < FLUENT_FPS or self.freezes > 0


async def view(tab: Tab, seconds: float) -> Viewing:
    loop = asyncio.get_running_loop()
    before: list[dict[str, Any]] = await tab.evaluate(STREAMS)
    start, offsets = loop.time(), []
    for _ in range(int(seconds * 2)):
        await asyncio.sleep(0.5)
        video, audio = await tab.evaluate(STREAMS)
        if "estimatedPlayoutTimestamp" in video and "estimatedPlayoutTimestamp" in audio:
            offsets.append(video["estimatedPlayoutTimestamp"] - audio["estimatedPlayoutTimestamp"])
    video, audio = await tab.evaluate(STREAMS)
    gained = {k: audio[k] - before[1].get(k, 0) for k in ("concealedSamples", "totalAudioEnergy")}
    return Viewing(
        fps=(video["framesDecoded"] - before[0]["framesDecoded"]) / (loop.time() - start),
        size=(video["frameWidth"], video["frameHeight"]),
        freezes=video["freezeCount"] - before[0]["freezeCount"],
        energy=gained["totalAudioEnergy"],
        concealed=gained["concealedSamples"]
        / max(1, audio["totalSamplesReceived"] - before[1]["totalSamplesReceived"]),
        offsets_ms=offsets,
    )


@pytest.mark.parametrize("serve", [sink_alone, whole_product])
async def test_a_browser_sees_and_hears_the_call(serve, tmp_path, record_property):
    async with serve(tmp_path) as served, Chromium() as browser:
        tab = await watching(browser, served.url)
        await tab.evaluate("document.getElementById('sound').click()")
        await asyncio.sleep(SETTLE_S)
        for number in range(1, STARVED_VIEWINGS + 1):  # others use this machine too
            seen = await view(tab, SECONDS)
            record_property("viewing", seen)
            if seen.smooth or (number >= VIEWINGS and not seen.starved):
                break
        await tab.screenshot(tmp_path / "page.png")
        assert seen.size == (1280, 720)
        assert seen.fps >= LEAST_FPS, seen
        assert seen.freezes <= MOST_FREEZES, seen
        assert seen.energy > 0.1, seen
        assert seen.concealed < 0.05, seen
        assert len(seen.offsets_ms) >= SECONDS
        assert max(map(abs, seen.offsets_ms)) <= MOST_OFFSET_MS, seen
        assert await tab.evaluate("document.getElementById('profile').textContent") != "vcam"
        elsewhere = (
            "performance.getEntriesByType('resource').filter(e => !e.name.startsWith(origin))"
        )
        assert await tab.evaluate(elsewhere) == []
        assert browser.complaints == []


@dataclass(frozen=True)
class Cost:
    """What some seconds of serving took."""

    cpu_ms_per_frame: float
    """CPU time of the serving process for each picture that reached a viewer, whichever it was."""
    fps: tuple[float, float]
    """Pictures that the worst- and the best-served viewer received a second."""


async def cost(served: Served, tabs: list[Tab]) -> Cost:
    async def received() -> list[int]:
        return [(await tab.evaluate(STREAMS))[0]["framesReceived"] for tab in tabs]

    await asyncio.sleep(SETTLE_S)
    clock = MediaClock()
    before, cpu_s = await received(), served.cpu_s()
    await asyncio.sleep(SECONDS)
    cpu_s, after = served.cpu_s() - cpu_s, await received()
    seconds = clock.now_ns() / SECOND_NS
    frames = [b - a for a, b in zip(before, after, strict=True)]
    return Cost(1000 * cpu_s / max(frames), (min(frames) / seconds, max(frames) / seconds))


async def test_four_viewers_cost_less_than_1_6_times_what_one_costs(tmp_path, record_property):
    async with whole_product(tmp_path) as served, Chromium() as browser:
        tabs = [await watching(browser, served.url)]
        one = await cost(served, tabs)
        tabs += [await watching(browser, served.url) for _ in range(3)]
        four = await cost(served, tabs)
        record_property("one", one)
        record_property("four", four)
        assert four.fps[0] > 0.9 * four.fps[1] > 9, "nobody is served worse than another"
        assert four.cpu_ms_per_frame < 1.6 * one.cpu_ms_per_frame, (one, four)


FLASHES_AND_BEEPS = """(() => {
  window.flashes = []; window.beeps = [];
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 8;
  const brush = canvas.getContext("2d", { willReadFrequently: true });
  let lit = true, loud = -Infinity;
  const look = (_now, frame) => {
    const corner = video.videoHeight / 9;
    brush.drawImage(video, 0, 0, corner, corner, 0, 0, 8, 8);
    const bright = brush.getImageData(4, 4, 1, 1).data[0] > 128;
    if (bright && !lit) flashes.push(frame.expectedDisplayTime);
    lit = bright;
    video.requestVideoFrameCallback(look);
  };
  video.requestVideoFrameCallback(look);
  const context = new AudioContext(), tap = context.createScriptProcessor(256, 1, 1);
  tap.onaudioprocess = (event) => {
    if (!event.inputBuffer.getChannelData(0).some((sample) => Math.abs(sample) > 0.2)) return;
    const now = performance.now();
    if (now - loud > 400) beeps.push(now);
    loud = now;
  };
  context.createMediaStreamSource(video.srcObject).connect(tap);
  tap.connect(context.destination);
})()"""
"""Note when the corner of the picture lights up and when the sound gets loud."""


async def test_the_flash_is_seen_when_the_beep_is_heard(record_property):
    """The browser's own estimate believes our clock; this looks and listens (to some 30 ms)."""
    clock = MediaClock()
    sink = PageSink(clock, 0)
    async with playing(sink, clock), Chromium() as browser:
        tab = await watching(browser, sink.url)
        await asyncio.sleep(SETTLE_S)
        await tab.evaluate(FLASHES_AND_BEEPS)
        await asyncio.sleep(SECONDS + 4)
        flashes, beeps = await tab.evaluate("[flashes, beeps]")
        offsets = [min((flash - beep for beep in beeps), key=abs) for flash in flashes]
        record_property("flash after beep, ms", offsets)
        assert len(offsets) >= SECONDS / 2
        assert abs(median(offsets)) < 80, offsets


async def test_viewers_whose_browser_dies_are_gone_within_ten_seconds():
    clock = MediaClock()
    sink = PageSink(clock, 0)
    async with playing(sink, clock), Chromium() as browser:
        await watching(browser, sink.url)
        await watching(browser, sink.url)
        await asyncio.sleep(SETTLE_S)
        assert sink.viewers == 2
        browser.kill()
        await until(lambda: sink.viewers == 0, seconds=10)


async def test_a_tab_that_is_closed_is_gone_at_once():
    clock = MediaClock()
    sink = PageSink(clock, 0)
    async with playing(sink, clock), Chromium() as browser:
        tab = await watching(browser, sink.url)
        await tab.close()
        await until(lambda: sink.viewers == 0, seconds=2)


async def test_the_page_comes_back_by_itself_when_the_call_does():
    clock = MediaClock()
    sink = PageSink(clock, 0)
    async with Chromium() as browser:
        async with playing(sink, clock):
            tab = await watching(browser, sink.url)
            port = sink.port
        await tab.until("document.getElementById('notice').textContent.includes('Trying again')")
        assert not await tab.evaluate("document.getElementById('stage').matches('.live')")
        async with playing(PageSink(clock, port), clock):
            await tab.until("document.getElementById('stage').matches('.live')", seconds=20)


async def test_the_sound_is_off_until_somebody_asks_for_it():
    clock = MediaClock()
    sink = PageSink(clock, 0)
    async with playing(sink, clock), Chromium() as browser:
        tab = await watching(browser, sink.url)
        assert await tab.evaluate("video.muted")
        await tab.evaluate("document.getElementById('sound').click()")
        assert not await tab.evaluate("video.muted")
        assert await tab.evaluate("document.getElementById('sound').textContent") == "Sound on"


async def test_with_a_token_the_page_works_with_its_address_and_says_so_without():
    clock = MediaClock()
    sink = PageSink(clock, 0, token="t0ken")
    async with playing(sink, clock), Chromium() as browser:
        await watching(browser, sink.url)
        tab = await browser.open(sink.url.partition("#")[0])
        notice = await tab.until("document.getElementById('notice').textContent.includes('token')")
        assert notice
