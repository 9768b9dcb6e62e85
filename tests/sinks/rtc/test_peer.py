import asyncio
import re
from fractions import Fraction

import av
import pytest
from aiortc.rtp import RtcpSenderInfo, RtcpSrPacket

from tests.sinks.test_page_offers import whole_offer
from vcam.clock import ManualClock
from vcam.media import MS_NS, SECOND_NS
from vcam.sinks.rtc.broadcast import Feed
from vcam.sinks.rtc.peer import PacketTrack, Peer, _report_media_time

NTP_NOW = 1000 << 32


def packet_at(t_ns: int, rate: int) -> av.Packet:
    packet = av.Packet(b"x")
    packet.pts, packet.time_base = t_ns * rate // SECOND_NS, Fraction(1, rate)
    return packet


class Sender:
    """Where a report goes."""

    def __init__(self) -> None:
        self.ntp_s: list[float] = []

    async def _send_rtcp(self, packets) -> None:
        self.ntp_s += [p.sender_info.ntp_timestamp / 2**32 - 1000 for p in packets]

    async def report(self) -> None:
        info = RtcpSenderInfo(ntp_timestamp=7, rtp_timestamp=8, packet_count=9, octet_count=10)
        await self._send_rtcp([RtcpSrPacket(ssrc=1, sender_info=info)])


@pytest.fixture
async def peer():
    made = Peer(Feed(lambda: None), ManualClock())
    yield made
    await made.close()


async def test_reports_of_picture_and_sound_tell_one_clock_however_late_each_was_sent(monkeypatch):
    monkeypatch.setattr("aiortc.clock.current_ntp_time", lambda: NTP_NOW)
    clock, ntp_s = ManualClock(), {}
    for kind, rate, late_ns in (("video", 90_000, 12 * MS_NS), ("audio", 48_000, 31 * MS_NS)):
        packets = [packet_at(clock.now_ns() + SECOND_NS, rate)]

        async def next_packet(packets=packets):
            return packets.pop()

        track, sender = PacketTrack(kind, next_packet), Sender()
        _report_media_time(sender, track, clock)
        sent = await track.recv()
        await clock.wind_to(int(sent.pts * sent.time_base * SECOND_NS) + late_ns)
        await sender.report()
        (ntp_s[kind],) = sender.ntp_s
    assert ntp_s["video"] == pytest.approx(-0.012, abs=1e-6)
    assert ntp_s["audio"] == pytest.approx(-0.031, abs=1e-6)


async def test_the_answer_chooses_vp8_and_opus_and_listens_where_it_is_told(peer):
    answer = await peer.answer(await whole_offer(), ["127.0.0.1"])
    assert re.findall(r"a=rtpmap:\d+ (\S+)", answer) == ["VP8/90000", "rtx/90000", "opus/48000/2"]
    assert {line.split()[4] for line in re.findall(r"a=candidate:.*", answer)} == {"127.0.0.1"}
    assert answer.count("a=sendonly") == 2


async def test_a_request_for_a_key_frame_reaches_the_shared_encoder():
    asked = []
    peer = Peer(Feed(lambda: asked.append(1)), ManualClock())
    peer._connection.getSenders()[0]._send_keyframe()
    assert asked == [1]
    await peer.close()


async def test_no_server_is_asked_for_our_address_unless_one_is_configured():
    for stun, wanted in (((), None), (("stun:198.51.100.1:3478",), ("198.51.100.1", 3478))):
        peer = Peer(Feed(lambda: None), ManualClock(), stun=stun)
        assert peer._transport.transport._connection.stun_server == wanted
        await peer.close()


async def test_closing_twice_is_fine(peer):
    await peer.close()
    assert peer.state == "closed"


@pytest.mark.parametrize("steps", range(12))
async def test_who_is_cancelled_while_it_closes_a_peer_ends_and_the_peer_is_closed(
    steps, monkeypatch
):
    peer, ended = Peer(Feed(lambda: None), ManualClock()), []

    async def stop() -> None:
        await asyncio.sleep(0)
        ended.append(steps)

    monkeypatch.setattr(peer._transport.transport, "stop", stop)
    closing = asyncio.create_task(peer.close())
    for _ in range(steps):
        await asyncio.sleep(0)
    if closing.cancel():
        with pytest.raises(asyncio.CancelledError):
            await closing
    await peer.close()
    assert ended
