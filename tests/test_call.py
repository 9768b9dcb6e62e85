"""A call from first to last: what is chosen when nothing was asked, and how it ends."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.fakes import RecordingSink, ScriptedSource, quiet
from vcam import call
from vcam.call import BLOCK_MS, BUDGET_MS, DEVICE_MS, Order, hold, timing_of
from vcam.clock import ManualClock
from vcam.errors import CameraError, DeviceError, MicrophoneError, OutputError
from vcam.media import MS_NS, frame_due_ns
from vcam.painter import FacePainter, build_painter
from vcam.profile import Profile, load_profile
from vcam.sinks import SinkContext

DEMO = str(call.DEMO)
HALF_A_SECOND = 15
"""So many pictures fit into it."""


@pytest.fixture
def profile() -> Profile:
    """The announcer of the mission, drawn by the lightest engine: what is tested is the call."""
    return load_profile("announcer3", {"model": ("--engine", "still")}).profile


@pytest.fixture
def painter(profile: Profile) -> FacePainter:
    """Its painter."""
    return build_painter(profile)


class Bench:
    """Sinks by kind, in place of the real ones; remembers what was made."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, **errors: Exception) -> None:
        self.made: dict[str, RecordingSink] = {}
        self.has_shown = asyncio.Event()
        self.said: list[str] = []
        self._errors = errors
        monkeypatch.setattr(call, "make_sink", self._make)

    def _make(self, spec: str, _: SinkContext) -> RecordingSink:
        sink = RecordingSink(ManualClock(), spec, error=self._errors.get(spec.replace(":", "_")))
        self.made[spec] = sink
        sink.has_shown = self.has_shown
        return sink

    async def hold(self, profile: Profile, **order: Any) -> call.Outcome:
        return await hold(profile, Order(**order), self.said.append, lambda _: None)


def served(outcome: call.Outcome) -> int:
    """Return how often a sink was shown a picture: real time, so a busy machine drops some."""
    counts = outcome.summary
    return int(counts["frames_shown"]) + int(counts["frames_repeated"])


async def test_without_a_camera_the_page_is_served(
    monkeypatch: pytest.MonkeyPatch, profile: Profile
) -> None:
    bench = Bench(monkeypatch, camera=CameraError("no camera."))
    outcome = await bench.hold(profile, audio=DEMO, duration_s=0.5)
    assert bench.said == ["no camera — serving the page instead."]
    assert 0 < len(bench.made["page"].shown) == served(outcome) <= HALF_A_SECOND
    assert bench.made["page"].closed == 1


async def test_a_voice_that_is_played_does_not_stand_in_for_the_picture(
    monkeypatch: pytest.MonkeyPatch, profile: Profile
) -> None:
    bench = Bench(monkeypatch, camera=CameraError("no camera."))
    outcome = await bench.hold(profile, audio=DEMO, mic_out="cable", duration_s=0.5)
    assert bench.said == ["no camera — serving the page instead."]
    assert 0 < len(bench.made["page"].shown) == served(outcome) <= HALF_A_SECOND
    assert bench.made["mic-out:cable"].heard


async def test_a_voice_that_cannot_be_played_leaves_the_picture(
    monkeypatch: pytest.MonkeyPatch, profile: Profile
) -> None:
    bench = Bench(monkeypatch, **{"mic-out_cable": DeviceError("no cable.")})
    outcome = await bench.hold(profile, audio=DEMO, mic_out="cable", duration_s=0.5)
    assert bench.said == ["no cable — going on without it."]
    assert 0 < len(bench.made["camera"].shown) == served(outcome) <= HALF_A_SECOND
    assert len(outcome.lost) == 1


async def test_when_the_usual_port_is_taken_any_other_one_serves(
    monkeypatch: pytest.MonkeyPatch, profile: Profile
) -> None:
    bench = Bench(monkeypatch, camera=CameraError("no camera."), page=OutputError("port in use"))
    outcome = await bench.hold(profile, audio=DEMO, duration_s=0.5)
    assert 0 < len(bench.made["page:0"].shown) == served(outcome) <= HALF_A_SECOND


