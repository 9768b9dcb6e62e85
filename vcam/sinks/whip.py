"""The call, published to a media server by WHIP (RFC 9725): one POST, then WebRTC, then DELETE.

The server multiplies it for any number of viewers. A lost connection is made again, with back-off.
"""

import asyncio
import contextlib
import os
from collections.abc import Callable
from dataclasses import dataclass

import aiohttp
from aioice.ice import get_host_addresses
from yarl import URL

from vcam.clock import Clock
from vcam.errors import OutputError, PeerError
from vcam.media import SECOND_NS, AudioChunk, Frame
from vcam.sinks.base import Show
from vcam.sinks.guard import is_loopback
from vcam.sinks.rtc.broadcast import Broadcast
from vcam.sinks.rtc.liveness import CHECK_NS, Liveness
from vcam.sinks.rtc.peer import Peer
from vcam.sinks.rtc.strays import Strays

TOKEN_VARIABLE = "VCAM_WHIP_TOKEN"
ANSWER_S = 10.0
FIRST_WAIT_NS = SECOND_NS
LONGEST_WAIT_NS = 30 * SECOND_NS


@dataclass(frozen=True)
class Endpoint:
    """Where to publish, and what to show there."""

    url: URL
    token: str | None

    @property
    def headers(self) -> dict[str, str]:
        """The headers of every request."""
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}


def read_endpoint(text: str) -> Endpoint:
    """Read `https://[TOKEN@]HOST/PATH`; the token may also stand in `VCAM_WHIP_TOKEN`.

    Raises:
        OutputError: it is no such address, or the token would travel in the clear.
    """
    try:
        url = URL(text)
        token = url.password or url.user or os.environ.get(TOKEN_VARIABLE)
        bare = url.with_user(None)
    except ValueError:
        url = bare = URL()
        token = None
    if url.scheme not in ("http", "https") or not url.host:
        raise OutputError(
            f"'{text.rpartition('@')[2]}' is no address of a WHIP server; "
            "wanted whip:https://[TOKEN@]HOST/PATH"
        )
    if token and url.scheme == "http" and not is_loopback(url.host):
        raise OutputError(
            f"the token for {url.host} would travel unencrypted; use https, or leave the token out"
        )
    return Endpoint(bare, token)


@dataclass(frozen=True)
class _Publication:
    peer: Peer
    liveness: Liveness
    location: URL | None


