"""The page over real sockets on loopback; viewers are aiortc peers."""

import asyncio
import json
import logging
import re
import socket
from contextlib import asynccontextmanager
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
from aioice.ice import get_host_addresses
from aiortc import RTCPeerConnection

from tests.sinks.performance import playing, show_of
from tests.sinks.viewer import Viewer
from tests.sinks.waiting import until
from vcam.clock import MediaClock
from vcam.errors import OutputError
from vcam.sinks.base import AudioSink
from vcam.sinks.page import PageSink
from vcam.sinks.rtc import liveness, viewers

SMALL = (90, 160)
NETWORK = get_host_addresses(use_ipv4=True, use_ipv6=False)
SDP = {"Content-Type": "application/sdp"}


@asynccontextmanager
async def page(**options):
    clock = MediaClock()
    sink = PageSink(clock, 0, **options)
    async with playing(sink, clock, size=SMALL):
        yield sink


@pytest.fixture
async def http():
    async with aiohttp.ClientSession() as session:
        yield session


async def post(http, sink, data=b"v=0\r\n", headers=SDP, path="whep"):
    address = sink.url.partition("#")[0]
    async with http.post(address + path, data=data, headers=headers) as response:
        return response.status, await response.text(), response.headers


def test_it_is_a_sink_for_sound_too_and_named_as_typed():
    sink = PageSink(MediaClock(), 8091)
    assert isinstance(sink, AudioSink)
    assert sink.name == "page:8091"


async def test_a_viewer_gets_picture_and_sound_on_one_clock():
    async with page() as sink:
        viewer = Viewer(sink.url)
        assert await viewer.join() == 201
        pictures = await viewer.see(30)
        sounds = await viewer.see(40, "audio")
        assert (pictures[0].height, pictures[0].width) == SMALL
        assert sounds[0].sample_rate == 48_000
        assert sink.viewers == 1
        await viewer.leave()
        assert sink.viewers == 0


async def test_media_sockets_are_on_loopback_only():
    async with page() as sink:
        viewer = Viewer(sink.url)
        await viewer.join()
        assert set(re.findall(r"a=candidate:\S+ 1 udp \d+ (\S+)", viewer.answer)) == {"127.0.0.1"}
        await viewer.leave()


async def test_a_browser_that_does_not_take_loopback_is_answered_on_every_address():
    async with page() as sink:
        viewer = Viewer(sink.url)
        await viewer.join(path="whep?reach=all")
        assert "127.0.0.1" in viewer.answer
        await viewer.see(2)
        await viewer.leave()


async def test_no_stun_server_is_asked_unless_one_is_configured(monkeypatch):
    asked = []
    monkeypatch.setattr("aioice.ice.server_reflexive_candidate", lambda *a: asked.append(a))
    async with page() as sink:
        viewer = Viewer(sink.url)
        await viewer.join()
        await viewer.leave()
    assert asked == []


async def test_metrics_can_be_scraped(http):
    async with page() as sink, http.get(sink.url + "metrics") as response:
        assert response.content_type == "text/plain"
        assert "# TYPE vcam_frames_shown_total counter" in await response.text()


async def test_stats_hold_the_live_numbers(http):
    async with page() as sink, http.get(sink.url + "stats") as response:
        numbers = json.loads(await response.text())
        assert numbers["profile"] == "announcer3"
        assert (numbers["width"], numbers["height"], numbers["fps_wanted"]) == (160, 90, 30)
        assert (numbers["latency_ms"], numbers["frames_dropped"]) == (61.5, 2)
        assert numbers["viewers"] == 0


async def test_the_page_fetches_nothing_from_elsewhere(http):
    async with page() as sink, http.get(sink.url) as response:
        html = await response.text()
        policy = response.headers["Content-Security-Policy"]
    assert "<title>vcam</title>" in html
    assert re.findall(r"(?:src|href|action)=\"(?!data:)", html) == []
    assert "http://" not in html.replace("http://www.w3.org/2000/svg", "")
    assert "https://" not in html
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy


