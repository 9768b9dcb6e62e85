"""Which microphones there are, and which one the user means. PortAudio through sounddevice."""

import difflib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import ModuleType

from vcam.errors import AudioError, MicrophoneError
from vcam.streams import paused

INSTALL_PORTAUDIO = {
    "linux": "sudo apt install libportaudio2",
    "darwin": "python3 -m pip install --force-reinstall sounddevice",
    "win32": "py -m pip install --force-reinstall sounddevice",
}
"""Platform -> the command; on macOS and Windows the library comes inside sounddevice's wheel."""
PREFERRED_RATE = 48_000


@dataclass(frozen=True)
class MicrophoneInfo:
    """An input device as PortAudio lists it."""

    index: int
    name: str
    host_api: str
    channels: int
    default_sample_rate: int
    is_default: bool


def portaudio() -> ModuleType:
    """Return the module sounddevice; loading it starts PortAudio.

    Raises:
        MicrophoneError: there is no PortAudio library.
    """
    try:
        import sounddevice
    except OSError as error:
        command = INSTALL_PORTAUDIO.get(sys.platform, INSTALL_PORTAUDIO["linux"])
        raise MicrophoneError(
            f"The PortAudio library, which microphones need, was not found; install it: {command}"
        ) from error
    module: ModuleType = sounddevice
    return module


def list_microphones() -> list[MicrophoneInfo]:
    """Return all input devices.

    Raises:
        MicrophoneError: there is no PortAudio library.
    """
    sd = portaudio()
    host_apis = [api["name"] for api in sd.query_hostapis()]
    return [
        MicrophoneInfo(
            index=device["index"],
            name=device["name"],
            host_api=host_apis[device["hostapi"]],
            channels=device["max_input_channels"],
            default_sample_rate=int(device["default_samplerate"]),
            is_default=device["index"] == sd.default.device[0],
        )
        for device in sd.query_devices()
        if device["max_input_channels"] > 0
    ]


@contextmanager
def hushed() -> Iterator[None]:
    """Keep PortAudio and ALSA from writing to the terminal: they say everything ten times.

    Whatever else the process writes to standard error meanwhile is lost too, so use it briefly.
    """
    terminal = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(terminal, 2)
        os.close(nowhere)
        os.close(terminal)


def rescan() -> None:
    """Make PortAudio look for devices anew; of the streams that are open now the kept ones last.

    PortAudio lists devices only when it starts, and sounddevice has no public name for that.
    """
    sd = portaudio()
    with paused():
        sd._terminate()
        sd._initialize()


def choose_microphone(wanted: str | None, present: list[MicrophoneInfo]) -> MicrophoneInfo:
    """Return the device that `wanted` means: an index, a name, or part of one; None: the default.

    Where systems list one device under several host APIs (Windows), the default device's counts.

    Raises:
        AudioError: no device, or more than one, is meant.
        MicrophoneError: there is no microphone at all.
    """
    if not present:
        raise MicrophoneError(
            "No microphone was found: plug one in, or play a sound file with --audio FILE."
        )
    default = next((one for one in present if one.is_default), present[0])
    if wanted is None:
        return default
    if wanted.isdecimal():
        found = [one for one in present if one.index == int(wanted)]
    else:
        found = _by_name(wanted, present)
        if len(found) > 1:
            found = [one for one in found if one.host_api == default.host_api] or found
    if len(found) == 1:
        return found[0]
    if found:
        raise AudioError(f"Several microphones are called {wanted!r}: choose {_listed(found)}.")
    raise AudioError(
        f"There is no microphone {wanted!r}: choose {_listed(_nearest(wanted, present))}."
    )


def _by_name(wanted: str, present: list[MicrophoneInfo]) -> list[MicrophoneInfo]:
    """Return those called exactly so, or else those whose name contains it; case is ignored."""
    name = wanted.casefold()
    exact = [one for one in present if one.name.casefold() == name]
    return exact or [one for one in present if name in one.name.casefold()]


def _nearest(wanted: str, present: list[MicrophoneInfo]) -> list[MicrophoneInfo]:
    """Return the three whose names are most like `wanted`."""

    def likeness(one: MicrophoneInfo) -> float:
        return difflib.SequenceMatcher(None, wanted.casefold(), one.name.casefold()).ratio()

    return sorted(present, key=likeness, reverse=True)[:3]


def _listed(devices: list[MicrophoneInfo]) -> str:
    return " or ".join(f"{one.index} ({one.name})" for one in devices)
