"""The virtual camera that a call app picks: v4l2loopback, OBS or Unity Capture by pyvirtualcam."""

import sys
from typing import Protocol

from vcam.errors import CameraError
from vcam.media import Frame, Image
from vcam.sinks.base import Show
from vcam.sinks.camera_faults import (
    LinuxFacts,
    explain_elsewhere,
    explain_on_linux,
    explain_size,
)
from vcam.sinks.v4l2 import VideoDevice, holders, list_video_devices, loaded_driver
from vcam.sinks.worker import NewestWorker


class _Camera(Protocol):
    """The part of pyvirtualcam.Camera that is used."""

    @property
    def device(self) -> str: ...

    def send(self, frame: Image) -> None: ...

    def close(self) -> None: ...


class CameraSink:
    """Feeds one virtual camera from its own thread; a frame that comes too soon is replaced.

    `device`: a path (`/dev/video0`) or the label that apps show (`vcam`); None: the first that
    is free.
    """

    def __init__(self, device: str | None = None) -> None:
        self._device = device
        self._camera: _Camera | None = None
        self._worker = NewestWorker(self._send, "vcam-camera")
        self._paced = True

    @property
    def name(self) -> str:
        """What the user typed after `--to`."""
        return "camera" if self._device is None else f"camera:{self._device}"

    async def open(self, show: Show) -> None:
        """Open the device for frames of `show.size`.

        Raises:
            CameraError: no driver, no such device, busy, too old, or fixed to another size.
        """
        self._paced = show.paced
        self._camera = await self._worker.run(lambda: self._open(show))

    async def show(self, frame: Frame) -> None:
        """Hand over `frame`; the device converts it to its own format.

        Raises:
            CameraError: the device is gone.
        """
        if self._paced:
            self._worker.offer(frame.image)
        else:
            await self._worker.give(frame.image)

    async def close(self) -> None:
        """Release the device."""
        try:
            if self._camera is not None:
                await self._worker.run(self._camera.close)
        finally:
            self._camera = None
            self._worker.stop()

    def _open(self, show: Show) -> _Camera:
        try:
            import pyvirtualcam  # GPL-2, and 170 ms: only where a camera is wanted
        except ImportError as error:
            raise CameraError(
                f"{self.name} needs pyvirtualcam, which cannot be imported ({error})."
                " Run: python3 -m pip install pyvirtualcam"
            ) from error
        height, width = show.size
        device = _path_of(self._device, list_video_devices())
        try:
            camera: _Camera = pyvirtualcam.Camera(width, height, show.fps, device=device)
        except RuntimeError as error:
            raise CameraError(self._explain(device, str(error))) from error
        self._refuse_another_size(camera, show.size)
        return camera

    def _refuse_another_size(self, camera: _Camera, size: tuple[int, int]) -> None:
        """v4l2loopback says yes to any size, and keeps the old one while a reader holds it."""
        for found in list_video_devices():
            if found.path == camera.device and found.size not in (None, size):
                camera.close()
                assert found.size is not None
                raise CameraError(explain_size(self.name, size, found.size))

    def _explain(self, device: str | None, said: str) -> str:
        if sys.platform != "linux":
            return explain_elsewhere(sys.platform, self.name, said)
        devices = list_video_devices()
        wanted = device or next((each.path for each in devices if each.loopback), "")
        facts = LinuxFacts(devices, loaded_driver(), holders(wanted) if wanted else [])
        return explain_on_linux(device, self.name, said, facts)

    def _send(self, image: Image) -> None:
        if self._camera is None:
            return
        try:
            self._camera.send(image)
        except RuntimeError as error:
            raise CameraError(f"{self.name} takes no more frames: {error}") from error


def _path_of(device: str | None, devices: list[VideoDevice]) -> str | None:
    """Return the path of the virtual camera labelled `device`; else `device` as it is."""
    for each in devices:
        if each.loopback and each.name == device:
            return each.path
    return device
