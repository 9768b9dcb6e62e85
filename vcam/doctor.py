"""Does this computer have what a call needs? One check a line, and the command that mends it."""

import argparse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from vcam.audio.devices import INSTALL_PORTAUDIO, MicrophoneInfo
from vcam.errors import DeviceError, MicrophoneError
from vcam.machine import ThisMachine
from vcam.sinks.v4l2 import (
    INSTALL_COMMAND,
    LOAD_COMMAND,
    RELOAD_COMMAND,
    Driver,
    VideoDevice,
)

_PYTHON = (3, 11)

_GET_PYTHON = {
    "linux": "sudo apt install python3.11",
    "darwin": "brew install python@3.12",
    "win32": "winget install Python.Python.3.12",
}
_GET_OBS = {
    "darwin": "brew install --cask obs, then press Start Virtual Camera in it once",
    "win32": "winget install OBSProject.OBSStudio, then start it once",
}
_SHOW_LOAD = {"linux": "top", "darwin": "top -o cpu", "win32": "taskmgr"}

_UPGRADE_DRIVER = (
    "git clone https://github.com/v4l2loopback/v4l2loopback && make -C v4l2loopback"
    f" && sudo make -C v4l2loopback install && {RELOAD_COMMAND}"
)
_OBS_ON_MACOS = "/Applications/OBS.app"
_OBS_ON_WINDOWS = r"HKCR\CLSID\{A3FCE0F5-3493-419F-958A-ABA1250EC20B}"

# Newest first: how a matrix is multiplied decides how long a frame takes.
_CPU_FEATURES = {
    "amx_bf16": "AMX",
    "avx512_bf16": "AVX-512 bf16",
    "avx512f": "AVX-512",
    "avx2": "AVX2",
    "asimd": "NEON",
}
_CPU_BF16 = {"amx_bf16", "avx512_bf16"}


@dataclass(frozen=True)
class Check:
    """One line of the doctor."""

    name: str
    ok: bool
    found: str
    mend: str = ""
    """The command, or what to do; empty where `ok`."""


class System(Protocol):
    """What is asked of the computer (`vcam.machine.ThisMachine`)."""

    platform: str
    python: tuple[int, int, int]

    def run(self, *command: str) -> str | None:
        """Return what a command prints, or None where it is missing or fails."""
        ...

    def exists(self, path: str) -> bool:
        """Return whether there is a file or folder."""
        ...

    def package(self, name: str) -> str | None:
        """Return the version of an installed Python package."""
        ...

    def microphones(self) -> Sequence[MicrophoneInfo]:
        """Return the input devices. Raises MicrophoneError without PortAudio."""
        ...

    def video_devices(self) -> Sequence[VideoDevice]:
        """Return the video devices that Linux knows."""
        ...

    def camera_driver(self) -> Driver | None:
        """Return the v4l2loopback module that is loaded."""
        ...

    def holders(self, path: str) -> Sequence[str]:
        """Return the programs that hold a device open."""
        ...

    def cpu_flags(self) -> frozenset[str]:
        """Return the processor's features by their names in Linux's /proc/cpuinfo."""
        ...

    def cores(self) -> int:
        """Return how many cores this process may use."""
        ...

    def free_cores(self) -> float:
        """Return how many of them are idle now."""
        ...


def configure(_: argparse.ArgumentParser) -> None:
    """The command has no flags."""


def run(_: argparse.Namespace, report: Callable[[str], None]) -> int:
    """Report every check of this computer, a line each."""
    checks = examine(ThisMachine())
    for check in checks:
        verdict = "ok     " if check.ok else "missing"
        remedy = "" if check.ok else f"\n{'':<32}mend: {check.mend}"
        report(f"{verdict}  {check.name:<22} {check.found}{remedy}")
    return exit_code(checks)


def examine(system: System) -> list[Check]:
    """Return every check that applies to `system`."""
    camera = _linux_camera if system.platform == "linux" else _obs_camera
    return [
        _python(system),
        *_sound(system),
        *camera(system),
        _cpu(system),
        _runtime(system),
        _free_cores(system),
    ]


def exit_code(checks: Sequence[Check]) -> int:
    """Return 0 where everything is there, else the code of a missing device."""
    return 0 if all(check.ok for check in checks) else DeviceError.exit_code


