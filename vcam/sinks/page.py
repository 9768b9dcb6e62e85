"""The page: one HTML file on loopback that shows the call with sound, and live numbers.

A viewer's browser posts an offer to `/whep` (the shape of WHEP, draft-ietf-wish-whep: 201, answer,
Location, DELETE) and gets picture and sound over WebRTC. On a loopback host the media sockets too
are opened on 127.0.0.1 only, so nothing leaves the machine. A browser that will not speak WebRTC
over loopback asks a second time with `?reach=all`, and is then answered on this machine's other
addresses, between which the operating system keeps packets inside as well. Measured: Chromium 156
takes loopback at once, Firefox 153 connects at the second attempt; and Chromium opens no WebRTC at
all while the machine has no network interface up, which the page then says.
"""

import asyncio
import base64
import contextlib
import errno
import hashlib
import logging
import re
from collections.abc import Callable, Sequence
from dataclasses import asdict
from importlib import resources
from urllib.parse import quote

from aiohttp import web
from aioice.ice import get_host_addresses

from vcam.clock import Clock
from vcam.errors import OutputError
from vcam.media import AudioChunk, Frame
from vcam.sinks.base import Show
from vcam.sinks.guard import BODY_S, EVERYWHERE, MAX_BODY, Door, guard, host_names, is_loopback
from vcam.sinks.rtc.broadcast import Broadcast
from vcam.sinks.rtc.offers import OfferError
from vcam.sinks.rtc.strays import Strays
from vcam.sinks.rtc.viewers import FullError, Viewers
from vcam.stats import prometheus_text

_LOG = logging.getLogger(__name__)
RETRY_S = 5


