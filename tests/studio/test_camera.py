"""One camera for the plate and the face region."""

import numpy as np

from vcam.studio.camera import (
    EYE_CM,
    FACE_BOX,
    FOCUS_CM,
    PIXELS_PER_CM,
    PLATE,
    PLATE_HEIGHT,
    REGION,
    key_matrix,
    project,
    view_matrix,
)

POINTS = np.array([[0, 3, 8], [-6, 10, 2], [5, -8, 6]], np.float32)


def test_a_pixel_of_the_region_is_a_pixel_of_the_plate() -> None:
    region = project(POINTS, view_matrix(FACE_BOX), REGION)
    plate = project(POINTS, view_matrix(PLATE), PLATE_HEIGHT)
    plate[:, 0] *= PLATE.width / PLATE.height
    np.testing.assert_allclose(region[:, 0] + FACE_BOX.x, plate[:, 0], atol=0.01)
    np.testing.assert_allclose(region[:, 1] + FACE_BOX.y, plate[:, 1], atol=0.01)
    np.testing.assert_allclose(region[:, 2], plate[:, 2], atol=1e-5)


def test_a_centimetre_has_its_pixels_at_the_focus() -> None:
    pair = np.array([[0, 2, FOCUS_CM], [1, 2, FOCUS_CM]], np.float32)
    found = project(pair, view_matrix(FACE_BOX), REGION)
    assert abs(found[1, 0] - found[0, 0] - PIXELS_PER_CM) < 0.01


def test_the_announcers_left_is_the_pictures_right() -> None:
    found = project(np.array([[5, 0, 0], [-5, 0, 0]], np.float32), view_matrix(FACE_BOX), REGION)
    assert found[0, 0] > found[1, 0]


def test_nearer_is_less_deep_for_the_camera_and_for_the_key() -> None:
    pair = np.array([[0, 0, 10], [0, 0, 0]], np.float32)
    for matrix in (view_matrix(FACE_BOX), key_matrix((0.0, 0.0, 1.0))):
        found = project(pair, matrix, REGION)
        assert 0 < found[0, 2] < found[1, 2] < 1
    assert EYE_CM[2] > 100
