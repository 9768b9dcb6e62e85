"""What is read from /sys and /proc, on trees as the kernel lays them out."""

from pathlib import Path

from vcam.sinks.v4l2 import Driver, VideoDevice, holders, list_video_devices, loaded_driver


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text + "\n")


def loopback(sysfs: Path, number: int, name: str, state: str = "output", form: str = "") -> None:
    folder = sysfs / f"class/video4linux/video{number}"
    for attribute, text in {
        "name": name,
        "state": state,
        "format": form,
        "max_openers": "10",
    }.items():
        write(folder / attribute, text)


def test_devices_come_in_order_of_their_numbers(tmp_path: Path) -> None:
    write(tmp_path / "class/video4linux/video10/name", "Integrated Camera")
    loopback(tmp_path, 2, "vcam")
    assert list_video_devices(tmp_path) == [
        VideoDevice("/dev/video2", "vcam", loopback=True),
        VideoDevice("/dev/video10", "Integrated Camera", loopback=False),
    ]


def test_a_camera_that_is_fed_has_a_size(tmp_path: Path) -> None:
    loopback(tmp_path, 0, "vcam", state="capture", form="YU12:1280x720@30")
    (camera,) = list_video_devices(tmp_path)
    assert camera.producing
    assert camera.size == (720, 1280)


def test_a_system_without_video_devices_has_none(tmp_path: Path) -> None:
    assert list_video_devices(tmp_path) == []
    assert loaded_driver(tmp_path) is None


def test_the_driver_tells_its_version_and_exclusive_caps(tmp_path: Path) -> None:
    module = tmp_path / "module/v4l2loopback"
    write(module / "version", "0.12.7")
    write(module / "parameters/exclusive_caps", "Y,N,N,N,N,N,N,N")
    assert loaded_driver(tmp_path) == Driver((0, 12, 7), exclusive_caps=True)


def test_a_driver_restarts_since_0_15() -> None:
    assert not Driver((0, 12, 7), True).restarts
    assert not Driver((0, 14), True).restarts
    assert Driver((0, 15, 0), True).restarts
    assert Driver((1, 0), True).restarts


def test_programs_that_hold_a_device_are_named(tmp_path: Path) -> None:
    write(tmp_path / "41/comm", "firefox")
    (tmp_path / "41/fd").mkdir()
    (tmp_path / "41/fd/9").symlink_to("/dev/video0")
    write(tmp_path / "42/comm", "bash")
    (tmp_path / "42/fd").mkdir()
    write(tmp_path / "43/comm", "of another user, without fd")
    assert holders("/dev/video0", tmp_path) == ["firefox (41)"]
