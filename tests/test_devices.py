"""The list of devices, with stand-ins for PortAudio and the kernel."""

import argparse
import sys
from types import SimpleNamespace

import pytest

from vcam import devices
from vcam.audio.devices import MicrophoneInfo
from vcam.devices import Device, list_devices
from vcam.errors import MicrophoneError
from vcam.sinks.v4l2 import VideoDevice

OUTPUTS = [
    {"index": 0, "name": "Headset", "max_output_channels": 0},
    {"index": 1, "name": "Speakers", "max_output_channels": 2},
]


@pytest.fixture
def computer(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A Linux with one microphone, one output, one free virtual camera and one webcam."""
    monkeypatch.setattr(sys, "platform", "linux")
    headset = MicrophoneInfo(0, "Headset", "ALSA", 1, 48_000, True)
    monkeypatch.setattr(devices, "list_microphones", lambda: [headset])
    portaudio = SimpleNamespace(
        query_devices=lambda: OUTPUTS, default=SimpleNamespace(device=(0, 1))
    )
    monkeypatch.setattr(devices, "portaudio", lambda: portaudio)
    monkeypatch.setattr(devices, "pulse_sinks", lambda: ["vcam"])
    video = [
        VideoDevice("/dev/video0", "Webcam", loopback=False),
        VideoDevice("/dev/video2", "vcam", loopback=True),
        VideoDevice("/dev/video3", "other", loopback=True, producing=True),
    ]
    monkeypatch.setattr(devices, "list_video_devices", lambda: video)
    return monkeypatch


def test_each_device_tells_the_flag_that_chooses_it(computer: pytest.MonkeyPatch) -> None:
    listing = list_devices()
    assert listing.devices == (
        Device("microphone", "--mic 0", "Headset", "default"),
        Device("output", "--mic-out 1", "Speakers", "default"),
        Device("output", "--mic-out vcam", "vcam"),
        Device("camera", "--to camera:/dev/video2", "vcam"),
        Device("camera", "--to camera:/dev/video3", "other", "busy"),
    )
    assert listing.problems == ()


def test_without_portaudio_the_cameras_are_listed_all_the_same(
    computer: pytest.MonkeyPatch,
) -> None:
    def missing() -> list[MicrophoneInfo]:
        raise MicrophoneError("The PortAudio library was not found; install it: ...")

    computer.setattr(devices, "list_microphones", missing)
    listing = list_devices()
    assert {device.kind for device in listing.devices} == {"camera"}
    assert listing.problems == ("The PortAudio library was not found; install it: ...",)


def test_what_there_is_none_of_is_said(computer: pytest.MonkeyPatch) -> None:
    computer.setattr(devices, "list_microphones", list)
    computer.setattr(devices, "list_video_devices", list)
    assert list_devices().problems == (
        "No microphone: plug one in, or run with --audio FILE.",
        "No virtual camera: sudo modprobe v4l2loopback exclusive_caps=1 card_label=vcam"
        " (more: doctor).",
    )


def test_the_command_lists_a_line_each_and_ends_well(computer: pytest.MonkeyPatch) -> None:
    lines: list[str] = []
    assert devices.run(argparse.Namespace(), lines.append) == 0
    assert lines == [
        "microphone  --mic 0                    Headset (default)",
        "output      --mic-out 1                Speakers (default)",
        "output      --mic-out vcam             vcam",
        "camera      --to camera:/dev/video2    vcam",
        "camera      --to camera:/dev/video3    other (busy)",
    ]
