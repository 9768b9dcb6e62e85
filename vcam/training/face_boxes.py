"""Where face, mouth and eyes lie in a frame: for weights of the loss and for figures.

Left and right are the announcer's own: of the 68 landmarks 36 .. 41 are the right eye.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vcam.media import Vector

Boxes = NDArray[np.int64]
"""(N, 4): left, top, right, bottom in pixels, the last two excluded."""


@dataclass(frozen=True)
class FaceBoxes:
    """The boxes of N frames."""

    face: Boxes
    mouth: Boxes
    left_eye: Boxes
    right_eye: Boxes


def face_boxes(landmarks: Vector, side: int) -> FaceBoxes:
    """Return boxes for landmarks (N, 68, 2) in pixels of pictures `side` x `side`."""
    low, high = landmarks.min(1), landmarks.max(1)
    size = high - low
    face = np.concatenate([low - size * [0.08, 0.30], high + size * [0.08, 0.06]], 1)
    return FaceBoxes(
        _within(face, side),
        _within(_around(landmarks[:, 48:60], 0.25, 1.5, 0.55), side),
        _within(_around(landmarks[:, 42:48], 0.25, 0.0, 0.7), side),
        _within(_around(landmarks[:, 36:42], 0.25, 0.0, 0.7), side),
    )


def _around(points: Vector, beside: float, above: float, least: float) -> Vector:
    """Return boxes (N, 4) round points (N, P, 2), wider by `beside` of their width on each side.

    As high as `above` times the points are, but at least `least` times the box's points' width.
    """
    low, high = points.min(1), points.max(1)
    width, height = (high - low).T
    half = np.maximum(height * above, width * least) / 2
    middle = (low[:, 1] + high[:, 1]) / 2
    left, right = low[:, 0] - width * beside, high[:, 0] + width * beside
    return np.stack([left, middle - half, right, middle + half], 1)


def _within(boxes: Vector, side: int) -> Boxes:
    whole = np.concatenate([np.floor(boxes[:, :2]), np.ceil(boxes[:, 2:])], 1)
    return np.asarray(np.clip(whole, 0, side), np.int64)