class WhipSink:
    """Publishes to one server; encodes nothing while the connection is down."""

    def __init__(self, url: str, clock: Clock, report: Callable[[str], None]) -> None:
        """`report` is told when the connection is lost and when it is back.

        Raises:
            OutputError: `url` is no address of a WHIP server.
        """
        self._endpoint = read_endpoint(url)
        self._clock = clock
        self._report = report
        self._broadcast: Broadcast | None = None
        self._publication: _Publication | None = None
        self._exit = contextlib.AsyncExitStack()

    @property
    def name(self) -> str:
        """What the user typed, without the token."""
        return f"whip:{self._endpoint.url}"

    async def open(self, show: Show) -> None:
        """Publish.

        Raises:
            OutputError: the run is not paced.
            PeerError: the server cannot be reached or refuses.
        """
        if not show.paced:
            raise OutputError(
                f"{self.name} carries a call as it happens and cannot be hurried; "
                "leave out --fast, or write to file:PATH instead"
            )
        try:
            strays = Strays()
            self._exit.callback(strays.close)
            self._broadcast = Broadcast(self.name, show.size, show.fps)
            self._broadcast.start()
            self._exit.push_async_callback(self._broadcast.close)
            timeout = aiohttp.ClientTimeout(total=ANSWER_S)
            self._http = aiohttp.ClientSession(timeout=timeout)
            self._exit.push_async_callback(self._http.close)
            self._exit.push_async_callback(self._withdraw)
            await self._publish()
            keeper = asyncio.create_task(self._keep(), name="vcam-whip")
            self._exit.push_async_callback(_cancel, keeper)
        except BaseException:
            await self.close()
            raise

    async def show(self, frame: Frame) -> None:
        """Take a frame; returns at once.

        Raises:
            PeerError: the encoder has failed.
        """
        if self._broadcast is not None:
            self._broadcast.show(frame)

    async def hear(self, chunk: AudioChunk) -> None:
        """Take sound; returns at once."""
        if self._broadcast is not None:
            self._broadcast.hear(chunk)

    async def close(self) -> None:
        """Withdraw the publication; safe to call twice."""
        await self._exit.aclose()
        self._broadcast = None

    async def _publish(self) -> None:
        """Offer, be answered, and wait until the media flows.

        Raises:
            PeerError: any of it failed; nothing is left.
        """
        assert self._broadcast is not None
        peer = Peer(self._broadcast.join(), self._clock)
        self._publication = _Publication(peer, Liveness(peer, self._clock.now_ns()), None)
        try:
            await self._negotiate(peer)
            await self._connected()
        except BaseException:
            await self._withdraw()
            raise

    async def _negotiate(self, peer: Peer) -> None:
        here = get_host_addresses(use_ipv4=True, use_ipv6=True)
        if is_loopback(self._endpoint.url.host or ""):
            here = ["127.0.0.1", *here]
        try:
            location, answer = await self._post(await peer.offer(here))
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise PeerError(
                f"{self.name} cannot be reached ({type(error).__name__}); "
                "check the address and whether the server runs"
            ) from error
        self._publication = _Publication(peer, Liveness(peer, self._clock.now_ns()), location)
        try:
            await peer.accept(answer)
        except Exception as error:  # a parser that trips over damage: the answer is to blame
            raise PeerError(f"{self.name} answered with no valid session description") from error

    async def _post(self, offer: str) -> tuple[URL | None, str]:
        """Return (Location, answer)."""
        headers = {"Content-Type": "application/sdp", **self._endpoint.headers}
        async with self._http.post(self._endpoint.url, data=offer, headers=headers) as response:
            if response.status in (401, 403):
                raise PeerError(
                    f"{self.name} refused the token (status {response.status}); "
                    f"set {TOKEN_VARIABLE}, or write whip:https://TOKEN@HOST/PATH"
                )
            if response.status != 201:
                raise PeerError(
                    f"{self.name} answered with status {response.status} where 201 was wanted; "
                    "check the path and the server's log"
                )
            location = response.headers.get("Location")
            where = response.url.join(URL(location)) if location else None
            return where, await response.text()

    async def _connected(self) -> None:
        assert self._publication is not None
        peer, liveness = self._publication.peer, self._publication.liveness
        while peer.state != "connected":
            if await liveness.gone(self._clock.now_ns()):
                raise PeerError(
                    f"{self.name} answered, but no media connection came about; "
                    "check that UDP can pass between here and the server"
                )
            await self._clock.sleep_until(self._clock.now_ns() + CHECK_NS // 20)

    async def _keep(self) -> None:
        """Watch the connection and make it again when it is lost."""
        while True:
            await self._clock.sleep_until(self._clock.now_ns() + CHECK_NS)
            publication = self._publication
            if publication and not await publication.liveness.gone(self._clock.now_ns()):
                continue
            self._report(f"{self.name} was lost; trying again.")
            await self._withdraw()
            await self._again()
            self._report(f"{self.name} is back.")

    async def _again(self) -> None:
        wait_ns = FIRST_WAIT_NS
        while True:
            await self._clock.sleep_until(self._clock.now_ns() + wait_ns)
            with contextlib.suppress(PeerError):
                return await self._publish()
            wait_ns = min(2 * wait_ns, LONGEST_WAIT_NS)

    async def _withdraw(self) -> None:
        """Tell the server that it is over, and close the peer."""
        publication, self._publication = self._publication, None
        if publication is None:
            return
        if self._broadcast is not None:
            self._broadcast.leave(publication.peer.feed)
        if publication.location is not None:
            with contextlib.suppress(aiohttp.ClientError, TimeoutError, OSError):
                headers = self._endpoint.headers
                await (await self._http.delete(publication.location, headers=headers)).read()
        await publication.peer.close()


async def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
