"""The numbers of a call: exact counts, percentiles within 0.1 ms, bounded memory."""

import json

import numpy as np
import pytest

from vcam.media import MS_NS, frame_due_ns
from vcam.stats import Histogram, Process, Snapshot, Stats, prometheus_text

PROCESS = Process(cpu_ns=300 * MS_NS, rss_mb=120.0)


def play(stats: Stats, slots: list[int | None], fps: int = 25, delay_ms: int = 70) -> None:
    """Serve slots 0, 1, ..: the index of the frame shown new, or None for a repeat."""
    for slot, frame in enumerate(slots):
        due_ns = frame_due_ns(slot, fps) + delay_ms * MS_NS
        stats.shown(
            slot, due_ns, due_ns + MS_NS, None if frame is None else frame_due_ns(frame, fps)
        )


def test_percentiles_agree_with_numpy() -> None:
    values = np.random.default_rng(1).gamma(2.0, 9.0, 10_000)
    histogram = Histogram()
    for value in values:
        histogram.add(float(value))
    for percent in (50, 95, 99):
        assert histogram.percentile(percent) == pytest.approx(
            np.percentile(values, percent), abs=0.2
        )
    assert histogram.mean() == pytest.approx(values.mean(), abs=0.001)


def test_an_empty_histogram_has_no_percentiles() -> None:
    assert Histogram().report(50, 99) == {"p50": None, "p99": None}
    assert Histogram().mean() is None


def test_values_out_of_range_are_clipped_not_lost() -> None:
    histogram = Histogram()
    for value in (-1e9, 1e9):
        histogram.add(value)
    assert histogram.count == 2


def test_frames_due_are_shown_or_dropped_and_slots_repeated() -> None:
    stats = Stats(25)
    play(stats, [0, 1, None, 3, None, None, 6])
    summary = stats.summary(PROCESS)
    assert summary["frames_due"] == 7
    assert summary["frames_shown"] == 4
    assert summary["frames_dropped"] == 3
    assert summary["frames_repeated"] == 3
    assert summary["cpu_core_ms_per_frame"] == 75.0


def test_a_missed_slot_counts_as_due() -> None:
    stats = Stats(25)
    stats.shown(0, 0, 0, 0)
    stats.shown(4, frame_due_ns(4, 25), frame_due_ns(4, 25), frame_due_ns(4, 25))
    assert stats.frames_due == 5
    assert stats.snapshot(0).frames_dropped == 3


def test_latency_is_from_the_sound_to_its_frame() -> None:
    stats = Stats(25)
    play(stats, [0, 1, 2], delay_ms=70)
    assert stats.summary(PROCESS)["sound_to_frame_ms"]["p50"] == pytest.approx(71, abs=0.1)
    assert stats.summary(PROCESS)["lateness_ms"]["p99"] == pytest.approx(1, abs=0.1)


def test_the_expression_is_there_before_its_frame_is_shown() -> None:
    stats = Stats(25)
    for index in range(3):
        t_ns = frame_due_ns(index, 25)
        stats.drawn(t_ns, began_ns=t_ns + 110 * MS_NS, now_ns=t_ns + 124 * MS_NS)
    summary = stats.summary(PROCESS)
    assert summary["sound_to_expression_ms"]["p95"] == pytest.approx(124, abs=0.1)
    assert summary["render_ms"]["p95"] == pytest.approx(14, abs=0.1)


def test_a_picture_more_than_two_slots_late_is_stale() -> None:
    stats = Stats(25)
    play(stats, [0, None, 0, None, 1])
    assert stats.summary(PROCESS)["frames_stale"] == 1


def test_skew_is_positive_when_the_picture_comes_after_its_sound() -> None:
    stats = Stats(25)
    play(stats, [0], delay_ms=70)
    stats.heard(0, 50 * MS_NS)
    assert stats.snapshot(0).skew_ms == pytest.approx(21)


def test_a_call_without_frames_sums_up_without_numbers() -> None:
    summary = Stats(30).summary(PROCESS)
    assert summary["frames_due"] == 0
    assert summary["fps"] is None
    json.dumps(summary)


def test_the_summary_holds_every_number_of_the_design() -> None:
    assert set(Stats(30).summary(PROCESS)) >= {
        "frames_due", "frames_shown", "frames_dropped", "frames_repeated", "fps", "render_ms",
        "lateness_ms", "sound_to_expression_ms", "sound_to_frame_ms", "av_skew_ms",
        "cpu_core_ms_per_frame", "rss_mb", "start_to_first_frame_ms",
    }  # fmt: skip


def test_fps_is_what_was_shown_in_the_last_second() -> None:
    stats = Stats(25)
    play(stats, list(range(100)))
    last_ns = frame_due_ns(99, 25) + 71 * MS_NS
    assert stats.snapshot(last_ns).fps == pytest.approx(25, abs=1)
    assert stats.snapshot(last_ns + 2_000 * MS_NS).fps == 0


def test_prometheus_text_is_well_formed() -> None:
    text = prometheus_text(Snapshot(fps=30.0, frames_shown=7, voiced=True))
    assert "# TYPE vcam_frames_shown_total counter\nvcam_frames_shown_total 7\n" in text
    assert "vcam_voiced 1\n" in text
    assert "vcam_latency_ms" not in text
