"""The camera sink against a stand-in for pyvirtualcam; the real device is in tests/camera."""

import subprocess
import sys
import threading
from types import ModuleType

import numpy as np
import pytest

from vcam.errors import CameraError
from vcam.media import Frame, Image
from vcam.sinks.base import AudioSink, Show
from vcam.sinks.camera import CameraSink
from vcam.sinks.v4l2 import VideoDevice
from vcam.stats import Snapshot

SHOW = Show((720, 1280), 30, True, "announcer1", Snapshot)


class Device:
    """Stands in for pyvirtualcam.Camera."""

    opened: "list[Device]"
    refusal: str | None
    slow: threading.Event

    def __init__(self, width: int, height: int, fps: float, device: str | None = None) -> None:
        if self.refusal is not None:
            raise RuntimeError(self.refusal)
        self.size, self.device = (height, width), device or "/dev/video0"
        self.sent: list[Image] = []
        self.closed = False
        self.opened.append(self)

    def send(self, frame: Image) -> None:
        self.slow.wait(5)
        self.sent.append(frame)

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def device(monkeypatch: pytest.MonkeyPatch) -> type[Device]:
    """Put the stand-in where the sink imports pyvirtualcam, on a Linux with one free camera."""
    module = ModuleType("pyvirtualcam")
    module.Camera = Device  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "pyvirtualcam", module)
    monkeypatch.setattr(sys, "platform", "linux")
    devices(monkeypatch, VideoDevice("/dev/video0", "vcam", loopback=True))
    Device.opened, Device.refusal, Device.slow = [], None, threading.Event()
    Device.slow.set()
    return Device


def devices(monkeypatch: pytest.MonkeyPatch, *found: VideoDevice) -> None:
    monkeypatch.setattr("vcam.sinks.camera.list_video_devices", lambda: list(found))


def frame(level: int) -> Frame:
    return Frame(level, np.full((720, 1280, 3), level, np.uint8))


async def test_frames_reach_the_device_as_they_are(device: type[Device]) -> None:
    sink = CameraSink()
    await sink.open(SHOW)
    await sink.show(frame(7))
    await sink.close()
    await sink.close()
    (camera,) = device.opened
    assert camera.size == (720, 1280)
    assert [image[0, 0, 0] for image in camera.sent] == [7]
    assert camera.closed


async def test_a_slow_device_gets_the_newest_frame_and_nobody_waits(device: type[Device]) -> None:
    sink = CameraSink()
    await sink.open(SHOW)
    device.slow.clear()
    for level in range(20):
        await sink.show(frame(level))
    device.slow.set()
    await sink.close()
    (camera,) = device.opened
    levels = [int(image[0, 0, 0]) for image in camera.sent]
    assert levels[-1] == 19
    assert len(levels) <= 2


async def test_a_label_is_as_good_as_a_path(
    device: type[Device], monkeypatch: pytest.MonkeyPatch
) -> None:
    devices(monkeypatch, VideoDevice("/dev/video4", "vcam", loopback=True))
    sink = CameraSink("vcam")
    await sink.open(SHOW)
    await sink.close()
    assert device.opened[0].device == "/dev/video4"


async def test_a_refusal_becomes_a_sentence(
    device: type[Device], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vcam.sinks.camera.loaded_driver", lambda: None)
    devices(monkeypatch)
    device.refusal = "'v4l2loopback' backend: No v4l2 loopback device found at /dev/video[0-99]."
    sink = CameraSink()
    with pytest.raises(CameraError, match="the v4l2loopback driver is not loaded") as caught:
        await sink.open(SHOW)
    await sink.close()
    assert caught.value.exit_code == 3


async def test_a_device_that_kept_another_size_is_refused_and_released(
    device: type[Device], monkeypatch: pytest.MonkeyPatch
) -> None:
    held = VideoDevice("/dev/video0", "vcam", loopback=True, producing=True, size=(480, 640))
    devices(monkeypatch, held)
    with pytest.raises(CameraError, match="camera is fixed to 640x480"):
        await CameraSink().open(SHOW)
    assert device.opened[0].closed


async def test_without_pyvirtualcam_the_command_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyvirtualcam", None)
    with pytest.raises(CameraError, match="Run: python3 -m pip install pyvirtualcam"):
        await CameraSink().open(SHOW)


async def test_a_device_that_breaks_is_reported_by_show(
    device: type[Device], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: Device, image: Image) -> None:
        raise RuntimeError("Stream does not exist.")

    monkeypatch.setattr(Device, "send", broken)
    show = Show(SHOW.size, SHOW.fps, False, "announcer1", Snapshot)
    sink = CameraSink()
    await sink.open(show)
    await sink.show(frame(1))
    with pytest.raises(CameraError, match="camera takes no more frames: Stream does not exist"):
        await sink.show(frame(2))
    await sink.close()


def test_pyvirtualcam_is_imported_only_when_a_camera_opens() -> None:
    script = "import sys, vcam.sinks.camera; sys.exit('pyvirtualcam' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script]).returncode == 0


def test_a_camera_carries_no_sound() -> None:
    assert not isinstance(CameraSink(), AudioSink)
