"""Why no virtual camera could be opened, in a sentence with the command that mends it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from vcam.sinks.v4l2 import (
    INSTALL_COMMAND,
    LOAD_COMMAND,
    RELOAD_COMMAND,
    Driver,
    VideoDevice,
)

# What pyvirtualcam 0.15 says on macOS and Windows -> what to do about it; the first that fits. On
# Windows it tries OBS, then Unity Capture, and says what both said.
_ELSEWHERE: dict[str, dict[str, str]] = {
    "darwin": {
        "not installed": "the OBS virtual camera is not installed: install OBS 30 or later"
        " (brew install --cask obs), press Start Virtual Camera in it once, and allow the"
        " extension in System Settings",
        "supports only": "macOS has one virtual camera: use --to 'camera:OBS Virtual Camera' or"
        " --to camera",
        "start stream": "OBS's virtual camera is busy: stop it in OBS, or restart the computer",
        "Multiple cameras": "this process already feeds OBS's virtual camera: give --to camera"
        " once",
    },
    "win32": {
        "with this name": "there is no camera of this name: use --to 'camera:OBS Virtual Camera'"
        " or --to 'camera:Unity Video Capture'",
        "could not be started": "OBS's virtual camera is busy: stop it in OBS, or end the other"
        " program that feeds it",
        "not found": "no virtual camera is installed: winget install OBSProject.OBSStudio, start"
        " it once and close it again",
        "No camera registered": "no virtual camera is installed: winget install"
        " OBSProject.OBSStudio, start it once and close it again",
    },
}


# What pyvirtualcam says on Linux where somebody else, or we ourselves, feed the device.
_SIGNS_OF_USE = ("not a video output device", "No v4l2 loopback", "already in use", "busy")


@dataclass(frozen=True)
class LinuxFacts:
    """What was found when the camera did not open."""

    devices: Sequence[VideoDevice]
    driver: Driver | None
    holders: Sequence[str]
    """Programs that hold the wanted device."""


def explain_elsewhere(platform: str, name: str, said: str) -> str:
    """Return the sentence for macOS (`darwin`) or Windows (`win32`)."""
    for fragment, advice in _ELSEWHERE.get(platform, {}).items():
        if fragment in said:
            return f"{name}: {advice}."
    return _unknown(name, said)


def explain_on_linux(device: str | None, name: str, said: str, facts: LinuxFacts) -> str:
    """Return the sentence for what pyvirtualcam `said` about `device` (None: any)."""
    cameras = [each for each in facts.devices if each.loopback]
    if facts.driver is None and not cameras:
        return (
            f"{name}: no virtual camera, the v4l2loopback driver is not loaded."
            f" Run: {INSTALL_COMMAND} && {LOAD_COMMAND}"
        )
    if not cameras:
        return f"{name}: the v4l2loopback driver is loaded but has no device. Run: {RELOAD_COMMAND}"
    if device is not None and device not in {each.path for each in cameras}:
        return _no_such_camera(device, name, facts.devices, cameras)
    if "permission" in said:
        return (
            f"{name} may not be opened by you. Run: sudo usermod -a -G video $USER"
            " and log in again."
        )
    if any(sign in said for sign in _SIGNS_OF_USE):
        return _taken(name, facts)
    return _unknown(name, said)


def explain_size(name: str, wanted: tuple[int, int], fixed: tuple[int, int]) -> str:
    """Return the sentence for a device that keeps the size (H, W) of an earlier producer."""
    height, width = fixed
    return (
        f"{name} is fixed to {width}x{height} because an app still holds it open, and"
        f" {wanted[1]}x{wanted[0]} was asked for. Close that app's camera first, or run with"
        f" --size {width}x{height}."
    )


def _no_such_camera(
    device: str, name: str, devices: Sequence[VideoDevice], cameras: Sequence[VideoDevice]
) -> str:
    wrong = "is a real camera" if device in {d.path for d in devices} else "does not exist"
    targets = {each.path: each for each in cameras} | {each.name: each for each in cameras}
    nearest = targets[max(targets, key=lambda known: SequenceMatcher(None, device, known).ratio())]
    return (
        f"{name}: {device} {wrong}; the nearest virtual camera is {nearest.path}"
        f" ({nearest.name}): --to camera:{nearest.path}"
    )


def _taken(name: str, facts: LinuxFacts) -> str:
    if facts.driver is not None and not facts.driver.restarts:
        version = ".".join(str(part) for part in facts.driver.version)
        return (
            f"{name}: v4l2loopback {version} takes a program only once; 0.15 or later is wanted."
            f" Upgrade it, or reload it now: {RELOAD_COMMAND}"
        )
    held = f" Held open by: {', '.join(facts.holders)}." if facts.holders else ""
    return (
        f"{name} is busy: another program feeds it.{held} End that program, or make a second"
        " device: sudo modprobe -r v4l2loopback && sudo modprobe v4l2loopback devices=2"
        " exclusive_caps=1,1 card_label=vcam,vcam2"
    )


def _unknown(name: str, said: str) -> str:
    return f"{name} cannot be opened: {said or 'no virtual camera is known on this system'}"
