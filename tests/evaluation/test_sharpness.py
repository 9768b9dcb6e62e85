"""CPBD falls as a picture is blurred."""

import cv2
import numpy as np
import pytest

from vcam.evaluation.sharpness import cpbd, edge_width
from vcam.media import Image


def stripes(side: int = 256) -> Image:
    """Return a picture of sharp stripes of many widths."""
    x = np.arange(side)
    row = np.where(np.sin(0.0008 * x * x) > 0, 220, 30).astype(np.uint8)
    return np.repeat(np.repeat(row[None, :, None], side, 0), 3, 2)


def test_sharp_edges_are_sharp() -> None:
    assert cpbd(stripes()) > 0.95


def test_every_step_of_blur_is_seen() -> None:
    blurred = [cv2.GaussianBlur(stripes(), (0, 0), sigma) for sigma in (0.3, 0.5, 0.8, 2.0)]
    found = [cpbd(np.asarray(picture, np.uint8)) for picture in blurred]
    assert found == sorted(found, reverse=True)
    assert found[0] > 0.5 > found[-1]


def test_a_picture_without_edges_has_nothing_blurred() -> None:
    assert cpbd(np.full((128, 128, 3), 90, np.uint8)) == 1.0


@pytest.mark.parametrize("turn", [1, -1])
def test_the_width_of_a_ramp_is_its_length(turn: int) -> None:
    row = np.array([10] * 5 + [40, 70, 100, 130] + [160] * 5, np.uint8)[::turn]
    assert edge_width(row, 7 if turn == 1 else 6) == 5
