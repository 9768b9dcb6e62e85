"""Whether the other side of a peer connection is still there.

ICE notices after about 30 s (notes/webrtc.md section 2). But who receives picture or sound reports
about once a second, so silence says more, and sooner.
"""

import contextlib

from vcam.media import SECOND_NS
from vcam.sinks.rtc.peer import Peer

HANDSHAKE_NS = 10 * SECOND_NS
SILENCE_NS = 6 * SECOND_NS
CHECK_NS = SECOND_NS
"""How often to ask; with `SILENCE_NS`, who vanishes is missed within 8 s."""


class Liveness:
    """Watches one peer from `now_ns` on."""

    def __init__(self, peer: Peer, now_ns: int) -> None:
        self._peer = peer
        self._since_ns = now_ns
        self._received = 0
        self.connected = False
        """Whether it has ever answered."""

    async def gone(self, now_ns: int) -> bool:
        """Whether the peer never came in time, has left, or has been silent for too long."""
        if self._peer.state in ("failed", "closed"):
            return True
        with contextlib.suppress(Exception):  # a half-built connection may have no statistics
            received = await self._peer.received()
            if self._peer.state == "connected" and received > self._received:
                self._received, self._since_ns, self.connected = received, now_ns, True
        return now_ns - self._since_ns > (SILENCE_NS if self.connected else HANDSHAKE_NS)
