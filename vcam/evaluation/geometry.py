"""How far a drawn face is from what was asked: landmarks, pose, blinks, detection, steadiness.

Landmarks are (N, 68, 2), one row for each frame, in pixels of a 256x256 face region; a frame in
which the detector found no face is a row of NaN and counts only for the detection rate. Errors are
comparable only where the same detector, or the same exact labels, measured both sides.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]

MOUTH = slice(48, 68)
EYES = (slice(36, 42), slice(42, 48))
"""The announcer's right and left eye in the order of the 68 points."""
BRIDGE = slice(27, 31)
"""The bridge of the nose: no expression moves it."""


def detection_rate(landmarks: Floats) -> float:
    """Return the share of frames in which a face was found (DR)."""
    return float(_found(landmarks).mean())


def landmark_error(landmarks: Floats, truth: Floats) -> float:
    """Return the mean distance in pixels of all points (AKD; APB2Face's ALE)."""
    return _mean(np.linalg.norm(landmarks - truth, axis=-1))


def mouth_error(landmarks: Floats, truth: Floats) -> float:
    """Return the mean distance in pixels of the 20 points of the mouth (AKD-M)."""
    return landmark_error(landmarks[:, MOUTH], truth[:, MOUTH])


def pose_error(pose: Floats, truth: Floats) -> float:
    """Return the mean absolute error in radians of yaw, pitch and roll (N, 3) (APE)."""
    return _mean(np.abs(pose - truth))


def eye_openness(landmarks: Floats) -> Floats:
    """Return height / width of each eye (N, 2), right and left: APB2Face's measure of blinks."""
    found = []
    for eye in EYES:
        points = landmarks[:, eye]
        width = np.linalg.norm(points[:, 0] - points[:, 3], axis=-1)
        upper, lower = points[:, 1:3].mean(axis=1), points[:, 4:6].mean(axis=1)
        found.append(np.linalg.norm(upper - lower, axis=-1) / np.maximum(width, 1e-6))
    return np.stack(found, axis=-1)


def blink_error(landmarks: Floats, truth: Floats) -> float:
    """Return the mean absolute error of the eyes' height / width (ABE)."""
    return _mean(np.abs(eye_openness(landmarks) - eye_openness(truth)))


def mouth_opening(landmarks: Floats) -> Floats:
    """Return the aperture of the mouth (N,), as `vcam.studio.lips` defines it."""
    gap = np.linalg.norm(landmarks[:, 66] - landmarks[:, 62], axis=-1)
    eyes = np.linalg.norm(landmarks[:, 45] - landmarks[:, 36], axis=-1)
    return np.asarray(gap / np.maximum(eyes, 1e-6))


def jitter(landmarks: Floats) -> float:
    """Return the mean second difference in pixels of points that should rest (the nose's bridge).

    Meaningful where the controls rest, or against the same figure of the truth.
    """
    bend = np.diff(landmarks[:, BRIDGE], n=2, axis=0)
    return _mean(np.linalg.norm(bend, axis=-1))


def _found(landmarks: Floats) -> NDArray[np.bool_]:
    """Return which frames have a face, (N,)."""
    return np.asarray(np.isfinite(landmarks).all(axis=(1, 2)))


def _mean(values: Floats) -> float:
    """Return the mean of what is known; NaN where nothing is."""
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else float("nan")
