"""What this computer is and has, asked of the operating system; nothing is opened."""

import importlib.metadata
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import psutil

from vcam.audio.devices import MicrophoneInfo, list_microphones
from vcam.sinks.v4l2 import Driver, VideoDevice, holders, list_video_devices, loaded_driver

_LOAD_WINDOW_S = 0.5
_COMMAND_TIMEOUT_S = 5

# Numbers of IsProcessorFeaturePresent, from winnt.h.
_WINDOWS_FEATURES = {"avx2": 40, "avx512f": 41, "asimd": 19}


class ThisMachine:
    """The computer that vcam runs on."""

    platform: str = sys.platform
    python: tuple[int, int, int] = sys.version_info[:3]

    def run(self, *command: str) -> str | None:
        """Return what a command prints, or None where it is missing or fails."""
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=_COMMAND_TIMEOUT_S, check=True
            )
        except (OSError, subprocess.SubprocessError):
            return None
        return done.stdout.strip()

    def exists(self, path: str) -> bool:
        """Return whether there is a file or folder."""
        return Path(path).exists()

    def package(self, name: str) -> str | None:
        """Return the version of an installed Python package, without importing it."""
        try:
            return importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            return None

    def microphones(self) -> Sequence[MicrophoneInfo]:
        """Return the input devices. Raises MicrophoneError without PortAudio."""
        return list_microphones()

    def video_devices(self) -> Sequence[VideoDevice]:
        """Return the video devices that Linux knows; none on another system."""
        return list_video_devices()

    def camera_driver(self) -> Driver | None:
        """Return the v4l2loopback module that is loaded."""
        return loaded_driver()

    def holders(self, path: str) -> Sequence[str]:
        """Return the programs that hold a device open."""
        return holders(path)

    def cpu_flags(self) -> frozenset[str]:
        """Return the processor's features by their names in Linux's /proc/cpuinfo."""
        if sys.platform == "win32":
            import ctypes

            present = ctypes.windll.kernel32.IsProcessorFeaturePresent
            return frozenset(name for name, n in _WINDOWS_FEATURES.items() if present(n))
        if sys.platform == "darwin":
            keys = ("machdep.cpu.features", "machdep.cpu.leaf7_features", "hw.optional.arm64")
            said = " ".join(self.run("sysctl", "-n", key) or "" for key in keys).lower().split()
            return frozenset("asimd" if word == "1" else word for word in said)
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            key, _, flags = line.partition(":")
            if key.strip() in ("flags", "Features"):
                return frozenset(flags.split())
        return frozenset()

    def cores(self) -> int:
        """Return how many cores this process may use."""
        return len(psutil.Process().cpu_affinity()) if _HAS_AFFINITY else psutil.cpu_count() or 1

    def free_cores(self) -> float:
        """Return how many cores were idle, measured over half a second."""
        busy = psutil.cpu_percent(interval=_LOAD_WINDOW_S) / 100
        return self.cores() * (1 - busy)


_HAS_AFFINITY = sys.platform in ("linux", "win32")
