"""WHIP against a small server on loopback that receives for real."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from aiohttp import web
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription

from tests.sinks.performance import playing, show_of
from tests.sinks.viewer import listen_on
from tests.sinks.waiting import until
from vcam.clock import MediaClock
from vcam.errors import OutputError, PeerError
from vcam.sinks.base import AudioSink
from vcam.sinks.rtc import liveness
from vcam.sinks.whip import WhipSink, read_endpoint

SMALL = (90, 160)


@dataclass
class MediaServer:
    """What a WHIP server does, and a record of what came."""

    token: str | None = None
    status: int = 201
    answer: str | None = None
    requests: list[str] = field(default_factory=list)
    peers: list[RTCPeerConnection] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=lambda: {"video": 0, "audio": 0})
    readers: list[asyncio.Task] = field(default_factory=list)

    async def post(self, request: web.Request) -> web.Response:
        self.requests.append(f"POST {request.content_type}")
        if self.token and request.headers.get("Authorization") != f"Bearer {self.token}":
            return web.Response(status=401)
        if self.status != 201:
            return web.Response(status=self.status)
        pc = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.peers.append(pc)
        pc.on("track", lambda track: self.readers.append(asyncio.create_task(self.read(track))))
        await pc.setRemoteDescription(RTCSessionDescription(await request.text(), "offer"))
        await listen_on(pc, ["127.0.0.1"])
        await pc.setLocalDescription(await pc.createAnswer())
        return web.Response(
            status=201,
            text=self.answer or pc.localDescription.sdp,
            content_type="application/sdp",
            headers={"Location": f"session/{len(self.peers)}"},
        )

    async def read(self, track) -> None:
        while True:
            await track.recv()
            self.counts[track.kind] += 1

    async def delete(self, request: web.Request) -> web.Response:
        authorization = request.headers.get("Authorization", "")
        self.requests.append(f"DELETE {request.path} {authorization}".strip())
        return web.Response()

    async def lose(self) -> None:
        """Vanish without a word."""
        for pc in self.peers:
            await pc.getTransceivers()[0].sender.transport.transport._connection.close()


@asynccontextmanager
async def serving(server: MediaServer):
    app = web.Application()
    app.router.add_post("/live/whip", server.post)
    app.router.add_delete("/live/session/{n}", server.delete)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"127.0.0.1:{runner.addresses[0][1]}/live/whip"
    finally:
        for pc in server.peers:
            await pc.close()
        for task in server.readers:
            task.cancel()
        await asyncio.gather(*server.readers, return_exceptions=True)
        await runner.cleanup()


async def test_picture_and_sound_arrive_and_the_session_is_withdrawn_at_the_end():
    server, clock, told = MediaServer(), MediaClock(), []
    async with serving(server) as address:
        sink = WhipSink(f"http://{address}", clock, told.append)
        assert isinstance(sink, AudioSink)
        async with playing(sink, clock, size=SMALL):
            await until(lambda: server.counts["video"] > 20 and server.counts["audio"] > 20, 10)
    assert server.requests == ["POST application/sdp", "DELETE /live/session/1"]
    assert told == []


async def test_the_token_goes_with_every_request_and_into_no_message():
    server, clock = MediaServer(token="t0ken"), MediaClock()
    async with serving(server) as address:
        sink = WhipSink(f"http://t0ken@{address}", clock, lambda _: None)
        assert "t0ken" not in sink.name
        async with playing(sink, clock, size=SMALL):
            pass
    assert server.requests[-1] == "DELETE /live/session/1 Bearer t0ken"


async def test_a_lost_connection_is_made_again(monkeypatch):
    monkeypatch.setattr(liveness, "SILENCE_NS", 2_500_000_000)
    server, clock, told = MediaServer(), MediaClock(), []
    async with serving(server) as address:
        sink = WhipSink(f"http://{address}", clock, told.append)
        async with playing(sink, clock, size=SMALL):
            await until(lambda: server.counts["video"] > 10, 10)
            await asyncio.sleep(1.5)  # until it has reported once
            await server.lose()
            await until(lambda: len(told) == 2, 20)
            seen = server.counts["video"]
            await until(lambda: server.counts["video"] > seen + 10, 10)
    assert told == [f"{sink.name} was lost; trying again.", f"{sink.name} is back."]


@pytest.mark.parametrize(
    ("server", "sentence"),
    [
        (MediaServer(token="other"), r"refused the token \(status 401\); set VCAM_WHIP_TOKEN"),
        (MediaServer(status=404), "answered with status 404 where 201 was wanted; check the path"),
        (MediaServer(answer="v=0\r\nhello"), "no valid session description"),
    ],
)
async def test_a_server_that_refuses_is_quoted(server, sentence):
    async with serving(server) as address:
        with pytest.raises(PeerError, match=sentence):
            await WhipSink(f"http://{address}", MediaClock(), print).open(show_of(SMALL))


async def test_a_server_that_is_not_there_is_said_so():
    sink = WhipSink("http://127.0.0.1:9/whip", MediaClock(), print)
    with pytest.raises(PeerError, match=r"cannot be reached .*; check the address and whether"):
        await sink.open(show_of(SMALL))


@pytest.mark.parametrize(
    "url", ["", "example.org/whip", "ftp://example.org", "https://", "http://["]
)
def test_what_is_no_address_is_said_so(url):
    with pytest.raises(OutputError, match="no address of a WHIP server; wanted whip:https://"):
        read_endpoint(url)


def test_a_token_does_not_travel_in_the_clear(monkeypatch):
    monkeypatch.setenv("VCAM_WHIP_TOKEN", "t0ken")
    assert read_endpoint("https://example.org/whip").headers == {"Authorization": "Bearer t0ken"}
    assert read_endpoint("http://127.0.0.1/whip").token == "t0ken"
    with pytest.raises(OutputError, match="would travel unencrypted; use https") as error:
        read_endpoint("http://example.org/whip")
    assert "t0ken" not in str(error.value)


async def test_a_run_that_is_not_paced_is_refused():
    sink = WhipSink("http://127.0.0.1:9/whip", MediaClock(), print)
    with pytest.raises(OutputError, match="cannot be hurried"):
        await sink.open(show_of(SMALL, paced=False))
