"""A viewer made of aiortc: joins the page as a browser does, counts and keeps what arrives."""

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiortc import (
    RTCBundlePolicy,
    RTCConfiguration,
    RTCPeerConnection,
    RTCSessionDescription,
)

from tests.sinks.waiting import until


async def listen_on(pc: RTCPeerConnection, addresses: Sequence[str]) -> None:
    """Open the sockets of `pc`; by itself aiortc would leave out loopback, which may be all."""
    ice = pc.getTransceivers()[0].sender.transport.transport._connection
    ice._local_candidates_start = True
    ice._local_candidates += await ice.get_component_candidates(1, list(addresses))
    ice._local_candidates_end = True


@dataclass
class Viewer:
    """`join` a page, then look at `seen`; `leave` politely or `vanish`."""

    url: str
    addresses: Sequence[str] = ("127.0.0.1",)
    status: int = 0
    location: str = ""
    answer: str = ""
    seen: dict[str, list[Any]] = field(default_factory=lambda: {"video": [], "audio": []})

    async def join(self, headers: dict[str, str] | None = None, path: str = "whep") -> int:
        """Offer, take the answer, begin to receive; returns the status of the answer."""
        self.pc = RTCPeerConnection(
            RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE)
        )
        self.pc.addTransceiver("video", direction="recvonly")
        self.pc.addTransceiver("audio", direction="recvonly")
        await listen_on(self.pc, self.addresses)
        self._readers: list[asyncio.Task[None]] = []
        self.pc.on("track", lambda t: self._readers.append(asyncio.create_task(self._read(t))))
        await self.pc.setLocalDescription(await self.pc.createOffer())
        async with (
            aiohttp.ClientSession() as http,
            http.post(
                self.url + path,
                data=self.pc.localDescription.sdp,
                headers={"Content-Type": "application/sdp"} | (headers or {}),
            ) as response,
        ):
            self.status, self.answer = response.status, await response.text()
            self.location = response.headers.get("Location", "")
        if self.status == 201:
            await self.pc.setRemoteDescription(RTCSessionDescription(self.answer, "answer"))
        return self.status

    async def _read(self, track: Any) -> None:
        with contextlib.suppress(Exception):
            while True:
                self.seen[track.kind].append(await track.recv())

    async def see(self, count: int, kind: str = "video", seconds: float = 30.0) -> list[Any]:
        """Wait until `count` frames of a kind have arrived."""
        await until(lambda: len(self.seen[kind]) >= count, seconds)
        return self.seen[kind]

    async def leave(self) -> None:
        """End the session and the connection."""
        if self.location:
            async with aiohttp.ClientSession() as http:
                await http.delete(self.url + self.location.removeprefix("/"))
        await self._close()

    async def vanish(self) -> None:
        """Close the sockets without a word, as a killed browser does."""
        for transceiver in self.pc.getTransceivers():
            await transceiver.sender.transport.transport._connection.close()
        await self._close()

    async def _close(self) -> None:
        await self.pc.close()
        for task in self._readers:
            task.cancel()
        await asyncio.gather(*self._readers, return_exceptions=True)
