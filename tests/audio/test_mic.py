"""The microphone with a stand-in for PortAudio; test_mic_real.py has the real one."""

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from vcam.audio.mic import Microphone
from vcam.clock import ManualClock
from vcam.errors import AudioError, MicrophoneError
from vcam.media import MS_NS, SECOND_NS, AudioChunk


class _PortAudioError(Exception):
    pass


class _FakePortAudio:
    """One input device, whose blocks the test gives."""

    PortAudioError = _PortAudioError
    default = SimpleNamespace(device=(0, 0))

    def __init__(self) -> None:
        self.name = "Headset"
        self.channels = 1
        self.rates = {44_100, 48_000}
        self.refuses = ""
        self.streams: list[Any] = []
        self.rescans = 0

    def query_hostapis(self) -> list[dict[str, str]]:
        return [{"name": "ALSA"}]

    def query_devices(self) -> list[dict[str, object]]:
        return [
            {
                "index": 0,
                "name": self.name,
                "hostapi": 0,
                "max_input_channels": self.channels,
                "default_samplerate": 44_100.0,
            }
        ]

    def check_input_settings(self, device: int, channels: int, dtype: str, samplerate: int) -> None:
        if samplerate not in self.rates or channels != self.channels:
            raise _PortAudioError("Invalid sample rate or channels")

    def InputStream(self, **options: Any) -> "_FakeStream":  # noqa: N802
        if self.refuses:
            raise _PortAudioError(self.refuses)
        self.check_input_settings(0, options["channels"], "float32", options["samplerate"])
        stream = _FakeStream(options)
        self.streams.append(stream)
        return stream

    def _terminate(self) -> None:
        self.rescans += 1

    def _initialize(self) -> None: ...


class _FakeStream:
    def __init__(self, options: dict[str, Any]) -> None:
        self.options = options
        self.closed = False

    def start(self) -> None: ...

    def close(self, ignore_errors: bool) -> None:
        self.closed = True

    def give(self, value: float = 0.0, age_s: float = 0.0, overflow: bool = False) -> None:
        """Call back as PortAudio does, with a block of `value`."""
        size, channels = self.options["blocksize"], self.options["channels"]
        block = np.full((size, channels), value, np.float32)
        times = SimpleNamespace(currentTime=100.0, inputBufferAdcTime=100.0 - age_s)
        self.options["callback"](block, size, times, SimpleNamespace(input_overflow=overflow))
        block[:] = 9.0  # PortAudio uses its buffer again


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> _FakePortAudio:
    stand_in = _FakePortAudio()
    monkeypatch.setattr("vcam.audio.devices.portaudio", lambda: stand_in)
    monkeypatch.setattr("vcam.audio.mic.portaudio", lambda: stand_in)
    return stand_in


class _Listener:
    """Opens a microphone and collects what it yields."""

    def __init__(self, device: str | None = None, block_ms: int = 20) -> None:
        self.clock = ManualClock()
        self.told: list[str] = []
        self.chunks: list[AudioChunk] = []
        self.microphone = Microphone(self.clock, device, block_ms, self.told.append)

    async def __aenter__(self) -> "_Listener":
        await self.microphone.open()
        self._task = asyncio.create_task(self._collect())
        await asyncio.sleep(0)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.microphone.close()
        await asyncio.wait_for(self._task, 5)

    async def _collect(self) -> None:
        async for chunk in self.microphone.chunks():
            self.chunks.append(chunk)

    async def give(self, stream: _FakeStream, count: int, **options: Any) -> None:
        """Let `count` blocks arrive in real time."""
        for _ in range(count):
            await self.clock.wind_to(self.clock.now_ns() + 20 * MS_NS)
            stream.give(**options)
        await asyncio.sleep(0)


async def _until(clock: ManualClock, condition: Callable[[], bool], most_s: int = 20) -> None:
    """Wind the clock in steps of 100 ms until `condition`; streams open in threads meanwhile."""
    for _ in range(most_s * 10):
        if condition():
            return
        await clock.wind_to(clock.now_ns() + 100 * MS_NS)
        await asyncio.sleep(0.005)
    raise AssertionError("it did not come true")


async def test_a_device_is_opened_at_48_khz_mono_in_blocks_of_the_length_asked(
    fake: _FakePortAudio,
) -> None:
    async with _Listener(block_ms=10):
        options = fake.streams[0].options
    assert (options["samplerate"], options["channels"], options["blocksize"]) == (48_000, 1, 480)
    assert fake.streams[0].closed


async def test_a_device_that_knows_only_its_own_format_is_opened_in_it(
    fake: _FakePortAudio,
) -> None:
    fake.rates, fake.channels = {44_100}, 2
    async with _Listener() as listener:
        stream = fake.streams[0]
        assert (stream.options["samplerate"], stream.options["channels"]) == (44_100, 2)
        await listener.give(stream, 6, value=0.25)
    assert {chunk.sample_rate for chunk in listener.chunks} == {44_100}
    assert all(np.all(chunk.samples == 0.25) for chunk in listener.chunks)
    assert listener.chunks[0].samples.shape == (882,)


@pytest.mark.parametrize(
    ("age_s", "believed_ms"), [(0.030, 30), (0.0, 20), (0.004, 20), (-5.0, 20), (9.0, 20)]
)
async def test_the_hardware_time_counts_where_it_can_be_true(
    fake: _FakePortAudio, age_s: float, believed_ms: int
) -> None:
    async with _Listener() as listener:
        await listener.give(fake.streams[0], 5, age_s=age_s)
    assert listener.chunks[0].t_ns == pytest.approx((20 - believed_ms) * MS_NS, abs=2_000)


