"""PSNR and SSIM have the answers that their definitions give."""

import numpy as np
import pytest

from vcam.media import Image
from vcam.similarity import Box, boxes_of, compare, psnr_db, ssim, ssim_map


def noise(side: int, seed: int = 0) -> Image:
    """Return a random picture."""
    return np.random.default_rng(seed).integers(0, 256, (side, side, 3)).astype(np.uint8)


def test_equal_pictures_are_equal() -> None:
    picture = noise(40)
    assert psnr_db(picture, picture) == float("inf")
    assert ssim(picture, picture) == pytest.approx(1.0)


def test_psnr_of_one_grey_level_is_48_db() -> None:
    grey = np.full((20, 20, 3), 100, np.uint8)
    assert psnr_db(grey, grey + 1) == pytest.approx(48.131, abs=1e-3)


def test_ssim_of_flat_pictures_compares_their_brightness() -> None:
    a, b = 0.2, 0.6
    flat = [np.full((41, 41, 3), round(255 * v), np.uint8) for v in (a, b)]
    expected = (2 * a * b + 1e-4) / (a * a + b * b + 1e-4)
    assert ssim_map(*flat)[20, 20] == pytest.approx(expected, abs=1e-6)


def test_ssim_is_that_of_the_definition_written_out() -> None:
    a, b = noise(15, 1), noise(15, 2)
    b[4:9] = a[4:9]
    tap = np.exp(-((np.arange(11) - 5.0) ** 2) / (2 * 1.5**2))
    window = np.outer(tap, tap)[..., None] / tap.sum() ** 2
    x, y = a[2:13, 2:13] / 255.0, b[2:13, 2:13] / 255.0
    mean_x, mean_y = (window * x).sum((0, 1)), (window * y).sum((0, 1))
    var_x, var_y = ((window * (v - m) ** 2).sum((0, 1)) for v, m in ((x, mean_x), (y, mean_y)))
    both = (window * (x - mean_x) * (y - mean_y)).sum((0, 1))
    above = (2 * mean_x * mean_y + 0.01**2) * (2 * both + 0.03**2)
    below = (mean_x**2 + mean_y**2 + 0.01**2) * (var_x + var_y + 0.03**2)
    assert ssim_map(a, b)[7, 7] == pytest.approx(float((above / below).mean()), abs=1e-9)


def test_ssim_agrees_with_scikit_image() -> None:
    metrics = pytest.importorskip("skimage.metrics")
    a, b = noise(64, 1), noise(64, 2)
    b[10:40] = a[10:40]
    _, theirs = metrics.structural_similarity(
        a, b, channel_axis=2, gaussian_weights=True, sigma=1.5, win_size=11, data_range=255,
        use_sample_covariance=False, full=True,
    )  # fmt: skip
    inside = slice(6, -6)
    assert np.abs(theirs.mean(2) - ssim_map(a, b))[inside, inside].max() < 1e-6


def test_a_wrong_mouth_shows_in_its_box_alone() -> None:
    truth = noise(64)
    wrong = truth.copy()
    wrong[40:50, 20:40] = 0
    boxes = {"mouth": Box(40, 50, 20, 40), "eyes": Box(5, 20, 10, 50)}
    found = compare(wrong, truth, boxes)
    assert found["ssim_eyes"] == pytest.approx(1.0)
    assert found["psnr_db_eyes"] == float("inf")
    assert found["ssim_mouth"] < 0.3 < found["ssim"] < 1.0


def test_boxes_hold_their_landmarks_and_stay_in_the_picture() -> None:
    points = np.random.default_rng(0).uniform(2, 254, (68, 2)).astype(np.float32)
    boxes = boxes_of(points, 256)
    for name, part in (("face", points), ("mouth", points[48:]), ("eyes", points[36:48])):
        box = boxes[name]
        assert box.left <= part[:, 0].min()
        assert part[:, 0].max() <= box.right <= 256
        assert 0 <= box.top <= part[:, 1].min()
        assert part[:, 1].max() <= box.bottom <= 256