def _page() -> tuple[str, str]:
    """Return the HTML and the policy that lets it run its own script and style, nothing else."""
    html = resources.files("vcam.sinks").joinpath("page.html").read_text("utf-8")

    def digests(tag: str) -> str:
        parts = re.findall(f"<{tag}>(.*?)</{tag}>", html, re.S)
        digest = (base64.b64encode(hashlib.sha256(p.encode()).digest()).decode() for p in parts)
        return " ".join(f"'sha256-{d}'" for d in digest)

    return html, (
        f"default-src 'none'; script-src {digests('script')}; style-src {digests('style')}; "
        "connect-src 'self'; media-src 'self' blob: mediastream:; img-src data:; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    )


class PageSink:
    """Serves the call to browsers; nothing is encoded while nobody watches."""

    def __init__(
        self,
        clock: Clock,
        port: int = 8080,
        *,
        host: str = "127.0.0.1",
        token: str | None = None,
        report: Callable[[str], None] = lambda _sentence: None,
        max_viewers: int = 8,
        stun: Sequence[str] = (),
    ) -> None:
        """Port 0 takes any free one; `report` is told the address once it is served.

        `stun`: URLs of servers to ask, for viewers elsewhere; by default none.
        """
        self._clock = clock
        self._port = port
        self._host = host
        self._token = token
        self._report = report
        self._max_viewers = max_viewers
        self._stun = stun
        self._show: Show | None = None
        self._bound_port = port
        self._broadcast: Broadcast | None = None
        self._viewers: Viewers | None = None
        self._exit = contextlib.AsyncExitStack()

    @property
    def name(self) -> str:
        """What the user typed."""
        return f"page:{self._port}"

    @property
    def port(self) -> int:
        """The port that is served; where 0 was asked for, the one that was free."""
        return self._bound_port

    @property
    def url(self) -> str:
        """Where to point a browser; holds the token where there is one. Valid once open."""
        host = self._host
        if host in EVERYWHERE:
            old = host == "0.0.0.0"
            host = next(iter(get_host_addresses(old, not old)), "127.0.0.1" if old else "::1")
        host = f"[{host}]" if ":" in host else host
        fragment = f"#token={quote(self._token, safe='')}" if self._token else ""
        return f"http://{host}:{self._bound_port}/{fragment}"

    @property
    def viewers(self) -> int:
        """How many watch."""
        return len(self._viewers) if self._viewers is not None else 0

    async def open(self, show: Show) -> None:
        """Start to serve.

        Raises:
            OutputError: the host is refused, the port cannot be had, or the run is not paced.
        """
        if not show.paced:
            raise OutputError(
                f"{self.name} shows a call as it happens and cannot be hurried; "
                "leave out --fast, or write to file:PATH instead"
            )
        if not is_loopback(self._host) and not self._token:
            raise OutputError(
                f"{self.name} on {self._host} would be open to everybody on the network; "
                "give a token, or serve on 127.0.0.1"
            )
        self._show = show
        try:
            strays = Strays()
            self._exit.callback(strays.close)
            self._broadcast = Broadcast(self.name, show.size, show.fps)
            self._broadcast.start()
            self._exit.push_async_callback(self._broadcast.close)
            self._viewers = Viewers(self._broadcast, self._clock, self._max_viewers, self._stun)
            self._exit.push_async_callback(self._viewers.close)
            await self._serve()
        except BaseException:
            await self.close()
            raise

    async def _serve(self) -> None:
        app = web.Application(
            middlewares=[guard(Door(host_names(self._host), self._token))],
            client_max_size=MAX_BODY,
        )
        app.router.add_get("/", self._get_page)
        app.router.add_get("/stats", self._get_stats)
        app.router.add_get("/metrics", self._get_metrics)
        app.router.add_post("/whep", self._post_offer)
        app.router.add_delete("/whep/{name}", self._delete_session)
        # No access log: it would hold the sessions' names.
        runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=1.0)
        await runner.setup()
        self._exit.push_async_callback(runner.cleanup)
        try:
            await web.TCPSite(runner, self._host, self._port).start()
        except (OSError, OverflowError) as error:
            raise OutputError(self._why_not(error)) from error
        self._bound_port = runner.addresses[0][1]
        self._report(f"The page is at {self.url}")

    def _why_not(self, error: OSError | OverflowError) -> str:
        """Return the sentence for a port that cannot be had."""
        wish = "choose another, e.g. --to page:8081, or page:0 for any free one"
        if isinstance(error, OverflowError):
            return f"port {self._port} does not exist; ports go from 0 to 65535: {wish}"
        if error.errno == errno.EADDRINUSE:
            return (
                f"port {self._port} on {self._host} is in use by another program; "
                f"end that program, or {wish}"
            )
        if error.errno == errno.EACCES:
            return f"port {self._port} is reserved for the administrator; {wish}"
        return f"cannot serve on {self._host}:{self._port} ({error.strerror}); {wish}"

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
        """Say goodbye to all viewers and free the port; safe to call twice."""
        self._broadcast = self._viewers = None
        await self._exit.aclose()

    async def _get_page(self, _request: web.Request) -> web.Response:
        html, policy = _page()
        headers = {"Content-Security-Policy": policy}
        return web.Response(text=html, content_type="text/html", headers=headers)

    async def _get_stats(self, _request: web.Request) -> web.Response:
        if self._show is None or self._viewers is None:
            raise web.HTTPServiceUnavailable(headers={"Retry-After": str(RETRY_S)})
        height, width = self._show.size
        return web.json_response(
            {
                "profile": self._show.profile_name,
                "width": width,
                "height": height,
                "fps_wanted": self._show.fps,
                "viewers": len(self._viewers),
                "viewers_dropped": self._viewers.dropped,
                **asdict(self._show.snapshot()),
            }
        )

    async def _get_metrics(self, _request: web.Request) -> web.Response:
        if self._show is None:
            raise web.HTTPServiceUnavailable(headers={"Retry-After": str(RETRY_S)})
        return web.Response(text=prometheus_text(self._show.snapshot()))

    async def _post_offer(self, request: web.Request) -> web.Response:
        viewers = self._viewers
        if viewers is None:
            raise web.HTTPServiceUnavailable(headers={"Retry-After": str(RETRY_S)})
        offer = await self._read_offer(request)
        try:
            name, answer = await viewers.admit(offer, self._addresses(request))
        except FullError:
            raise web.HTTPServiceUnavailable(
                text=f"all {self._max_viewers} places are taken\n",
                headers={"Retry-After": str(RETRY_S)},
            ) from None
        except OfferError as error:
            raise web.HTTPBadRequest(text=f"{error}\n") from None
        except Exception as error:  # a parser that trips over damage: the offer is to blame
            _LOG.debug("offer refused: %s", type(error).__name__)
            raise web.HTTPBadRequest(text="the session description is damaged\n") from None
        return web.Response(
            status=201,
            text=answer,
            content_type="application/sdp",
            headers={"Location": f"/whep/{name}"},
        )

    async def _read_offer(self, request: web.Request) -> str:
        if request.content_type != "application/sdp":
            raise web.HTTPUnsupportedMediaType(text="an offer is application/sdp\n")
        try:
            async with asyncio.timeout(BODY_S):
                return (await request.read()).decode("utf-8")
        except TimeoutError:
            raise web.HTTPRequestTimeout(text="the offer came too slowly\n") from None
        except UnicodeDecodeError:
            raise web.HTTPBadRequest(text="an offer is UTF-8 text\n") from None

    def _addresses(self, request: web.Request) -> list[str]:
        """Return where to listen for the media of this viewer."""
        here = ["::1" if self._host == "::1" else "127.0.0.1"] if is_loopback(self._host) else []
        if here and request.query.get("reach") != "all":
            return here
        return here + get_host_addresses(use_ipv4=True, use_ipv6=True)

    async def _delete_session(self, request: web.Request) -> web.Response:
        if self._viewers is None or not await self._viewers.dismiss(request.match_info["name"]):
            raise web.HTTPNotFound(text="there is no such session\n")
        return web.Response()