def _python(system: System) -> Check:
    found = ".".join(str(part) for part in system.python)
    if system.python >= _PYTHON:
        return Check("Python", True, found)
    return Check("Python", False, f"{found}, wanted 3.11 or later", _for(_GET_PYTHON, system))


def _sound(system: System) -> Iterator[Check]:
    try:
        microphones = system.microphones()
    except MicrophoneError:
        yield Check("PortAudio", False, "the library is missing", _for(INSTALL_PORTAUDIO, system))
        return
    yield Check("PortAudio", True, "loaded")
    if microphones:
        first = next((each for each in microphones if each.is_default), microphones[0])
        more = f" and {len(microphones) - 1} more" if len(microphones) > 1 else ""
        yield Check("microphone", True, f"{first.name}{more}")
    else:
        yield Check("microphone", False, "none", "plug one in, or run with --audio FILE")


def _linux_camera(system: System) -> Iterator[Check]:
    driver = system.camera_driver()
    if driver is None:
        installed = system.run("modinfo", "-F", "version", "v4l2loopback")
        if installed:
            yield Check("camera driver", False, "v4l2loopback is not loaded", LOAD_COMMAND)
        else:
            command = f"{INSTALL_COMMAND} && {LOAD_COMMAND}"
            yield Check("camera driver", False, "v4l2loopback is not installed", command)
        return
    version = ".".join(str(part) for part in driver.version) or "of unknown version"
    if driver.restarts:
        yield Check("camera driver", True, f"v4l2loopback {version}")
    else:
        found = f"v4l2loopback {version} takes a program only once, wanted 0.15 or later"
        yield Check("camera driver", False, found, _UPGRADE_DRIVER)
    if driver.exclusive_caps:
        yield Check("camera exclusive_caps", True, "on")
    else:
        found = "off: browsers do not list the camera"
        yield Check("camera exclusive_caps", False, found, RELOAD_COMMAND)
    yield _linux_device(system)


def _linux_device(system: System) -> Check:
    cameras = [each for each in system.video_devices() if each.loopback]
    free = [each for each in cameras if not each.producing]
    if free:
        return Check("camera", True, ", ".join(f"{each.path} ({each.name})" for each in free))
    if not cameras:
        return Check("camera", False, "the driver has no device", RELOAD_COMMAND)
    held = system.holders(cameras[0].path)
    by = ", ".join(held) or "another user's program"
    found = f"{cameras[0].path} ({cameras[0].name}) is busy, held by {by}"
    return Check(
        "camera", False, found, f"end the program that feeds it: fuser -v {cameras[0].path}"
    )


def _obs_camera(system: System) -> Iterator[Check]:
    if system.platform == "darwin":
        there = system.exists(_OBS_ON_MACOS)
    else:
        there = system.run("reg", "query", _OBS_ON_WINDOWS) is not None
    if there:
        yield Check("camera", True, "OBS Virtual Camera")
    else:
        yield Check("camera", False, "OBS is not installed", _for(_GET_OBS, system))


def _cpu(system: System) -> Check:
    flags = system.cpu_flags()
    found = [name for flag, name in _CPU_FEATURES.items() if flag in flags]
    if found:
        return Check("processor", True, ", ".join(found))
    return Check("processor", False, "neither AVX2 nor NEON: slow", "run with --fps 15")


def _runtime(system: System) -> Check:
    openvino, torch = system.package("openvino"), system.package("torch")
    if openvino:
        precision = "bf16" if _CPU_BF16 & system.cpu_flags() else "f32"
        return Check("runtime", True, f"openvino {openvino}, {precision}")
    command = "python3 -m pip install openvino"
    return Check("runtime", False, f"only torch {torch}: slow" if torch else "none", command)


def _free_cores(system: System) -> Check:
    free, cores = system.free_cores(), system.cores()
    found = f"{free:.1f} of {cores}"
    if free >= 1:
        return Check("free cores", True, found)
    command = f"close what is busy: {_for(_SHOW_LOAD, system)}"
    return Check("free cores", False, f"{found}, wanted 1", command)


def _for(commands: dict[str, str], system: System) -> str:
    return commands.get(system.platform, commands.get("linux", ""))