async def test_what_was_captured_before_somebody_listens_is_no_sound_and_no_loss(
    fake: _FakePortAudio,
) -> None:
    microphone = Microphone(ManualClock(), None, 20, pytest.fail)
    await microphone.open()
    for _ in range(200):
        fake.streams[0].give()
    await asyncio.sleep(0)
    assert microphone.overflows == 0
    await microphone.close()
    assert [chunk async for chunk in microphone.chunks()] == []


async def test_an_overflow_is_counted_and_is_a_gap(fake: _FakePortAudio) -> None:
    async with _Listener() as listener:
        await listener.give(fake.streams[0], 10)
        await listener.clock.wind_to(listener.clock.now_ns() + 300 * MS_NS)
        await listener.give(fake.streams[0], 1, overflow=True)
        await listener.give(fake.streams[0], 9)
        assert listener.microphone.overflows == 1
    assert len(listener.chunks) == 20
    gap_ns = listener.chunks[10].t_ns - listener.chunks[9].end_ns
    assert gap_ns == pytest.approx(300 * MS_NS, abs=MS_NS)


async def test_what_a_stalled_pipeline_does_not_take_is_counted_once_and_is_a_gap(
    fake: _FakePortAudio,
) -> None:
    clock = ManualClock()
    microphone = Microphone(clock, None, 20, pytest.fail)
    await microphone.open()
    chunks = microphone.chunks()
    taking = asyncio.create_task(anext(chunks))
    for _ in range(100):  # 2 s, of which 1 s is kept
        await clock.wind_to(clock.now_ns() + 20 * MS_NS)
        fake.streams[0].give()
    taken = [await taking]
    assert microphone.overflows == 1
    for _ in range(10):
        await clock.wind_to(clock.now_ns() + 20 * MS_NS)
        fake.streams[0].give()
        taken.append(await anext(chunks))
    await microphone.close()
    taken += [chunk async for chunk in chunks]
    assert len(taken) < 70
    assert taken[-1].end_ns == pytest.approx(clock.now_ns(), abs=MS_NS)


async def test_a_lost_device_is_told_once_and_sought_until_it_is_back(
    fake: _FakePortAudio,
) -> None:
    async with _Listener("0") as listener:
        await listener.give(fake.streams[0], 10)
        fake.refuses = "Device unavailable"
        await _until(listener.clock, lambda: fake.rescans >= 3)
        assert listener.told == [
            "The microphone Headset is gone: the picture goes on in silence, "
            "and vcam keeps looking for it."
        ]
        assert fake.streams[0].closed
        fake.refuses = ""
        await _until(listener.clock, lambda: len(fake.streams) == 2)
        await listener.give(fake.streams[1], 10)
        await _until(listener.clock, lambda: len(listener.told) == 2, most_s=1)
        assert listener.told[1] == "The microphone Headset is back."
    assert len(listener.chunks) == 20
    assert listener.chunks[10].t_ns - listener.chunks[9].end_ns > SECOND_NS


async def test_another_device_may_take_its_place_in_another_format(fake: _FakePortAudio) -> None:
    async with _Listener() as listener:
        await listener.give(fake.streams[0], 10, value=0.25)
        fake.rates, fake.channels = {44_100}, 2
        await _until(listener.clock, lambda: len(fake.streams) == 2)
        assert fake.streams[1].options["samplerate"] == 44_100
        await listener.give(fake.streams[1], 50, value=0.25)
        await _until(listener.clock, lambda: len(listener.told) == 2, most_s=1)
    assert {chunk.sample_rate for chunk in listener.chunks} == {48_000}
    later = [chunk for chunk in listener.chunks if chunk.t_ns > SECOND_NS]
    assert sum(len(chunk.samples) for chunk in later) == pytest.approx(48_000, abs=100)
    assert np.allclose(
        np.concatenate([chunk.samples for chunk in later])[200:-200], 0.25, atol=0.01
    )


async def test_a_late_first_block_is_waited_for(fake: _FakePortAudio) -> None:
    async with _Listener() as listener:
        await _until(listener.clock, lambda: listener.clock.now_ns() > 4 * SECOND_NS)
        assert len(fake.streams) == 1
        await listener.give(fake.streams[0], 10)
        assert listener.told == []
    assert len(listener.chunks) == 10


async def test_a_device_that_cannot_be_opened_says_why(fake: _FakePortAudio) -> None:
    fake.refuses = "Device unavailable"
    with pytest.raises(MicrophoneError) as caught:
        await Microphone(ManualClock(), None, 20, pytest.fail).open()
    assert str(caught.value) == (
        "The microphone Headset cannot be opened (Device unavailable): close the program that "
        "holds it, or choose another one with --mic."
    )


async def test_an_unknown_device_is_the_users_mistake(fake: _FakePortAudio) -> None:
    with pytest.raises(AudioError, match=r"no microphone 'Camera': choose 0 \(Headset\)\."):
        await Microphone(ManualClock(), "Camera", 20, pytest.fail).open()


async def test_closing_before_opening_and_twice_is_safe(fake: _FakePortAudio) -> None:
    microphone = Microphone(ManualClock(), None, 20, pytest.fail)
    await microphone.close()
    await microphone.close()