async def test_without_a_microphone_the_demo_speaks(
    monkeypatch: pytest.MonkeyPatch, profile: Profile
) -> None:
    class NoMicrophone(ScriptedSource):
        def __init__(self, *_: object) -> None:
            super().__init__([])

        async def open(self) -> None:
            raise MicrophoneError("no microphone.")

    monkeypatch.setattr(call, "Microphone", NoMicrophone)
    bench = Bench(monkeypatch)
    await bench.hold(profile, to=("null",), duration_s=0.3)
    assert bench.said == ["no microphone — playing the bundled demo speech instead."]
    assert sum(len(chunk.samples) for _, chunk in bench.made["null"].heard) > 0
    with pytest.raises(MicrophoneError):
        await bench.hold(profile, mic="mine", to=("null",))


async def test_a_sink_asked_for_by_name_is_not_replaced(
    monkeypatch: pytest.MonkeyPatch, profile: Profile
) -> None:
    bench = Bench(monkeypatch, camera=CameraError("no camera."))
    with pytest.raises(CameraError):
        await bench.hold(profile, audio=DEMO, to=("camera",))
    assert list(bench.made) == ["camera"]


async def test_a_lost_sink_is_remembered_to_the_end(
    monkeypatch: pytest.MonkeyPatch, profile: Profile
) -> None:
    bench = Bench(monkeypatch, camera=CameraError("no camera."))
    outcome = await bench.hold(profile, audio=DEMO, to=("camera", "null"), duration_s=0.1)
    assert [str(problem) for problem in outcome.lost] == ["no camera."]
    assert not outcome.interrupted


async def test_a_cancelled_call_closes_everything_and_sums_up(
    monkeypatch: pytest.MonkeyPatch, profile: Profile
) -> None:
    bench = Bench(monkeypatch)
    source = ScriptedSource(quiet(60))
    monkeypatch.setattr(call, "AudioFile", lambda *_: source)
    running = asyncio.create_task(bench.hold(profile, audio=DEMO, to=("null",)))
    await bench.has_shown.wait()
    running.cancel()
    outcome = await running
    assert outcome.interrupted
    assert outcome.summary["frames_shown"] >= 1
    assert (bench.made["null"].closed, source.closed) == (1, 1)


async def test_fast_rendering_shows_every_frame_of_the_sound(
    monkeypatch: pytest.MonkeyPatch, profile: Profile
) -> None:
    bench = Bench(monkeypatch)
    monkeypatch.setattr(call, "AudioFile", lambda *_: ScriptedSource(quiet(2.0)))
    await bench.hold(profile, audio=DEMO, to=("null",), fast=True)
    times = [frame.t_ns for _, frame in bench.made["null"].shown]
    assert times == [frame_due_ns(index, 30) for index in range(60)]


@pytest.mark.parametrize(("sync", "most_ms"), [("delayed", 150), ("low-latency", 90)])
def test_the_delay_keeps_its_promise_with_the_look_ahead_of_the_voice(
    sync: str, most_ms: int, painter: FacePainter
) -> None:
    look_ahead_ms = {"delayed": 80, "low-latency": 40}[sync]
    assert look_ahead_ms + BLOCK_MS[sync] + DEVICE_MS + BUDGET_MS[sync] <= most_ms


def test_the_delay_is_one_constant_and_leaves_time_to_draw(
    profile: Profile, painter: FacePainter
) -> None:
    timing = timing_of(Order(duration_s=1.5), profile, painter)
    assert timing.delay_ns - timing.lead_ns == BUDGET_MS["delayed"] * MS_NS
    assert timing.end_ns == 1_500 * MS_NS


def test_the_painter_draws_the_plate_at_its_size(painter: FacePainter) -> None:
    image, voiced = painter.paint(quiet(0.1), 0)
    assert (image.shape, str(image.dtype), voiced) == ((720, 1280, 3), "uint8", False)


def test_the_demo_is_short_and_small() -> None:
    assert Path(DEMO).stat().st_size < 200_000
