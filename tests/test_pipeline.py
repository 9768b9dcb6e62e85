"""The wiring in virtual time: exact counts, no drift, broken sinks left behind."""

import asyncio
import os

import pytest

from tests.fakes import CostWorker, NumberPainter, RecordingSink, ScriptedSource, quiet
from vcam.call import Order, timing_of
from vcam.clock import ManualClock
from vcam.engines.speech import LOOK_AHEAD_MS
from vcam.errors import CameraError, OutputError
from vcam.media import MS_NS, SECOND_NS, Frame, frame_due_ns
from vcam.pipeline import Outputs, Pipeline, Slot, Timing, render_fast
from vcam.profile import load_profile
from vcam.sinks.base import Show, Sink
from vcam.stats import Process, Snapshot, Stats

BUDGET_NS = 45 * MS_NS
SHOW = Show((2, 2), 25, True, "test", Snapshot)


async def call(cost_ms: float, fps: int, seconds: int) -> tuple[RecordingSink, Stats]:
    """Run a virtual call with an engine of `cost_ms`."""
    clock = ManualClock()
    sink = RecordingSink(clock)
    lead_ns = 30 * MS_NS
    delay_ns = lead_ns + BUDGET_NS
    stats = Stats(fps)
    pipeline = Pipeline(
        clock,
        ScriptedSource([]),
        NumberPainter(),
        Outputs([sink], lambda _: None),
        Timing(fps, lead_ns, delay_ns, seconds * SECOND_NS),
        stats,
        CostWorker(clock, round(cost_ms * MS_NS)),
    )
    running = asyncio.create_task(pipeline.run())
    await clock.wind_to((seconds + 1) * SECOND_NS, settle=6)
    await running
    return sink, stats


@pytest.mark.parametrize("fps", [25, 30])
@pytest.mark.parametrize("cost_ms", [10, 39, 41, 60, 100])
async def test_an_engine_of_any_cost_gives_the_count_that_theory_says(
    cost_ms: float, fps: int
) -> None:
    seconds = 3600 if os.environ.get("VCAM_LONG") else 120
    _, stats = await call(cost_ms, fps, seconds)
    period_ms = 1000 / fps
    theory = seconds * 1000 / max(cost_ms, period_ms)
    summary = stats.summary(process=_process())
    assert summary["frames_shown"] == pytest.approx(theory, abs=2)
    assert summary["frames_due"] == pytest.approx(seconds * fps, abs=3)
    assert summary["frames_shown"] + summary["frames_dropped"] == summary["frames_due"]
    assert summary["frames_stale"] == 0
    if cost_ms < period_ms:
        assert summary["frames_shown"] == seconds * fps


async def test_an_hour_does_not_drift_by_a_nanosecond() -> None:
    sink, stats = await call(10, 30, 3600)
    assert len(sink.shown) == 3600 * 30
    delays = {at_ns - frame.t_ns for at_ns, frame in sink.shown}
    assert delays == {30 * MS_NS + BUDGET_NS}
    assert stats.summary(_process())["lateness_ms"] == {"p50": 0.05, "p99": 0.05}


