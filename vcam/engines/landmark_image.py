"""The landmark image of APB2Face (section 4): what its reenactor sees. Drawn alike in training."""

import cv2
import numpy as np
from numpy.typing import NDArray

from vcam.media import Image, Vector

CROP = 256
"""Landmarks are pixels of a crop of this side; pictures of other sizes scale them."""


def draw_landmarks(landmarks: Vector, side: int) -> NDArray[np.float32]:
    """Draw landmarks (2 * N,), x and y interleaved, as discs of 1 on 0: (side, side).

    The text plots points. Its code learns from single pixels behind JPEG but is tested with discs
    of four pixels at 256; here both are discs of that size, with positions to 1/16 pixel, so that
    small motion is seen.
    """
    points = landmarks.reshape(-1, 2) * (side / CROP)
    drawing: Image = np.zeros((side, side), np.uint8)
    fine, radius = 4, side / 128  # 4 bits of fraction
    for x, y in np.round(points * 2**fine).astype(int).tolist():
        cv2.circle(drawing, (x, y), round(radius * 2**fine), 255, -1, cv2.LINE_AA, fine)
    return drawing.astype(np.float32) / 255.0


def face_mask(landmarks: Vector, side: int) -> NDArray[np.float32]:
    """Return the mask of the face (side, side): 1 in the landmarks' hull, grown to cover the face.

    Equation 6's mask loss counts these pixels once more. The text grows it "to cover the face";
    the forehead lies above the brows, so here by 1/12 of the side.
    """
    points = np.round(landmarks.reshape(-1, 2) * (side / CROP)).astype(np.int32)
    mask: Image = np.zeros((side, side), np.uint8)
    cv2.fillConvexPoly(mask, cv2.convexHull(points), 1)
    reach = 2 * round(side / 12) + 1
    return cv2.dilate(mask, np.ones((reach, reach), np.uint8)).astype(np.float32)
