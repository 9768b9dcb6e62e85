"""Which way a head looks, from its landmarks: the announcer's own head fitted to stiff points."""

import cv2
import numpy as np

from vcam.evaluation.detector import SIDE
from vcam.media import Vector
from vcam.studio.camera import CENTRE_Y_PX, EYE_CM, FACE_BOX, FOCUS_CM, PIXELS_PER_CM, PLATE_WIDTH

STIFF = (*range(27, 36), 36, 39, 42, 45)
"""Nose and corners of the eyes: no expression moves them much."""

_SCALE = SIDE / FACE_BOX.width
_FOCUS_PX = float(EYE_CM[2] - FOCUS_CM) * PIXELS_PER_CM * _SCALE
_MIDDLE_PX = ((PLATE_WIDTH / 2 - FACE_BOX.x) * _SCALE, (CENTRE_Y_PX - FACE_BOX.y) * _SCALE)
_CAMERA = np.array([[_FOCUS_PX, 0, _MIDDLE_PX[0]], [0, _FOCUS_PX, _MIDDLE_PX[1]], [0, 0, 1]])
_FLIP = np.diag([1.0, -1.0, -1.0])  # the picture's y runs down, and its z away from us


def fit_pose(landmarks: Vector, head: Vector) -> Vector:
    """Return yaw, pitch, roll (N, 3) in radians of landmarks (N, 68, 2) in pixels of SIDE.

    `head` are the landmarks (68, 3) in cm of the announcer at rest. Rows without a face are NaN.
    Landmarks of another detector shift the result; compare what the same one has found.
    """
    found = np.full((len(landmarks), 3), np.nan, np.float32)
    for row, points in zip(found, landmarks, strict=True):
        if np.isfinite(points).all():
            row[:] = _fit(points[list(STIFF)].astype(np.float64), head[list(STIFF)])
    return found


def _fit(points: Vector, head: Vector) -> tuple[float, float, float]:
    start = np.array([np.pi, 0.0, 0.0]), np.array([0.0, 0.0, float(EYE_CM[2])])
    _, turn, _ = cv2.solvePnP(
        head.astype(np.float64), points, _CAMERA, None, start[0], start[1], True
    )
    matrix = _FLIP @ cv2.Rodrigues(turn)[0]
    # The order of `vcam.studio.pose.turn_of`: about y, then x, then z.
    yaw = np.arctan2(matrix[0, 2], matrix[2, 2])
    pitch = np.arcsin(np.clip(-matrix[1, 2], -1.0, 1.0))
    roll = np.arctan2(-matrix[1, 0], matrix[1, 1])
    return float(yaw), float(pitch), float(roll)
