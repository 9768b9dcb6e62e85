"""Who may talk to the page's server. Every browser on this machine can reach a loopback port, and
so can every website that it shows: the promises of notes/webrtc.md section 5, one by one.
"""

import hmac
import ipaddress
import socket
from collections.abc import Mapping
from dataclasses import dataclass

import psutil
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

MAX_BODY = 64 * 1024
BODY_S = 3.0
EVERYWHERE = ("0.0.0.0", "::")
OPEN_PATHS = frozenset({"/"})
"""Without a token one sees the empty page; its script then sends the token with every request."""

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
}


def is_loopback(host: str) -> bool:
    """Whether a server bound to `host` can be reached from this machine only."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def host_names(host: str) -> frozenset[str]:
    """Return the names under which a server bound to `host` may be asked for."""
    names = {"127.0.0.1", "::1", "localhost", host.lower()}
    if host in EVERYWHERE:
        names.add(socket.gethostname().lower())
        for addresses in psutil.net_if_addrs().values():
            names |= {a.address.partition("%")[0].lower() for a in addresses}
    return frozenset(names)


def _host_of(header: str) -> str:
    """Return the name in a Host header, without port and brackets."""
    if header.startswith("["):
        return header[1:].partition("]")[0].lower()
    return header.partition(":")[0].lower()


@dataclass(frozen=True)
class Door:
    """Decides by the head of a request alone."""

    names: frozenset[str]
    token: str | None

    def refusal(self, path: str, headers: Mapping[str, str]) -> web.HTTPException | None:
        """Return why a request is refused, or None."""
        host = headers.get("Host", "")
        if _host_of(host) not in self.names:  # a name that a stranger let point here
            return web.HTTPMisdirectedRequest(text="this server does not go by that name\n")
        origin = headers.get("Origin")
        if origin is not None and origin != f"http://{host}":
            return web.HTTPForbidden(text="other sites may not use this server\n")
        if headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin"):
            return web.HTTPForbidden(text="other sites may not use this server\n")
        if self.token is not None and path not in OPEN_PATHS and not self._bears_token(headers):
            return web.HTTPUnauthorized(
                text="the token is missing or wrong\n", headers={"WWW-Authenticate": "Bearer"}
            )
        return None

    def _bears_token(self, headers: Mapping[str, str]) -> bool:
        scheme, _, token = headers.get("Authorization", "").partition(" ")
        assert self.token is not None
        same = hmac.compare_digest(token.encode(errors="replace"), self.token.encode())
        return scheme.lower() == "bearer" and same


def guard(door: Door) -> Middleware:
    """Return the middleware: refuses what `door` refuses and puts `HEADERS` on every answer."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        refusal = door.refusal(request.path, request.headers)
        try:
            if refusal is not None:
                raise refusal
            response = await handler(request)
        except web.HTTPException as error:
            error.headers.update(HEADERS)
            raise
        response.headers.update(HEADERS)
        return response

    return middleware
