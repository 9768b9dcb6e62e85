"""Encoded packets, and the short queue in which they wait for one viewer."""

import asyncio
from collections import deque
from typing import Any, TypeAlias

from av.packet import Packet

AnyPacket: TypeAlias = "Packet[Any]"

DEPTH = 4
"""Packets that a viewer may be behind."""


class PacketQueue:
    """A queue of at most `DEPTH` packets for one reader; who puts never waits."""

    def __init__(self) -> None:
        self._packets: deque[AnyPacket] = deque(maxlen=DEPTH)
        self._changed = asyncio.Event()

    def __len__(self) -> int:
        return len(self._packets)

    @property
    def full(self) -> bool:
        """Whether the next `put` drops the oldest packet."""
        return len(self._packets) == DEPTH

    def put(self, packet: AnyPacket) -> None:
        """Append; the oldest packet goes where there is no room."""
        self._packets.append(packet)
        self._changed.set()

    def pop(self) -> AnyPacket:
        """Take the oldest packet."""
        return self._packets.popleft()

    def clear(self) -> None:
        """Drop everything."""
        self._packets.clear()
        self._changed.set()

    async def changed(self) -> None:
        """Wait for the next `put` or `clear`."""
        self._changed.clear()
        await self._changed.wait()
