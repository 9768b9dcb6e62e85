import itertools

import numpy as np
import pytest

from vcam.audio.stamps import BlockStamper
from vcam.audio.timeline import is_gap
from vcam.media import MS_NS, SECOND_NS, AudioChunk

RATE = 48_000
BLOCK = np.zeros(960, np.float32)
BLOCK_NS = 20 * MS_NS


def _gaps(chunks: list[AudioChunk]) -> list[int]:
    """Return the length of each gap; fails where chunks overlap by more than a slow pull does."""
    steps = [after.t_ns - before.end_ns for before, after in itertools.pairwise(chunks)]
    assert min(steps, default=0) >= -BLOCK_NS // 2_000
    return [
        after.t_ns - before.end_ns
        for before, after in itertools.pairwise(chunks)
        if is_gap(before.end_ns, after)
    ]


def _stamped(measured: list[int], lost: tuple[int, ...] = ()) -> list[AudioChunk]:
    stamper = BlockStamper(RATE)
    return [
        chunk
        for index, t_ns in enumerate(measured)
        for chunk in stamper.push(t_ns, BLOCK, index in lost)
    ]


def test_jitter_is_not_followed() -> None:
    late = np.random.default_rng(2).uniform(0, 6 * MS_NS, 500).astype(int).tolist()
    chunks = _stamped([n * BLOCK_NS + late[n] for n in range(500)])
    assert len(chunks) == 500
    assert _gaps(chunks) == []
    errors = [chunk.t_ns - n * BLOCK_NS for n, chunk in enumerate(chunks)]
    assert max(errors) - min(errors) < MS_NS
    assert max(np.abs(errors)) < 6 * MS_NS


@pytest.mark.parametrize("ppm", [-300, -100, 100, 300])
def test_a_crystal_that_is_off_is_followed_within_4_ms_and_never_jerked(ppm: int) -> None:
    measured = [n * BLOCK_NS * (1_000_000 + ppm) // 1_000_000 for n in range(50 * 120)]
    chunks = _stamped(measured)
    assert _gaps(chunks) == []
    for chunk, t_ns in zip(chunks, measured, strict=True):
        assert abs(chunk.t_ns - t_ns) <= 4 * MS_NS
    for before, after in itertools.pairwise(chunks):
        assert abs(after.t_ns - before.end_ns) <= BLOCK_NS * 500 // 1_000_000


def test_the_first_time_is_not_that_of_a_late_first_block() -> None:
    measured = [n * BLOCK_NS for n in range(20)]
    measured[0] += 15 * MS_NS
    chunks = _stamped(measured)
    assert abs(chunks[0].t_ns) < MS_NS


def test_five_blocks_are_waited_for_and_none_is_lost() -> None:
    stamper = BlockStamper(RATE)
    counts = [len(stamper.push(n * BLOCK_NS, BLOCK)) for n in range(7)]
    assert counts == [0, 0, 0, 0, 5, 1, 1]


def test_a_reported_loss_is_a_gap_of_its_length() -> None:
    measured = [n * BLOCK_NS + (300 * MS_NS if n >= 50 else 0) for n in range(100)]
    chunks = _stamped(measured, lost=(50,))
    assert len(chunks) == 100
    assert _gaps(chunks) == [pytest.approx(300 * MS_NS, abs=MS_NS)]


def test_a_loss_while_the_first_blocks_still_wait_keeps_both_sides() -> None:
    measured = [n * BLOCK_NS + (SECOND_NS if n >= 3 else 0) for n in range(20)]
    chunks = _stamped(measured, lost=(3,))
    assert len(chunks) == 20
    assert _gaps(chunks) == [pytest.approx(SECOND_NS, abs=MS_NS)]


def test_a_loss_that_nobody_reports_is_found_within_a_quarter_of_a_second() -> None:
    measured = [n * BLOCK_NS + (2 * SECOND_NS if n >= 50 else 0) for n in range(100)]
    chunks = _stamped(measured)
    assert len(_gaps(chunks)) == 1
    assert abs(chunks[-1].t_ns - measured[-1]) < MS_NS
    late = [n for n, chunk in enumerate(chunks) if abs(chunk.t_ns - measured[n]) > 60 * MS_NS]
    assert len(late) < 12


def test_times_never_run_backwards() -> None:
    measured = [n * BLOCK_NS - (SECOND_NS if n >= 50 else 0) for n in range(100)]
    _gaps(_stamped(measured, lost=(50,)))
