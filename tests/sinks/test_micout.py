"""The delayed microphone against a stand-in for sounddevice."""

import os
import sys
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from vcam.errors import DeviceError, OutputError
from vcam.media import SECOND_NS, AudioChunk, Samples
from vcam.sinks.base import AudioSink, Show
from vcam.sinks.micout import MicOut
from vcam.stats import Snapshot
from vcam.streams import paused

SHOW = Show((720, 1280), 30, True, "announcer1", Snapshot)
DEVICES = [
    {"index": 0, "name": "Headset", "max_output_channels": 0, "default_samplerate": 44_100.0},
    {"index": 1, "name": "Speakers", "max_output_channels": 2, "default_samplerate": 48_000.0},
    {"index": 2, "name": "CABLE Input", "max_output_channels": 8, "default_samplerate": 48_000.0},
]


class Stream:
    """Stands in for sounddevice.OutputStream."""

    opened: "list[Stream]"
    refusal: str | None

    def __init__(self, **settings: Any) -> None:
        if self.refusal:
            raise PortAudioError(self.refusal)
        self.settings = settings
        self.closed = False
        self.opened.append(self)

    def start(self) -> None:
        pass

    def close(self) -> None:
        self.closed = True

    def pull(self, count: int) -> Samples:
        """Ask for `count` samples as the device does."""
        out = np.full((count, self.settings["channels"]), 9, np.float32)
        self.settings["callback"](out, count, None, None)
        return out


class PortAudioError(Exception):
    """Stands in for sounddevice.PortAudioError."""


@pytest.fixture
def sounddevice(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    module = ModuleType("sounddevice")
    vars(module).update(
        query_devices=lambda: DEVICES, OutputStream=Stream, PortAudioError=PortAudioError
    )
    monkeypatch.setitem(sys.modules, "sounddevice", module)
    monkeypatch.setattr("vcam.sinks.micout.pulse_sinks", list)
    monkeypatch.setattr("vcam.streams._kept", [])
    Stream.opened, Stream.refusal = [], None
    return module


def tone(count: int, rate: int) -> Samples:
    return np.sin(2 * np.pi * 440 * np.arange(count) / rate).astype(np.float32)


@pytest.mark.parametrize("wanted", ["2", "CABLE Input", "cable"])
async def test_a_device_is_meant_by_index_name_or_part(
    sounddevice: ModuleType, wanted: str
) -> None:
    sink = MicOut(wanted)
    await sink.open(SHOW)
    (stream,) = Stream.opened
    assert stream.settings["device"] == 2
    assert stream.settings["channels"] == 2
    await sink.close()
    await sink.close()
    assert stream.closed


async def test_a_sink_of_pulseaudio_is_reached_through_its_one_device(
    sounddevice: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    pulse = {"index": 7, "name": "pulse", "max_output_channels": 32, "default_samplerate": 44_100.0}
    monkeypatch.setattr(sounddevice, "query_devices", lambda: [*DEVICES, pulse])
    monkeypatch.setattr("vcam.sinks.micout.pulse_sinks", lambda: ["speakers.hw", "vcam"])
    monkeypatch.setenv("PULSE_SINK", "")
    sink = MicOut("vcam")
    await sink.open(SHOW)
    assert os.environ["PULSE_SINK"] == "vcam"
    assert Stream.opened[0].settings["device"] == 7
    await sink.close()


async def test_the_voice_comes_out_at_the_rate_of_the_device(sounddevice: ModuleType) -> None:
    sink = MicOut("cable")
    assert isinstance(sink, AudioSink)
    await sink.open(SHOW)
    voice = tone(1_600, 16_000)
    for start in range(0, 1_600, 320):
        piece = voice[start : start + 320]
        await sink.hear(AudioChunk(start * SECOND_NS // 16_000, piece, 16_000))
    out = Stream.opened[0].pull(4_400)
    assert np.array_equal(out[:, 0], out[:, 1])
    assert out[100:-100, 0] == pytest.approx(tone(4_400, 48_000)[100:-100], abs=0.02)
    assert sink.underruns == 0


async def test_silence_is_played_while_nobody_speaks(sounddevice: ModuleType) -> None:
    sink = MicOut("cable")
    await sink.open(SHOW)
    assert not Stream.opened[0].pull(480).any()
    assert sink.underruns == 0


async def test_an_unknown_device_names_the_nearest(sounddevice: ModuleType) -> None:
    with pytest.raises(DeviceError, match=r"mic-out:cabel: .* the nearest is 'CABLE Input'"):
        await MicOut("cabel").open(SHOW)


async def test_a_machine_without_outputs_says_how_to_get_one(
    sounddevice: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sounddevice, "query_devices", list)
    with pytest.raises(DeviceError, match=r"no sound output. A cable is made on Linux by: pactl"):
        await MicOut("cable").open(SHOW)


async def test_a_device_that_refuses_is_quoted(sounddevice: ModuleType) -> None:
    Stream.refusal = "Device unavailable [PaErrorCode -9985]"
    with pytest.raises(DeviceError, match="mic-out:cable cannot be opened: Device unavailable"):
        await MicOut("cable").open(SHOW)


async def test_a_device_that_is_pulled_out_is_reported(sounddevice: ModuleType) -> None:
    sink = MicOut("cable")
    await sink.open(SHOW)
    Stream.opened[0].settings["finished_callback"]()
    with pytest.raises(DeviceError, match="mic-out:cable: the device was lost"):
        await sink.hear(AudioChunk(0, tone(320, 16_000), 16_000))
    await sink.close()
    await sink.hear(AudioChunk(0, tone(320, 16_000), 16_000))


async def test_a_search_for_microphones_does_not_end_it(sounddevice: ModuleType) -> None:
    sink = MicOut("2")
    await sink.open(SHOW)
    first = Stream.opened[0]
    with paused():
        assert first.closed
        first.settings["finished_callback"]()
        await sink.hear(AudioChunk(0, tone(320, 16_000), 16_000))
        moved = [{**device, "index": place} for place, device in enumerate(DEVICES, 3)]
        vars(sounddevice)["query_devices"] = lambda: moved
    second = Stream.opened[1]
    assert second.settings["device"] == 5
    for index in range(5):
        await sink.hear(AudioChunk(index, tone(320, 16_000), 16_000))
    assert np.abs(second.pull(960)).max() > 0.5
    await sink.close()
    with paused():
        assert len(Stream.opened) == 2


async def test_a_device_that_a_search_does_not_find_again_is_lost(sounddevice: ModuleType) -> None:
    sink = MicOut("cable")
    await sink.open(SHOW)
    with paused():
        Stream.refusal = "unplugged"
    with pytest.raises(DeviceError, match="mic-out:cable: the device was lost"):
        await sink.hear(AudioChunk(0, tone(320, 16_000), 16_000))
    await sink.close()


async def test_without_portaudio_the_command_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    class Missing:
        def find_spec(self, name: str, *rest: object) -> None:
            if name == "sounddevice":
                raise OSError("PortAudio library not found")

    monkeypatch.delitem(sys.modules, "sounddevice", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Missing(), *sys.meta_path])
    with pytest.raises(DeviceError, match="Run: sudo apt install libportaudio2"):
        await MicOut("cable").open(SHOW)


async def test_a_fast_run_has_no_microphone(sounddevice: ModuleType) -> None:
    with pytest.raises(OutputError, match="plays in real time; leave out --fast or --mic-out"):
        await MicOut("cable").open(Show((720, 1280), 30, False, "announcer1", Snapshot))
