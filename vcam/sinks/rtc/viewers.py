"""Everybody who watches: admitted with an offer, swept out when they do not come or have gone."""

import asyncio
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from vcam.clock import Clock
from vcam.sinks.rtc.broadcast import Broadcast
from vcam.sinks.rtc.liveness import CHECK_NS, Liveness
from vcam.sinks.rtc.offers import checked_offer
from vcam.sinks.rtc.peer import Peer

ANSWER_S = 5.0


class FullError(Exception):
    """As many as may watch are watching."""


@dataclass(frozen=True)
class _Visit:
    peer: Peer
    liveness: Liveness


class Viewers:
    """The sessions. Their ids cannot be guessed."""

    def __init__(self, broadcast: Broadcast, clock: Clock, limit: int, stun: Sequence[str]) -> None:
        self._broadcast = broadcast
        self._clock = clock
        self._limit = limit
        self._stun = stun
        self._visits: dict[str, _Visit] = {}
        self._sweeper = asyncio.create_task(self._sweep(), name="vcam-viewers")

    def __len__(self) -> int:
        return len(self._visits)

    @property
    def dropped(self) -> int:
        """Pictures that those who watch now did not get."""
        return sum(visit.peer.feed.dropped for visit in self._visits.values())

    async def admit(self, text: str, addresses: Sequence[str]) -> tuple[str, str]:
        """Return (name, answer) for an offer.

        Raises:
            FullError: the limit is reached.
            OfferError: the offer is not one that a viewer sends.
            Exception: it is damaged in a way that aiortc noticed; nothing is left of it.
        """
        if len(self._visits) >= self._limit:
            raise FullError
        offer = checked_offer(text)
        name = secrets.token_urlsafe(24)
        feed = self._broadcast.join()
        peer = Peer(feed, self._clock, sound=offer.sound, stun=self._stun)
        self._visits[name] = _Visit(peer, Liveness(peer, self._clock.now_ns()))
        try:
            return name, await asyncio.wait_for(peer.answer(offer.sdp, addresses), ANSWER_S)
        except BaseException:
            await self.dismiss(name)
            raise

    async def dismiss(self, name: str) -> bool:
        """End a session; whether there was one of that name."""
        visit = self._visits.pop(name, None)
        if visit is None:
            return False
        self._broadcast.leave(visit.peer.feed)
        await visit.peer.close()
        return True

    async def close(self) -> None:
        """End all."""
        self._sweeper.cancel()
        await asyncio.gather(
            self._sweeper, *(self.dismiss(n) for n in list(self._visits)), return_exceptions=True
        )

    async def _sweep(self) -> None:
        while True:
            await self._clock.sleep_until(self._clock.now_ns() + CHECK_NS)
            for name, visit in list(self._visits.items()):
                if await visit.liveness.gone(self._clock.now_ns()):
                    await self.dismiss(name)
