"""The pacer chooses frames and slots from absolute due times."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vcam.media import MS_NS, frame_due_ns, frame_index_at
from vcam.pacing import FramePacer


@given(st.integers(0, 10**7), st.sampled_from([1, 24, 25, 29, 30, 50, 60]))
def test_the_index_at_a_due_time_is_that_frame(index: int, fps: int) -> None:
    assert frame_index_at(frame_due_ns(index, fps), fps) == index
    assert frame_index_at(frame_due_ns(index, fps) - 1, fps) == index - 1


def test_due_times_do_not_drift_in_ten_hours() -> None:
    assert frame_due_ns(30 * 36_000, 30) == 36_000 * 10**9


def test_late_frames_are_dropped_whole() -> None:
    pacer = FramePacer(25, lead_ns=0, delay_ns=40 * MS_NS)
    assert pacer.next_frame(0) == 0
    assert pacer.next_frame(41 * MS_NS) == 1
    assert pacer.next_frame(170 * MS_NS) == 4


def test_a_fast_engine_gets_every_frame_in_turn() -> None:
    pacer = FramePacer(25, lead_ns=0, delay_ns=0)
    assert [pacer.next_frame(0) for _ in range(4)] == [0, 1, 2, 3]


def test_after_a_stall_the_schedule_goes_on_at_the_newest_slot() -> None:
    pacer = FramePacer(25, lead_ns=0, delay_ns=80 * MS_NS)
    assert pacer.next_slot(0) == 0
    assert pacer.next_slot(1000 * MS_NS) == 23


def test_lead_beyond_delay_is_refused() -> None:
    with pytest.raises(ValueError, match="outside 0"):
        FramePacer(25, lead_ns=2, delay_ns=1)
