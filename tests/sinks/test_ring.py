"""The ring between the voice and the device's callback."""

import numpy as np
import pytest

from vcam.media import Samples
from vcam.sinks.ring import Ring


def count_up(start: int, count: int) -> Samples:
    return np.arange(start, start + count, dtype=np.float32)


@pytest.mark.parametrize("block", [1, 7, 10, 64])
@pytest.mark.parametrize("piece", [3, 10, 40])
def test_what_is_put_in_comes_out_in_order(block: int, piece: int) -> None:
    ring = Ring(capacity=1000, prime=64)
    heard: list[float] = []
    put = 1
    for _ in range(200):
        while ring_level(put, heard) < 64:
            ring.put(count_up(put, piece))
            put += piece
        heard += [x for x in ring.take(block).tolist() if x]
    assert heard == list(range(1, len(heard) + 1))
    assert (ring.underruns, ring.overruns) == (0, 0)


def ring_level(put: int, heard: list[float]) -> int:
    return put - 1 - len(heard)


def test_nothing_plays_before_the_ring_is_primed() -> None:
    ring = Ring(capacity=100, prime=40)
    ring.put(count_up(1, 39))
    assert not ring.take(10).any()
    ring.put(count_up(40, 1))
    assert ring.take(10).tolist() == count_up(1, 10).tolist()
    assert ring.underruns == 0


def test_running_dry_is_counted_once_and_primes_again() -> None:
    ring = Ring(capacity=100, prime=20)
    ring.put(count_up(1, 25))
    assert ring.take(20)[-1] == 20
    assert ring.take(20).tolist() == [*range(21, 26), *[0] * 15]
    assert not ring.take(20).any()
    ring.put(count_up(26, 10))
    assert not ring.take(20).any()
    assert ring.underruns == 1
    ring.put(count_up(36, 10))
    assert ring.take(20)[0] == 26


def test_a_device_that_is_too_slow_skips_to_the_newest() -> None:
    ring = Ring(capacity=1000, prime=10)
    ring.put(count_up(1, 20))
    ring.take(5)
    ring.put(count_up(21, 30))
    assert ring.take(5).tolist() == count_up(41, 5).tolist()
    assert ring.overruns == 1


def test_more_than_fits_keeps_the_newest() -> None:
    ring = Ring(capacity=50, prime=10)
    ring.put(count_up(1, 500))
    assert ring.take(10).tolist() == count_up(491, 10).tolist()
