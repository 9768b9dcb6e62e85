"""The one camera: a plate of 1280x720, and the 512x512 face region cut out of the same picture."""

from dataclasses import dataclass

import numpy as np

from vcam.studio.arrays import Floats, f32

PLATE_WIDTH, PLATE_HEIGHT = 1280, 720
REGION = 512
"""Side of the face region in plate pixels."""
EYE_CM = np.array([0.0, 2.0, 150.0], np.float32)
FOCUS_CM = 6.0
"""Depth (z) at which `PIXELS_PER_CM` holds."""
PIXELS_PER_CM = 13.4
NEAR_CM, FAR_CM = 90.0, 230.0


@dataclass(frozen=True)
class Window:
    """A rectangle of the plate, in plate pixels."""

    x: int
    y: int
    width: int
    height: int


PLATE = Window(0, 0, PLATE_WIDTH, PLATE_HEIGHT)
CENTRE_Y_PX = 300
"""Row of the plate in which the camera looks straight ahead."""
FACE_BOX = Window((PLATE_WIDTH - REGION) // 2, 22, REGION, REGION)
"""Covers the head, its hair and the moving neck in every pose of the announcers' range."""


def view_matrix(window: Window) -> Floats:
    """Return the matrix (4, 4) from centimetres to clip space for a window of the plate.

    Windows of the one plate share the camera, so that their pixels agree where they overlap.
    """
    distance = EYE_CM[2] - FOCUS_CM
    scale = NEAR_CM / (distance * PIXELS_PER_CM)
    left = (window.x - PLATE_WIDTH / 2) * scale
    right = (window.x + window.width - PLATE_WIDTH / 2) * scale
    top = (CENTRE_Y_PX - window.y) * scale
    bottom = (CENTRE_Y_PX - window.y - window.height) * scale
    near, far = NEAR_CM, FAR_CM
    frustum = np.array(
        [
            [2 * near / (right - left), 0, (right + left) / (right - left), 0],
            [0, 2 * near / (top - bottom), (top + bottom) / (top - bottom), 0],
            [0, 0, -(far + near) / (far - near), -2 * far * near / (far - near)],
            [0, 0, -1, 0],
        ]
    )
    moved = np.eye(4)
    moved[:3, 3] = -EYE_CM
    return f32(frustum @ moved)


def key_matrix(direction: tuple[float, float, float]) -> Floats:
    """Return the orthographic matrix (4, 4) of the key light's shadow map."""
    forward = -np.array(direction, np.float64) / np.linalg.norm(direction)
    side = np.cross(forward, [0.0, 1.0, 0.0])
    side /= np.linalg.norm(side)
    up = np.cross(side, forward)
    middle = np.array([0.0, -5.0, 1.0])
    matrix = np.eye(4)
    for row, (axis, reach) in enumerate(((side, 30.0), (up, 30.0), (forward, 45.0))):
        matrix[row, :3] = axis / reach
        matrix[row, 3] = -(axis @ middle) / reach
    return matrix.astype(np.float32)


def project(points: Floats, matrix: Floats, size: int) -> Floats:
    """Return x, y in pixels (top left is 0, 0) and depth in 0..1 of points (n, 3), as (n, 3)."""
    clip = np.hstack([points, np.ones((len(points), 1), np.float32)]) @ matrix.T
    ndc = clip[:, :3] / clip[:, 3:]
    x, y = (ndc[:, 0] + 1) / 2 * size, (1 - ndc[:, 1]) / 2 * size
    return np.stack([x, y, (ndc[:, 2] + 1) / 2], 1).astype(np.float32)
