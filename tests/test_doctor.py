"""The doctor's lines on computers that are described, and once on this one."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from vcam import doctor
from vcam.audio.devices import MicrophoneInfo
from vcam.doctor import Check, System, examine, exit_code
from vcam.errors import MicrophoneError
from vcam.machine import ThisMachine
from vcam.sinks.v4l2 import Driver, VideoDevice

HEADSET = MicrophoneInfo(3, "Headset", "ALSA", 1, 48_000, True)
CURRENT = Driver((0, 15, 0), exclusive_caps=True)
VCAM = VideoDevice("/dev/video2", "vcam", loopback=True)
FED = VideoDevice("/dev/video2", "vcam", loopback=True, producing=True)


@dataclass
class Described:
    """A computer where all is well, unless said otherwise."""

    platform: str = "linux"
    python: tuple[int, int, int] = (3, 12, 3)
    commands: dict[str, str] = field(default_factory=dict)
    files: tuple[str, ...] = ()
    packages: dict[str, str] = field(
        default_factory=lambda: {"openvino": "2026.1", "torch": "2.13.0"}
    )
    heard: Sequence[MicrophoneInfo] | None = (HEADSET,)
    cameras: Sequence[VideoDevice] = (VCAM,)
    driver: Driver | None = CURRENT
    flags: frozenset[str] = frozenset({"avx2", "avx512f", "avx512_bf16"})
    free: float = 1.6

    def run(self, *command: str) -> str | None:
        return self.commands.get(" ".join(command))

    def exists(self, path: str) -> bool:
        return path in self.files

    def package(self, name: str) -> str | None:
        return self.packages.get(name)

    def microphones(self) -> Sequence[MicrophoneInfo]:
        if self.heard is None:
            raise MicrophoneError("The PortAudio library was not found.")
        return self.heard

    def video_devices(self) -> Sequence[VideoDevice]:
        return self.cameras

    def camera_driver(self) -> Driver | None:
        return self.driver

    def holders(self, path: str) -> Sequence[str]:
        return ["ffmpeg (812)"] if path == "/dev/video2" else []

    def cpu_flags(self) -> frozenset[str]:
        return self.flags

    def cores(self) -> int:
        return 2

    def free_cores(self) -> float:
        return self.free


def check(system: System, name: str) -> Check:
    (found,) = [each for each in examine(system) if each.name == name]
    return found


def test_a_computer_where_all_is_well_has_nothing_to_mend() -> None:
    checks = examine(Described())
    assert [each.name for each in checks] == [
        "Python",
        "PortAudio",
        "microphone",
        "camera driver",
        "camera exclusive_caps",
        "camera",
        "processor",
        "runtime",
        "free cores",
    ]
    assert all(each.ok and each.found and not each.mend for each in checks)
    assert exit_code(checks) == 0


@pytest.mark.parametrize(
    ("system", "name", "found", "mend"),
    [
        (
            Described(python=(3, 10, 2)),
            "Python",
            "3.10.2, wanted 3.11 or later",
            "sudo apt install python3.11",
        ),
        (
            Described(heard=None),
            "PortAudio",
            "the library is missing",
            "sudo apt install libportaudio2",
        ),
        (
            Described(heard=()),
            "microphone",
            "none",
            "plug one in, or run with --audio FILE",
        ),
        (
            Described(driver=None, cameras=()),
            "camera driver",
            "v4l2loopback is not installed",
            "sudo apt install v4l2loopback-dkms"
            " && sudo modprobe v4l2loopback exclusive_caps=1 card_label=vcam",
        ),
        (
            Described(driver=None, commands={"modinfo -F version v4l2loopback": "0.15.0"}),
            "camera driver",
            "v4l2loopback is not loaded",
            "sudo modprobe v4l2loopback exclusive_caps=1 card_label=vcam",
        ),
        (
            Described(driver=Driver((0, 15), exclusive_caps=False)),
            "camera exclusive_caps",
            "off: browsers do not list the camera",
            "sudo modprobe -r v4l2loopback"
            " && sudo modprobe v4l2loopback exclusive_caps=1 card_label=vcam",
        ),
        (
            Described(cameras=()),
            "camera",
            "the driver has no device",
            "sudo modprobe -r v4l2loopback"
            " && sudo modprobe v4l2loopback exclusive_caps=1 card_label=vcam",
        ),
        (
            Described(cameras=(FED,)),
            "camera",
            "/dev/video2 (vcam) is busy, held by ffmpeg (812)",
            "end the program that feeds it: fuser -v /dev/video2",
        ),
        (
            Described(platform="darwin"),
            "camera",
            "OBS is not installed",
            "brew install --cask obs, then press Start Virtual Camera in it once",
        ),
        (
            Described(platform="win32"),
            "camera",
            "OBS is not installed",
            "winget install OBSProject.OBSStudio, then start it once",
        ),
        (
            Described(flags=frozenset()),
            "processor",
            "neither AVX2 nor NEON: slow",
            "run with --fps 15",
        ),
        (
            Described(packages={"torch": "2.13.0"}),
            "runtime",
            "only torch 2.13.0: slow",
            "python3 -m pip install openvino",
        ),
        (
            Described(free=0.4),
            "free cores",
            "0.4 of 2, wanted 1",
            "close what is busy: top",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 25 else "",
)
def test_what_is_missing_names_its_remedy(system: System, name: str, found: str, mend: str) -> None:
    assert check(system, name) == Check(name, False, found, mend)
    assert exit_code(examine(system)) == 3


def test_an_old_driver_is_to_be_upgraded_and_reloaded() -> None:
    line = check(Described(driver=Driver((0, 12, 7), exclusive_caps=True)), "camera driver")
    assert line.found == "v4l2loopback 0.12.7 takes a program only once, wanted 0.15 or later"
    assert line.mend.startswith("git clone https://github.com/v4l2loopback/v4l2loopback && make")


@pytest.mark.parametrize(
    "system",
    [
        Described(platform="darwin", files=("/Applications/OBS.app",)),
        Described(
            platform="win32",
            commands={r"reg query HKCR\CLSID\{A3FCE0F5-3493-419F-958A-ABA1250EC20B}": "there"},
        ),
    ],
    ids=["darwin", "win32"],
)
def test_obs_is_the_camera_elsewhere(system: System) -> None:
    assert check(system, "camera") == Check("camera", True, "OBS Virtual Camera")


def test_the_processor_and_the_precision_are_named() -> None:
    assert check(Described(), "processor").found == "AVX-512 bf16, AVX-512, AVX2"
    assert check(Described(), "runtime").found == "openvino 2026.1, bf16"
    plain = Described(flags=frozenset({"avx2"}))
    assert check(plain, "runtime").found == "openvino 2026.1, f32"


def test_the_default_microphone_is_named_and_the_others_are_counted() -> None:
    others = [MicrophoneInfo(n, f"other {n}", "ALSA", 2, 48_000, False) for n in range(3)]
    assert check(Described(heard=(*others, HEADSET)), "microphone").found == "Headset and 3 more"


def test_the_command_reports_a_line_each_and_how_it_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "ThisMachine", lambda: Described(heard=()))
    lines: list[str] = []
    assert doctor.run(argparse.Namespace(), lines.append) == 3
    assert lines[0] == "ok       Python                 3.12.3"
    assert lines[2] == (
        "missing  microphone             none\n"
        "                                mend: plug one in, or run with --audio FILE"
    )


def test_this_computer_can_be_examined() -> None:
    checks = examine(ThisMachine())
    assert check(ThisMachine(), "Python").ok
    assert all(each.found and (each.ok or each.mend) for each in checks)


def test_a_missing_command_and_a_missing_package_are_none() -> None:
    assert ThisMachine().run("no-such-command-of-vcam") is None
    assert ThisMachine().run("false") is None
    assert ThisMachine().package("no-such-package-of-vcam") is None
    assert ThisMachine().package("numpy")
