"""Errors of landmarks, pose and blinks have the answers that a moved face gives."""

import numpy as np
import pytest
from numpy.typing import NDArray

from vcam.evaluation import geometry

BESIDE = np.array([3.0, 4.0])


def faces(count: int = 20) -> NDArray[np.float64]:
    """Return landmarks (N, 68, 2) of a face at rest, with eyes and mouth of known size."""
    points = np.random.default_rng(0).uniform(60, 200, (68, 2))
    for eye, x in ((geometry.EYES[0], 90), (geometry.EYES[1], 150)):
        points[eye] = [(x, 100), (x + 6, 96), (x + 14, 96), (x + 20, 100), (x + 14, 104),
                       (x + 6, 104)]  # fmt: skip
    points[62], points[66] = (125, 160), (125, 168)
    return np.repeat(points[None], count, 0)


def test_a_face_moved_by_3_and_4_is_off_by_5_pixels() -> None:
    truth = faces()
    assert geometry.landmark_error(truth + BESIDE, truth) == pytest.approx(5.0)
    assert geometry.blink_error(truth + BESIDE, truth) == pytest.approx(0.0)


def test_a_wrong_mouth_is_an_error_of_the_mouth() -> None:
    truth, drawn = faces(), faces()
    drawn[:, geometry.MOUTH] += (0, 2)
    assert geometry.mouth_error(drawn, truth) == pytest.approx(2.0)
    assert geometry.landmark_error(drawn, truth) == pytest.approx(2.0 * 20 / 68)


def test_frames_without_a_face_count_only_for_the_detection_rate() -> None:
    truth, drawn = faces(10), faces(10) + BESIDE
    drawn[:3] = np.nan
    assert geometry.detection_rate(drawn) == pytest.approx(0.7)
    assert geometry.landmark_error(drawn, truth) == pytest.approx(5.0)
    assert np.isnan(geometry.landmark_error(np.full_like(truth, np.nan), truth))


def test_openness_is_height_over_width() -> None:
    assert geometry.eye_openness(faces(1))[0].tolist() == pytest.approx([0.4, 0.4])
    shut = faces(4)
    shut[:, geometry.EYES[0], 1] = 100
    assert geometry.blink_error(shut, faces(4)) == pytest.approx(0.2)


def test_pose_error_is_the_mean_over_angles() -> None:
    truth = np.zeros((5, 3))
    assert geometry.pose_error(truth + np.array([0.03, 0.0, -0.03]), truth) == pytest.approx(0.02)


def test_the_opening_of_the_mouth_is_the_studios_aperture() -> None:
    assert geometry.mouth_opening(faces(2)).tolist() == pytest.approx([8 / 80] * 2)


def test_jitter_is_0_in_steady_motion_and_grows_with_trembling() -> None:
    steady = faces(50) + np.arange(50)[:, None, None] * (0.5, -0.2)
    assert geometry.jitter(steady) == pytest.approx(0.0, abs=1e-9)
    trembling = steady + (np.arange(50) % 2)[:, None, None] * (1.0, 0.0)
    assert geometry.jitter(trembling) == pytest.approx(2.0)
