"""One WebRTC peer connection that only sends: the shared packets of one feed."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence

import aiortc.clock
from aiortc import (
    MediaStreamTrack,
    RTCBundlePolicy,
    RTCConfiguration,
    RTCIceServer,
    RTCPeerConnection,
    RTCRtpSender,
    RTCSessionDescription,
)
from aiortc.mediastreams import MediaStreamError
from aiortc.rtp import AnyRtcpPacket, RtcpSrPacket

from vcam.clock import Clock
from vcam.media import SECOND_NS
from vcam.sinks.rtc.broadcast import Feed
from vcam.sinks.rtc.packets import AnyPacket

CODECS = {"video": "video/vp8", "audio": "audio/opus"}
CLOSE_S = 3.0


class PacketTrack(MediaStreamTrack):
    """A track of finished packets; aiortc then only cuts them into RTP."""

    def __init__(self, kind: str, next_packet: Callable[[], Awaitable[AnyPacket]]) -> None:
        super().__init__()
        self.kind = kind
        self._next_packet = next_packet
        self.sent_ns: int | None = None
        """Media time of the newest packet that was sent."""

    async def recv(self) -> AnyPacket:
        """Return the next packet.

        Raises:
            MediaStreamError: the track has been stopped.
        """
        if self.readyState != "live":
            raise MediaStreamError
        packet = await self._next_packet()
        assert packet.pts is not None
        self.sent_ns = int(packet.pts * packet.time_base * SECOND_NS)
        return packet


def _report_media_time(sender: RTCRtpSender, track: PacketTrack, clock: Clock) -> None:
    """Let sender reports pair a packet's RTP time with its media time, not with when it was sent.

    Both tracks then tell one and the same clock, so a viewer's lip sync does not see that a packet
    of sound waits 20 ms for its last sample and a picture for its encoder (RFC 3550 section 6.4.1).
    """
    send = sender._send_rtcp

    async def send_stamped(packets: list[AnyRtcpPacket]) -> None:
        for packet in packets:
            if isinstance(packet, RtcpSrPacket) and track.sent_ns is not None:
                late_ns = clock.now_ns() - track.sent_ns
                ntp = aiortc.clock.current_ntp_time() - (late_ns << 32) // SECOND_NS
                packet.sender_info.ntp_timestamp = ntp
        await send(packets)

    sender._send_rtcp = send_stamped  # type: ignore[method-assign]


class Peer:
    """Owns the connection, its tracks and its sockets, from the first line of SDP to the last."""

    def __init__(
        self, feed: Feed, clock: Clock, *, sound: bool = True, stun: Sequence[str] = ()
    ) -> None:
        self.feed = feed
        servers = [RTCIceServer(urls=list(stun))] if stun else []
        self._connection = RTCPeerConnection(
            RTCConfiguration(iceServers=servers, bundlePolicy=RTCBundlePolicy.MAX_BUNDLE)
        )
        self._add(PacketTrack("video", feed.next_video), clock)
        if sound:
            self._add(PacketTrack("audio", feed.next_audio), clock)
        # With one bundle there is one transport; a damaged offer must not make us lose sight of it.
        self._transport = self._connection.getTransceivers()[0].sender.transport
        self._closing: asyncio.Task[None] | None = None

    def _add(self, track: PacketTrack, clock: Clock) -> None:
        transceiver = self._connection.addTransceiver(track, direction="sendonly")
        offered = RTCRtpSender.getCapabilities(track.kind).codecs
        wanted = (CODECS[track.kind], "video/rtx")
        # Before any description is set: later it is silently ignored (notes/webrtc.md 0).
        transceiver.setCodecPreferences([c for c in offered if c.mimeType.lower() in wanted])
        _report_media_time(transceiver.sender, track, clock)
        if track.kind == "video":
            transceiver.sender._send_keyframe = self.feed.request_key  # type: ignore[method-assign]

    @property
    def state(self) -> str:
        """new, connecting, connected, failed or closed."""
        return str(self._connection.connectionState)

    async def received(self) -> int:
        """Return the number of packets that have come from the other side (reports, mostly)."""
        report = await self._connection.getStats()
        return sum(s.packetsReceived for s in report.values() if s.type == "transport")

    async def answer(self, offer: str, addresses: Sequence[str]) -> str:
        """Take a browser's offer, listen on `addresses` and return the answer.

        Raises:
            Exception: whatever a damaged offer provokes in aiortc; the peer must then be closed.
        """
        await self._connection.setRemoteDescription(RTCSessionDescription(offer, "offer"))
        await self._gather(addresses)
        await self._connection.setLocalDescription(await self._connection.createAnswer())
        return str(self._connection.localDescription.sdp)

    async def offer(self, addresses: Sequence[str]) -> str:
        """Listen on `addresses` and return an offer."""
        await self._gather(addresses)
        await self._connection.setLocalDescription(await self._connection.createOffer())
        return str(self._connection.localDescription.sdp)

    async def accept(self, answer: str) -> None:
        """Take the answer to our offer.

        Raises:
            Exception: whatever a damaged answer provokes in aiortc; the peer must then be closed.
        """
        await self._connection.setRemoteDescription(RTCSessionDescription(answer, "answer"))

    async def _gather(self, addresses: Sequence[str]) -> None:
        """Open the sockets on `addresses`; aioice by itself would take all but loopback."""
        ice = self._transport.transport._connection
        ice._local_candidates_start = True
        ice._local_candidates += await ice.get_component_candidates(1, list(addresses))
        ice._local_candidates_end = True

    async def close(self) -> None:
        """Close the connection and, whatever a damaged offer left of it, its sockets.

        It goes on in a task of its own when the caller is cancelled: aioice, and `wait_for` before
        Python 3.12, may take a cancellation for their own, and the caller would never end.
        """
        if self._closing is None:
            self._closing = asyncio.create_task(self._close(), name="vcam-peer-close")
        await asyncio.shield(self._closing)

    async def _close(self) -> None:
        for close in (
            self._connection.close,
            self._transport.stop,
            self._transport.transport.stop,
            self._transport.transport._connection.close,
        ):
            with contextlib.suppress(Exception):
                await asyncio.wait_for(close(), CLOSE_S)
