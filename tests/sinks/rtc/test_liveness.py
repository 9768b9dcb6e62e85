from dataclasses import dataclass

from vcam.media import SECOND_NS
from vcam.sinks.rtc.liveness import HANDSHAKE_NS, SILENCE_NS, Liveness


@dataclass
class FakePeer:
    state: str = "connecting"
    packets: int = 0
    broken: bool = False

    async def received(self) -> int:
        if self.broken:
            raise AttributeError("half-built")
        return self.packets


async def test_who_never_connects_has_ten_seconds():
    peer = FakePeer()
    liveness = Liveness(peer, 0)
    assert not await liveness.gone(HANDSHAKE_NS)
    assert await liveness.gone(HANDSHAKE_NS + 1)
    assert not liveness.connected


async def test_who_reports_stays():
    peer = FakePeer("connected")
    liveness = Liveness(peer, 0)
    for second in range(1, 60):
        peer.packets += 1
        assert not await liveness.gone(second * SECOND_NS)
    assert liveness.connected


async def test_who_falls_silent_is_gone_well_within_ten_seconds():
    peer = FakePeer("connected", packets=5)
    liveness = Liveness(peer, 0)
    assert not await liveness.gone(SECOND_NS)
    assert not await liveness.gone(SECOND_NS + SILENCE_NS)
    assert await liveness.gone(SECOND_NS + SILENCE_NS + 1)


async def test_who_says_goodbye_is_gone_at_once():
    assert await Liveness(FakePeer("closed"), 0).gone(0)
    assert await Liveness(FakePeer("failed"), 0).gone(0)


async def test_packets_before_the_handshake_is_done_do_not_count():
    peer = FakePeer("connecting")
    liveness = Liveness(peer, 0)
    for second in range(1, 11):
        peer.packets += 1
        assert not await liveness.gone(second * SECOND_NS)
    assert await liveness.gone(HANDSHAKE_NS + SECOND_NS)


async def test_a_half_built_connection_is_given_its_time_and_no_more():
    liveness = Liveness(FakePeer("connected", broken=True), 0)
    assert not await liveness.gone(HANDSHAKE_NS)
    assert await liveness.gone(HANDSHAKE_NS + 1)
