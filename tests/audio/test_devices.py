import os
import sys
from dataclasses import replace

import pytest

from vcam.audio.devices import (
    MicrophoneInfo,
    choose_microphone,
    hushed,
    list_microphones,
    portaudio,
)
from vcam.errors import AudioError, MicrophoneError

BUILT_IN = MicrophoneInfo(0, "Built-in Microphone", "ALSA", 2, 44_100, is_default=False)
HEADSET = MicrophoneInfo(3, "USB Headset: Audio", "ALSA", 1, 48_000, is_default=True)
CAMERA = MicrophoneInfo(5, "USB Camera: Audio", "ALSA", 2, 48_000, is_default=False)
PRESENT = [BUILT_IN, HEADSET, CAMERA]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (None, HEADSET),
        ("0", BUILT_IN),
        ("headset", HEADSET),
        ("BUILT-IN", BUILT_IN),
        ("usb camera: audio", CAMERA),
    ],
)
def test_a_microphone_is_chosen_by_index_or_part_of_its_name(
    wanted: str | None, found: MicrophoneInfo
) -> None:
    assert choose_microphone(wanted, PRESENT) == found


def test_a_whole_name_wins_over_a_part() -> None:
    longer = replace(HEADSET, index=9, name="Built-in Microphone 2")
    assert choose_microphone("built-in microphone", [longer, BUILT_IN]) == BUILT_IN


def test_one_device_under_several_host_apis_is_the_default_ones() -> None:
    twin = replace(CAMERA, index=8, host_api="JACK")
    assert choose_microphone("camera", [*PRESENT, twin]) == CAMERA


def test_without_a_default_the_first_one_is_taken() -> None:
    assert choose_microphone(None, [BUILT_IN, CAMERA]) == BUILT_IN


def test_an_ambiguous_name_lists_what_it_may_mean() -> None:
    with pytest.raises(AudioError) as caught:
        choose_microphone("usb", PRESENT)
    assert str(caught.value) == (
        "Several microphones are called 'usb': choose 3 (USB Headset: Audio) or "
        "5 (USB Camera: Audio)."
    )


@pytest.mark.parametrize("wanted", ["hedset", "7"])
def test_an_unknown_name_or_index_lists_the_nearest(wanted: str) -> None:
    with pytest.raises(AudioError) as caught:
        choose_microphone(wanted, PRESENT)
    assert str(caught.value).startswith(f"There is no microphone {wanted!r}: choose ")
    if wanted == "hedset":
        assert "choose 3 (USB Headset: Audio) or " in str(caught.value)


def test_no_microphone_at_all_says_what_to_do() -> None:
    with pytest.raises(MicrophoneError) as caught:
        choose_microphone("usb", [])
    assert str(caught.value) == (
        "No microphone was found: plug one in, or play a sound file with --audio FILE."
    )


@pytest.mark.parametrize(
    ("platform", "command"),
    [
        ("linux", "sudo apt install libportaudio2"),
        ("darwin", "python3 -m pip install --force-reinstall sounddevice"),
        ("win32", "py -m pip install --force-reinstall sounddevice"),
    ],
)
def test_no_portaudio_library_names_the_command_that_installs_it(
    platform: str, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "sounddevice", raising=False)
    monkeypatch.setattr("ctypes.util.find_library", lambda name: None)
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setitem(sys.modules, "_sounddevice", _Unloadable())
    with pytest.raises(MicrophoneError) as caught:
        portaudio()
    assert str(caught.value) == (
        f"The PortAudio library, which microphones need, was not found; install it: {command}"
    )


class _Unloadable:
    """The binding of sounddevice, where no library can be loaded."""

    @property
    def ffi(self) -> object:
        raise OSError("PortAudio library not found")


class _TwoDevices:
    """As much of sounddevice as lists devices."""

    class default:  # noqa: N801
        device = (1, 0)

    @staticmethod
    def query_hostapis() -> list[dict[str, str]]:
        return [{"name": "ALSA"}]

    @staticmethod
    def query_devices() -> list[dict[str, object]]:
        shared = {"hostapi": 0, "default_samplerate": 44_100.0}
        return [
            {"index": 0, "name": "Speakers", "max_input_channels": 0, **shared},
            {"index": 1, "name": "Headset", "max_input_channels": 1, **shared},
        ]


def test_only_inputs_are_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vcam.audio.devices.portaudio", lambda: _TwoDevices)
    assert list_microphones() == [MicrophoneInfo(1, "Headset", "ALSA", 1, 44_100, is_default=True)]


def test_what_is_hushed_does_not_reach_the_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    os.write(2, b"before ")
    with hushed():
        os.write(2, b"within ")
    os.write(2, b"after")
    assert capfd.readouterr().err == "before after"