async def test_every_answer_carries_the_security_headers_and_none_allows_other_sites(http):
    async with page() as sink:
        for path in ("", "stats", "nowhere"):
            async with http.get(sink.url + path) as response:
                assert response.headers["X-Content-Type-Options"] == "nosniff"
                assert response.headers["Cache-Control"] == "no-store"
                assert response.headers["Cross-Origin-Resource-Policy"] == "same-origin"
                assert not [h for h in response.headers if h.startswith("Access-Control")]


@pytest.mark.parametrize(
    ("data", "headers", "wanted"),
    [
        (b"v=0\r\n", SDP | {"Host": "evil.test"}, 421),
        (b"v=0\r\n", SDP | {"Origin": "https://evil.test"}, 403),
        (b"v=0\r\n", SDP | {"Origin": "null"}, 403),
        (b"v=0\r\n", SDP | {"Sec-Fetch-Site": "cross-site"}, 403),
        (b"v=0\r\n" + b"a" * 70_000, SDP, 413),
        (b"v=0\r\n", {"Content-Type": "text/plain"}, 415),
        (b"v=0\r\n", {"Content-Type": "application/json"}, 415),
        (b"hello", SDP, 400),
        (b"\xff\xfe", SDP, 400),
        (b"", SDP, 400),
    ],
)
async def test_bad_requests_are_refused(http, data, headers, wanted):
    async with page() as sink:
        assert (await post(http, sink, data, headers))[0] == wanted
        assert sink.viewers == 0


async def test_with_a_token_nothing_is_served_without_it(http):
    async with page(token="t0ken") as sink:
        assert sink.url.endswith("/#token=t0ken")
        assert (await post(http, sink))[0] == 401
        viewer = Viewer(sink.url.partition("#")[0])
        assert await viewer.join({"Authorization": "Bearer t0ken"}) == 201
        await viewer.vanish()


@pytest.mark.skipif(not NETWORK, reason="this machine has no network interface up")
async def test_with_a_token_the_network_is_served(http):
    async with page(host="0.0.0.0", token="t0ken") as sink:
        address = sink.url.partition("#")[0]
        assert "0.0.0.0" not in address
        assert (await post(http, sink))[0] == 401
        viewer = Viewer(address, NETWORK)
        assert await viewer.join({"Authorization": "Bearer t0ken"}) == 201
        assert "127.0.0.1" not in viewer.answer
        await viewer.see(2)
        await viewer.vanish()


@pytest.mark.skipif(
    not get_host_addresses(use_ipv4=False, use_ipv6=True), reason="no network interface has IPv6"
)
async def test_where_only_ipv6_is_served_the_address_is_one_of_it(http):
    async with page(host="::", token="t0ken") as sink:
        assert sink.url.startswith("http://[")
        assert (await post(http, sink))[0] == 401


async def test_a_slow_body_is_cut_off_after_three_seconds(monkeypatch):
    monkeypatch.setattr("vcam.sinks.page.BODY_S", 0.2)
    async with page() as sink:
        reader, writer = await asyncio.open_connection("127.0.0.1", sink.port)
        writer.write(
            b"POST /whep HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/sdp\r\n"
            b"Content-Length: 100\r\n\r\nv=0"
        )
        line = await asyncio.wait_for(reader.readline(), 5)
        assert b" 408 " in line
        writer.close()


async def test_one_viewer_too_many_is_told_when_to_come_back(http):
    async with page(max_viewers=1) as sink:
        viewer = Viewer(sink.url)
        await viewer.join()
        status, text, headers = await post(http, sink, viewer.pc.localDescription.sdp.encode())
        assert status == 503
        assert int(headers["Retry-After"]) > 0
        assert "all 1 places are taken" in text
        await viewer.leave()


