"""The product on a real virtual camera: rate, colours, restarts, refusals, and a browser."""

import base64
from itertools import pairwise
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from tests.camera.conftest import Bench, Visit
from vcam.identity import load_identity, read_picture
from vcam.media import Image
from vcam.profile import load_profile

pytestmark = [pytest.mark.camera, pytest.mark.timeout(600)]

BLOCK = 16
COLOUR_BOUND = 4.0


@pytest.fixture(scope="module")
def producer(bench: Bench) -> Visit:
    """What the product did as a producer."""
    return bench("producer.py")


@pytest.fixture(scope="module")
def browser(bench: Bench) -> Visit:
    """What Chromium saw of it."""
    return bench("browser.py")


def test_a_direct_reader_gets_the_full_rate(producer: Visit) -> None:
    assert producer.found["fps"] >= 29
    assert producer.found["longest_gap_ms"] < 200


def test_colours_arrive_within_four_levels(producer: Visit) -> None:
    raw = np.frombuffer((producer.out / "frame.i420").read_bytes(), np.uint8)
    picture = cv2.cvtColor(raw.reshape(720 * 3 // 2, 1280), cv2.COLOR_YUV2RGB_I420)
    assert colour_errors(np.asarray(picture, np.uint8)).max() <= COLOUR_BOUND


@pytest.mark.parametrize("call", [0, 1])
def test_a_producer_restarts_while_an_app_holds_the_camera(producer: Visit, call: int) -> None:
    assert producer.found["restart_fps"][call] >= 29


def test_a_second_producer_is_told_who_holds_the_camera(producer: Visit) -> None:
    code, said = producer.found["busy"]
    assert code == 3
    assert "vcam: camera is busy: another program feeds it. Held open by: python" in said


def test_the_doctor_knows_the_driver_and_sees_that_the_camera_is_busy(producer: Visit) -> None:
    lines = producer.found["doctor"]
    assert any(
        line.startswith("ok       camera driver          v4l2loopback 0.15") for line in lines
    )
    assert "ok       camera exclusive_caps  on" in lines
    busy = "missing  camera                 /dev/video0 (vcam) is busy, held by python"
    assert any(line.startswith(busy) for line in lines)


def test_an_unknown_device_is_told_the_nearest(producer: Visit) -> None:
    code, said = producer.found["strange"]
    assert code == 3
    assert "/dev/video7 does not exist; the nearest virtual camera is /dev/video0 (vcam)" in said


def test_another_size_is_refused_as_long_as_an_app_holds_the_camera(producer: Visit) -> None:
    code, said = producer.found["resized"]
    assert code == 3
    assert "camera is fixed to 1280x720 because an app still holds it open" in said
    assert producer.found["resized_without_reader"] == 130


def test_ctrl_c_ends_the_call_with_130(producer: Visit) -> None:
    code, said = producer.found["interrupted"]
    assert code == 130, said
    assert "Traceback" not in said


def test_chromium_lists_the_camera_and_shows_its_picture(browser: Visit) -> None:
    page = browser.found["page"]
    assert "error" not in page, page
    assert page["label"].startswith("vcam")
    assert page["size"] == [1280, 720]
    png = base64.b64decode(page["png"].partition(",")[2])
    (browser.out / "page.png").write_bytes(png)
    picture = read_picture(browser.out / "page.png")[..., :3]
    assert np.percentile(colour_errors(np.asarray(picture)), 95) <= COLOUR_BOUND


def test_chromium_shows_what_is_drawn_now(browser: Visit) -> None:
    """A burst begins every 2 s of the call: how far from it does the meter jump on the page?"""
    begun_ms, page = browser.found["begun_ms"], browser.found["page"]
    off_ms = [abs((t - begun_ms + 1000) % 2000 - 1000) for t in jumps(page["shown"])]
    assert len(off_ms) >= 4
    assert np.median(off_ms) < 500


def jumps(log: list[tuple[float, float]]) -> list[float]:
    """Return when the brightness rose by more than half of its range, in ms."""
    levels = [level for _, level in log]
    step = (np.percentile(levels, 95) - np.percentile(levels, 5)) / 2
    return [t for (_, before), (t, after) in pairwise(log) if after - before > step]


def colour_errors(picture: Image) -> NDArray[Any]:
    """Return how far even parts of the plate, outside the face region, are off: levels of 255."""
    identity = load_identity(load_profile("announcer3").profile.identity)
    plate = identity.plate[..., :3].astype(float)
    x, y, width, height = identity.card.face_box
    errors: list[float] = []
    for top in range(0, 720, BLOCK):
        for left in range(0, 1280, BLOCK):
            inside = x - BLOCK < left < x + width and y - BLOCK < top < y + height
            block = np.s_[top : top + BLOCK, left : left + BLOCK]
            if not inside and plate[block].std(axis=(0, 1)).max() < 3:
                wanted, found = plate[block].mean(axis=(0, 1)), picture[block].mean(axis=(0, 1))
                errors.append(np.abs(found - wanted).max())
    assert len(errors) > 50, "too little of the plate is even enough to compare"
    return np.array(errors)
