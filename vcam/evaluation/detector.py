"""The landmark detector of the papers' measures: MediaPipe where it is installed, else none.

The papers used Face++ and FAN, which cannot be had offline. Nothing stands in for a detector that
is missing: figures that need one are then "not available".
"""

import os
from importlib import import_module
from importlib.metadata import version
from typing import Any, Protocol

import cv2
import numpy as np

from vcam.media import Image, Vector
from vcam.studio.facemesh import SHARED_68

SIDE = 256
"""Landmarks are pixels of a face region of this side; pictures of others are scaled to it."""
_CONFIDENCE = 0.5


class Detector(Protocol):
    """Finds the 68 landmarks of one face."""

    @property
    def name(self) -> str:
        """What it is, with its version."""
        ...

    def find(self, picture: Image) -> Vector:
        """Return landmarks (68, 2) of uint8 RGB (S, S, 3) in pixels of SIDE; NaN: no face."""
        ...


class MediaPipe:
    """MediaPipe's face mesh, each picture for itself."""

    def __init__(self, package: Any) -> None:
        self.name = f"MediaPipe {version('mediapipe')}, face mesh"
        self._mesh = package.solutions.face_mesh.FaceMesh(
            static_image_mode=True,
            max_num_faces=1,
            refine_landmarks=True,
            min_detection_confidence=_CONFIDENCE,
        )

    def find(self, picture: Image) -> Vector:
        """Return the landmarks; see `Detector`."""
        large = cv2.resize(picture, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
        faces = self._mesh.process(large).multi_face_landmarks
        if not faces:
            return np.full((68, 2), np.nan, np.float32)
        points = np.array([(p.x, p.y) for p in faces[0].landmark], np.float32)
        return points[SHARED_68] * np.float32(SIDE)


def open_detector() -> Detector | None:
    """Return the detector, or None where MediaPipe is not installed or ships no models."""
    os.environ.setdefault("GLOG_minloglevel", "2")
    try:
        return MediaPipe(import_module("mediapipe"))
    except (ImportError, AttributeError):
        return None


def find_all(detector: Detector | None, pictures: list[Image]) -> Vector:
    """Return landmarks (N, 68, 2) of pictures; all NaN without a detector."""
    if detector is None:
        return np.full((len(pictures), 68, 2), np.nan, np.float32)
    return np.array([detector.find(picture) for picture in pictures], np.float32)
