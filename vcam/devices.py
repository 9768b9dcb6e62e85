"""What one can choose from: microphones, sound outputs, virtual cameras. Nothing is opened."""

import argparse
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from vcam.audio.devices import list_microphones, portaudio
from vcam.errors import MicrophoneError
from vcam.sinks.pulse import pulse_sinks
from vcam.sinks.v4l2 import LOAD_COMMAND, list_video_devices

_NO_CAMERA = f"No virtual camera: {LOAD_COMMAND} (more: doctor)."


@dataclass(frozen=True)
class Device:
    """One line of `devices`."""

    kind: Literal["microphone", "output", "camera"]
    choose: str
    """The flag that chooses it, e.g. `--mic 3`."""
    name: str
    note: str = ""
    """What is to be known of it: default, busy."""


@dataclass(frozen=True)
class Listing:
    """All devices, and a sentence for each kind of which there is none."""

    devices: tuple[Device, ...]
    problems: tuple[str, ...]


def configure(_: argparse.ArgumentParser) -> None:
    """The command has no flags."""


def run(_: argparse.Namespace, report: Callable[[str], None]) -> int:
    """Report every device with the flag that chooses it, a line each."""
    listing = list_devices()
    for device in listing.devices:
        note = f" ({device.note})" if device.note else ""
        report(f"{device.kind:<11} {device.choose:<26} {device.name}{note}")
    for problem in listing.problems:
        report(problem)
    return 0


def list_devices() -> Listing:
    """Return what this computer has."""
    problems: list[str] = []
    sound: list[Device] = []
    try:
        sound = [*_microphones(), *_outputs()]
    except MicrophoneError as error:
        problems.append(str(error))
    else:
        if all(device.kind != "microphone" for device in sound):
            problems.append("No microphone: plug one in, or run with --audio FILE.")
    cameras = list(_cameras())
    if not cameras:
        problems.append(_NO_CAMERA)
    return Listing((*sound, *cameras), tuple(problems))


def _microphones() -> Iterator[Device]:
    for found in list_microphones():
        note = "default" if found.is_default else ""
        yield Device("microphone", f"--mic {found.index}", found.name, note)


def _outputs() -> Iterator[Device]:
    sounddevice = portaudio()
    for found in sounddevice.query_devices():
        if found["max_output_channels"] > 0:
            note = "default" if found["index"] == sounddevice.default.device[1] else ""
            yield Device("output", f"--mic-out {found['index']}", found["name"], note)
    for name in pulse_sinks():
        yield Device("output", f"--mic-out {name}", name)


def _cameras() -> Iterator[Device]:
    if sys.platform != "linux":
        yield Device("camera", "--to camera", "OBS Virtual Camera", "where OBS is installed")
    for found in list_video_devices():
        if found.loopback:
            note = "busy" if found.producing else ""
            yield Device("camera", f"--to camera:{found.path}", found.name, note)