async def test_sessions_have_names_that_nobody_can_guess(http):
    async with page() as sink:
        one, two = Viewer(sink.url), Viewer(sink.url)
        await one.join()
        await two.join()
        assert one.location != two.location
        assert len(one.location) >= len("/whep/") + 32  # 192 bits
        async with http.delete(sink.url + "whep/" + "A" * 32) as response:
            assert response.status == 404
        assert sink.viewers == 2
        await one.leave()
        await two.leave()


async def test_who_never_connects_is_forgotten_after_the_handshake_time(http, monkeypatch):
    monkeypatch.setattr(liveness, "HANDSHAKE_NS", 2_000_000_000)
    monkeypatch.setattr(viewers, "CHECK_NS", 50_000_000)
    async with page() as sink:
        pc = RTCPeerConnection()
        pc.addTransceiver("video", direction="recvonly")
        await pc.setLocalDescription(await pc.createOffer())
        offer = pc.localDescription.sdp.encode()
        await pc.close()
        assert (await post(http, sink, offer))[0] == 201
        assert sink.viewers == 1
        await until(lambda: not sink.viewers, seconds=10)


async def test_a_viewer_that_vanishes_is_gone_within_ten_seconds():
    async with page() as sink:
        viewer = Viewer(sink.url)
        await viewer.join()
        await viewer.see(40)
        assert sink.viewers == 1
        await viewer.vanish()
        await until(lambda: not sink.viewers, seconds=10)


async def test_neither_offers_nor_tokens_reach_the_log(http, caplog):
    caplog.set_level(logging.DEBUG)
    async with page(token="t0ken") as sink:
        viewer = Viewer(sink.url.partition("#")[0])
        await viewer.join({"Authorization": "Bearer t0ken"})
        await post(http, sink, b"v=0 ufragsecret", SDP | {"Authorization": "Bearer t0ken"})
        await viewer.vanish()
    assert "t0ken" not in caplog.text
    assert "ufrag" not in caplog.text
    assert "a=fingerprint" not in caplog.text


async def test_a_port_in_use_is_said_so():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(OutputError) as error:
            await PageSink(MediaClock(), port).open(show_of(SMALL))
    assert str(error.value) == (
        f"port {port} on 127.0.0.1 is in use by another program; end that program, or choose "
        "another, e.g. --to page:8081, or page:0 for any free one"
    )


async def test_a_port_that_does_not_exist_is_said_so():
    with pytest.raises(OutputError, match="port 70000 does not exist; ports go from 0 to 65535"):
        await PageSink(MediaClock(), 70_000).open(show_of(SMALL))


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::"])
async def test_the_network_is_not_served_without_a_token(host):
    with pytest.raises(
        OutputError, match="would be open to everybody on the network; give a token"
    ):
        await PageSink(MediaClock(), 0, host=host).open(show_of(SMALL))


async def test_a_run_that_is_not_paced_is_refused():
    with pytest.raises(OutputError, match="cannot be hurried; leave out --fast"):
        await PageSink(MediaClock(), 0).open(show_of(SMALL, paced=False))


async def test_the_address_is_told_once_it_is_served():
    told = []
    async with page(report=told.append) as sink:
        assert told == [f"The page is at http://127.0.0.1:{sink.port}/"]


async def test_a_token_survives_the_way_through_its_address():
    token = "ab+c/d&e=%41 f"
    async with page(token=token) as sink:
        assert parse_qs(urlsplit(sink.url).fragment) == {"token": [token]}


async def test_closing_twice_and_before_opening_is_fine():
    sink = PageSink(MediaClock(), 0)
    await sink.close()
    await sink.open(show_of(SMALL))
    await sink.close()
    await sink.close()
    assert {task.get_name() for task in asyncio.all_tasks()} & {
        "vcam-encode",
        "vcam-viewers",
    } == set()


async def test_closing_says_goodbye_to_who_still_watches():
    async with page() as sink:
        viewer = Viewer(sink.url)
        await viewer.join()
        await viewer.see(3)
    await until(lambda: viewer.pc.connectionState == "closed")
    await viewer.vanish()
