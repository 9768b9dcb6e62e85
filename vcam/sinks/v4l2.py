"""What Linux tells about video devices without opening one: read from /sys and /proc."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SYSFS = Path("/sys")
PROC = Path("/proc")

# 0.12 with exclusive_caps=1 takes a producer only once: the second one finds a device that is
# neither capture nor output (measured: notes/camera_bench.md section 4).
RESTARTS_SINCE = (0, 15)

LOAD_COMMAND = "sudo modprobe v4l2loopback exclusive_caps=1 card_label=vcam"
RELOAD_COMMAND = f"sudo modprobe -r v4l2loopback && {LOAD_COMMAND}"
INSTALL_COMMAND = "sudo apt install v4l2loopback-dkms"


@dataclass(frozen=True)
class VideoDevice:
    """One /dev/videoN."""

    path: str
    name: str
    """The label that apps show."""
    loopback: bool
    """A v4l2loopback device, that is, a virtual camera; else a real one."""
    producing: bool = False
    """A program feeds it now (v4l2loopback with exclusive_caps says so)."""
    size: tuple[int, int] | None = None
    """(H, W) that it is fixed to, or None while it is free to take any."""


@dataclass(frozen=True)
class Driver:
    """The v4l2loopback module that is loaded."""

    version: tuple[int, ...]
    exclusive_caps: bool

    @property
    def restarts(self) -> bool:
        """Whether a second producer, after the first, is taken."""
        return self.version >= RESTARTS_SINCE


def list_video_devices(sysfs: Path = SYSFS) -> list[VideoDevice]:
    """Return every video device in order of its number; empty on a system without any."""
    folders = sorted((sysfs / "class/video4linux").glob("video*"), key=_number)
    return [
        VideoDevice(
            path=f"/dev/{folder.name}",
            name=_read(folder / "name"),
            loopback=(folder / "max_openers").exists(),
            producing=_read(folder / "state") == "capture",
            size=_size(_read(folder / "format")),
        )
        for folder in folders
    ]


def loaded_driver(sysfs: Path = SYSFS) -> Driver | None:
    """Return the v4l2loopback module that is loaded, or None."""
    module = sysfs / "module/v4l2loopback"
    if not module.exists():
        return None
    version = tuple(int(part) for part in _read(module / "version").split(".") if part.isdigit())
    return Driver(version, _read(module / "parameters/exclusive_caps").startswith("Y"))


def holders(path: str, proc: Path = PROC) -> list[str]:
    """Return the programs that hold `path` open, as `name (pid)`; only those we may look at."""
    return [
        f"{_read(process / 'comm')} ({process.name})"
        for process in sorted(proc.glob("[0-9]*"), key=_number)
        if path in _open_files(process)
    ]


def _open_files(process: Path) -> Iterator[str]:
    try:
        for link in (process / "fd").iterdir():
            yield str(link.readlink())
    except OSError:  # another user's process, or one that has just ended
        return


def _read(path: Path) -> str:
    """Return what a small file says, "" where it cannot be read: attributes vary by version."""
    try:
        return path.read_text().strip()
    except OSError:
        return ""


def _size(form: str) -> tuple[int, int] | None:
    """Read v4l2loopback's format attribute, such as `YU12:1280x720@30`, or "" before the first."""
    width, times, height = form.partition(":")[2].partition("@")[0].partition("x")
    return (int(height), int(width)) if times and width.isdigit() and height.isdigit() else None


def _number(path: Path) -> int:
    return int("".join(c for c in path.name if c.isdigit()) or 0)
