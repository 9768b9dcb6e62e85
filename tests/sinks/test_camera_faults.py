"""Every way in which a virtual camera does not open has one sentence with its remedy."""

import pytest

from vcam.sinks.camera_faults import (
    LinuxFacts,
    explain_elsewhere,
    explain_on_linux,
    explain_size,
)
from vcam.sinks.v4l2 import Driver, VideoDevice

CURRENT = Driver((0, 15, 0), exclusive_caps=True)
OLD = Driver((0, 12, 7), exclusive_caps=True)
VCAM = VideoDevice("/dev/video2", "vcam", loopback=True)
WEBCAM = VideoDevice("/dev/video0", "Integrated Camera", loopback=False)

# As pyvirtualcam 0.15 says it (measured in the camera bench).
NOT_OUTPUT = "'v4l2loopback' backend: Device /dev/video2 is not a video output device."
NONE_FOUND = (
    "'v4l2loopback' backend: No v4l2 loopback device found at /dev/video[0-99]."
    " Did you run 'modprobe v4l2loopback'? See also pyvirtualcam's documentation."
)
OBS = "'obs' backend: "
UNITY = "\n'unitycapture' backend: No camera registered"


def facts(
    *devices: VideoDevice, driver: Driver | None = CURRENT, held: tuple[str, ...] = ()
) -> LinuxFacts:
    return LinuxFacts(devices, driver, held)


def test_no_driver_names_the_two_commands() -> None:
    assert explain_on_linux(None, "camera", NONE_FOUND, facts(WEBCAM, driver=None)) == (
        "camera: no virtual camera, the v4l2loopback driver is not loaded."
        " Run: sudo apt install v4l2loopback-dkms"
        " && sudo modprobe v4l2loopback exclusive_caps=1 card_label=vcam"
    )


def test_a_driver_without_a_device_is_to_be_reloaded() -> None:
    assert explain_on_linux(None, "camera", NONE_FOUND, facts()) == (
        "camera: the v4l2loopback driver is loaded but has no device."
        " Run: sudo modprobe -r v4l2loopback"
        " && sudo modprobe v4l2loopback exclusive_caps=1 card_label=vcam"
    )


@pytest.mark.parametrize(
    ("device", "wrong"),
    [("/dev/video7", "does not exist"), ("vcm", "does not exist"), ("/dev/video0", "is a real")],
)
def test_an_unknown_device_names_the_nearest_camera(device: str, wrong: str) -> None:
    said = f"'v4l2loopback' backend: Device {device} does not exist."
    sentence = explain_on_linux(device, f"camera:{device}", said, facts(WEBCAM, VCAM))
    assert sentence.startswith(f"camera:{device}: {device} {wrong}")
    assert sentence.endswith(
        "the nearest virtual camera is /dev/video2 (vcam): --to camera:/dev/video2"
    )


@pytest.mark.parametrize(
    ("device", "said"),
    [
        ("/dev/video2", NOT_OUTPUT),
        ("/dev/video2", "'v4l2loopback' backend: Device /dev/video2 is already in use."),
        (None, NONE_FOUND),
    ],
)
def test_a_busy_device_names_who_holds_it(device: str | None, said: str) -> None:
    sentence = explain_on_linux(device, "camera", said, facts(VCAM, held=("ffmpeg (812)",)))
    assert sentence.startswith(
        "camera is busy: another program feeds it. Held open by: ffmpeg (812). End that program,"
    )


def test_an_old_driver_that_cannot_restart_says_reload_or_upgrade() -> None:
    assert explain_on_linux("/dev/video2", "camera", NOT_OUTPUT, facts(VCAM, driver=OLD)) == (
        "camera: v4l2loopback 0.12.7 takes a program only once; 0.15 or later is wanted."
        " Upgrade it, or reload it now: sudo modprobe -r v4l2loopback"
        " && sudo modprobe v4l2loopback exclusive_caps=1 card_label=vcam"
    )


def test_missing_permission_names_the_group() -> None:
    said = "'v4l2loopback' backend: Could not access /dev/video2 due to missing permissions."
    assert explain_on_linux("/dev/video2", "camera", said, facts(VCAM)) == (
        "camera may not be opened by you. Run: sudo usermod -a -G video $USER and log in again."
    )


def test_what_nobody_foresaw_is_quoted() -> None:
    assert explain_on_linux(None, "camera", "odd", facts(VCAM)) == "camera cannot be opened: odd"


def test_a_device_that_keeps_its_old_size_says_both() -> None:
    assert explain_size("camera", (720, 1280), (480, 640)) == (
        "camera is fixed to 640x480 because an app still holds it open, and 1280x720 was asked"
        " for. Close that app's camera first, or run with --size 640x480."
    )


@pytest.mark.parametrize(
    ("platform", "said", "sentence"),
    [
        ("darwin", "'obs' backend: OBS Virtual Camera is not installed in your", "brew install"),
        ("darwin", "'obs' backend: Couldn't start stream", "is busy: stop it in OBS"),
        ("darwin", "This backend supports only the 'OBS Virtual Camera'", "'camera:OBS Virtual"),
        ("win32", f"{OBS}OBS Virtual Camera device not found!{UNITY}. Did you", "winget install"),
        ("win32", f"{OBS}virtual camera output could not be started{UNITY}. Did you", "is busy"),
        ("win32", f"{OBS}This backend supports only{UNITY} with this name.", "no camera of this"),
        ("freebsd", "", "no virtual camera is known on this system"),
    ],
)
def test_other_platforms_have_their_sentences(platform: str, said: str, sentence: str) -> None:
    assert sentence in explain_elsewhere(platform, "camera", said)