async def test_a_new_picture_is_never_older_than_two_slots() -> None:
    for cost_ms in (41, 60, 77, 95, 100):
        sink, _ = await call(cost_ms, 30, 20)
        images = [frame.image for _, frame in sink.shown]
        for (_, frame), before in zip(sink.shown[1:], images, strict=False):
            if frame.image is not before:
                age_ms = (frame.t_ns // MS_NS - int(frame.image[0, 0, 0])) % 251
                assert age_ms <= 2 * 1000 / 30 + 1, cost_ms


async def test_a_slot_without_a_new_picture_shows_the_old_one_again() -> None:
    sink, stats = await call(60, 25, 4)
    assert [frame.t_ns for _, frame in sink.shown] == [
        frame_due_ns(i, 25) for i in range(len(sink.shown) + 1)
    ][1:]
    summary = stats.summary(_process())
    assert summary["frames_repeated"] == len(sink.shown) - summary["frames_shown"]


async def test_sound_reaches_a_sink_with_the_picture_of_its_time() -> None:
    clock = ManualClock()
    sink = RecordingSink(clock)
    timing = Timing(25, 30 * MS_NS, 70 * MS_NS)
    stats = Stats(25)
    source = ScriptedSource(quiet(2.0), clock)
    pipeline = Pipeline(
        clock, source, NumberPainter(), Outputs([sink], lambda _: None), timing, stats,
        CostWorker(clock, 5 * MS_NS),
    )  # fmt: skip
    running = asyncio.create_task(pipeline.run())
    await clock.wind_to(3 * SECOND_NS)
    await running
    assert len(sink.shown) == 50
    assert len(sink.heard) == 100
    assert {at_ns - chunk.t_ns for at_ns, chunk in sink.heard} == {70 * MS_NS}
    assert stats.summary(_process())["av_skew_ms"]["mean"] == 0


@pytest.mark.parametrize(("sync", "wanted_ms"), [("delayed", 124), ("low-latency", 74)])
async def test_in_both_modes_stats_tell_how_long_after_its_sound_an_expression_is_there(
    sync: str, wanted_ms: float
) -> None:
    profile = load_profile("announcer3", {"engine.sync": ("--sync", sync)}).profile
    painter = NumberPainter(look_ahead_ns=LOOK_AHEAD_MS[sync] * MS_NS)
    clock, stats = ManualClock(), Stats(profile.video.fps)
    timing = timing_of(Order(duration_s=2.0), profile, painter)
    outputs = Outputs([RecordingSink(clock)], lambda _: None)
    worker = CostWorker(clock, 14 * MS_NS)
    call = Pipeline(clock, ScriptedSource([]), painter, outputs, timing, stats, worker)
    running = asyncio.create_task(call.run())
    await clock.wind_to(3 * SECOND_NS)
    await running
    found = stats.summary(_process())
    assert found["sound_to_expression_ms"]["p95"] == pytest.approx(wanted_ms, abs=0.1)
    assert found["sound_to_frame_ms"]["p95"] == pytest.approx(timing.delay_ns / MS_NS, abs=0.1)


async def test_the_worker_gets_all_sound_in_order() -> None:
    clock = ManualClock()
    painter = NumberPainter()
    sink = RecordingSink(clock)
    script = quiet(1.0)
    pipeline = Pipeline(
        clock, ScriptedSource(script, clock), painter, Outputs([sink], lambda _: None),
        Timing(25, 30 * MS_NS, 70 * MS_NS), Stats(25), CostWorker(clock, 5 * MS_NS),
    )  # fmt: skip
    running = asyncio.create_task(pipeline.run())
    await clock.wind_to(2 * SECOND_NS)
    await running
    assert painter.sounds == script


async def test_a_sink_that_breaks_is_left_behind_and_the_others_go_on() -> None:
    clock = ManualClock()
    said: list[str] = []
    good = RecordingSink(clock)
    bad = RecordingSink(clock, "bad", breaks_at=3, error=CameraError("camera unplugged."))
    outputs = Outputs([bad, good], said.append)
    await outputs.open(SHOW)
    for slot in range(10):
        await outputs.show(Frame(slot, NumberPainter().paint([], 0)[0]))
    await outputs.close()
    assert len(good.shown) == 10
    assert (len(bad.shown), bad.closed) == (3, 1)
    assert said == ["camera unplugged — going on without it."]


async def test_a_bug_in_a_sink_is_told_as_a_sentence() -> None:
    clock = ManualClock()
    outputs = Outputs([RecordingSink(clock, "odd", 0, ZeroDivisionError("x"))], lambda _: None)
    await outputs.open(SHOW)
    with pytest.raises(Exception, match=r"odd broke \(ZeroDivisionError: x\)\."):
        await outputs.show(Frame(0, NumberPainter().paint([], 0)[0]))


async def test_a_sink_that_closes_slowly_does_not_hold_up_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = ManualClock()
    good = RecordingSink(clock)
    bad = RecordingSink(clock, "bad", breaks_at=0, error=CameraError("camera unplugged."))
    closed = asyncio.Event()
    monkeypatch.setattr(bad, "close", closed.wait)
    outputs = Outputs([bad, good], lambda _: None)
    await outputs.open(SHOW)
    for slot in range(2):
        await asyncio.wait_for(outputs.show(Frame(slot, NumberPainter().paint([], 0)[0])), 1)
    assert len(good.shown) == 2
    ending = asyncio.create_task(outputs.close())
    await asyncio.sleep(0.01)
    assert not ending.done()
    closed.set()
    await ending


async def test_a_sink_whose_picture_and_sound_break_together_is_left_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said: list[str] = []
    clock = ManualClock()
    good, bad = RecordingSink(clock), RecordingSink(clock, "bad")

    async def full(_: object) -> None:
        await asyncio.sleep(0.01)
        raise OutputError("disk full.")

    monkeypatch.setattr(bad, "show", full)
    monkeypatch.setattr(bad, "hear", full)
    outputs = Outputs([bad, good], said.append)
    await outputs.open(SHOW)
    frame = Frame(0, NumberPainter().paint([], 0)[0])
    await asyncio.gather(outputs.show(frame), outputs.hear(quiet(0.1)[0]))
    await outputs.close()
    assert said == ["disk full — going on without it."]
    assert (bad.closed, len(good.shown)) == (1, 1)


async def test_a_sink_that_breaks_as_it_closes_leaves_no_other_open(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said: list[str] = []
    first, last = RecordingSink(ManualClock(), "first"), RecordingSink(ManualClock(), "last")

    async def broken() -> None:
        raise ZeroDivisionError("x")

    monkeypatch.setattr(last, "close", broken)
    await Outputs([first, last], said.append).close()
    assert first.closed == 1
    assert said == ["last broke as it closed (ZeroDivisionError: x)."]


async def test_a_missing_device_is_left_out_where_another_sink_is_there() -> None:
    clock = ManualClock()
    sinks: list[Sink] = [RecordingSink(clock, "no", error=CameraError("no camera.")),
                         RecordingSink(clock, "yes")]  # fmt: skip
    outputs = Outputs(sinks, lambda _: None)
    await outputs.open(SHOW)
    assert [str(problem) for problem in outputs.lost] == ["no camera."]


async def test_wrong_input_to_a_sink_ends_the_call_before_it_begins() -> None:
    clock = ManualClock()
    bad = RecordingSink(clock, "no", error=OutputError("cannot write"))
    with pytest.raises(OutputError):
        await Outputs([RecordingSink(clock), bad], lambda _: None).open(SHOW)


async def test_a_picture_that_missed_its_slot_gives_way_to_a_newer_one() -> None:
    slot = Slot()
    image = NumberPainter().paint([], 0)[0]
    assert slot.take(40) is None
    await slot.put(Frame(40, image))
    await slot.put(Frame(80, image))
    taken = slot.take(80)
    assert taken is not None
    assert taken.t_ns == 80
    assert slot.take(120) is None


async def test_a_picture_whose_slot_is_served_late_is_still_shown() -> None:
    slot = Slot()
    image = NumberPainter().paint([], 0)[0]
    await slot.put(Frame(40, image))
    second = asyncio.create_task(slot.put(Frame(80, image)))
    await asyncio.sleep(0)
    first = slot.take(40)
    await second
    assert first is not None
    assert first.t_ns == 40
    assert slot.take(80) is not None


async def test_fast_rendering_follows_the_same_schedule_and_drops_nothing() -> None:
    clock = ManualClock()
    sink = RecordingSink(clock)
    stats = Stats(30)
    told: list[int] = []
    await render_fast(
        ScriptedSource(quiet(1.0)), NumberPainter(40 * MS_NS), Outputs([sink], lambda _: None),
        Timing(30, 0, 0), stats, told.append,
    )  # fmt: skip
    times = [frame.t_ns for _, frame in sink.shown]
    assert times == [frame_due_ns(i, 30) for i in range(30)] == told
    assert stats.summary(_process())["frames_dropped"] == 0


def _process() -> Process:
    return Process(cpu_ns=0, rss_mb=0.0)
