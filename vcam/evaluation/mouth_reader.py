"""How far a mouth is open in a picture: one linear reading for each announcer.

Aperture is the gap of the inner lips over the distance of the outer eye corners, as in
`vcam.studio.lips`. The studio's labels say it of its own pictures; of a picture that an engine drew
nobody does, so it is read from the pixels of the mouth, by ridge regression on the training frames
(measured on held-out true frames of announcers 3 and 4: r .987-.998, mean error .003-.006, where
lips touch below .015).
"""

from dataclasses import dataclass

import cv2
import numpy as np

from vcam.errors import InputError
from vcam.evaluation.geometry import mouth_opening
from vcam.media import Image, Vector
from vcam.studio.frames import FrameStore
from vcam.training.face_frames import shrink

_EYES = (36, 45)
_WIDTH, _HEIGHT = 28, 20
"""Pixels of the patch that is read; a millimetre or two each."""
_SPAN = (0.76, 0.55)
"""Its width and height, over the distance of the outer eye corners."""
_BELOW = 0.29
"""Its middle lies so far below the nose, likewise."""
_NOSE = 33
_RIDGE = 1.0
_TURN_RAD = 0.2
"""Heads that turn further than any in a call are not learned from."""
_LEAST = 20


@dataclass(frozen=True)
class MouthReader:
    """Reads the aperture of one announcer's pictures."""

    middle: Vector
    """The mean patch, (pixels,)"""
    weights: Vector
    aperture: float
    """The mean aperture."""

    def read(self, picture: Image, landmarks: Vector) -> float:
        """Return the aperture of RGB `picture`; of landmarks (68, 2) only eyes and nose count."""
        return self.aperture + float((_patch(picture, landmarks) - self.middle) @ self.weights)


def learn_to_read(training: FrameStore, side: int) -> MouthReader:
    """Fit a reader to an announcer's training frames, at the size `side` of what it shall read.

    Raises:
        InputError: too few frames look ahead.
    """
    labels = training.labels
    ahead = np.flatnonzero(np.abs(labels.pose).max(1) < _TURN_RAD)
    if len(ahead) < _LEAST:
        raise InputError(
            f"'{training.folder}': {len(ahead)} frames that look ahead; wanted {_LEAST} to learn "
            "how an open mouth looks; render more: run_vcam.py studio render"
        )
    landmarks = labels.landmarks68[ahead] * np.float32(side / int(training.card["size"]))
    patches = np.stack(
        [
            _patch(shrink(training.colour(int(index)), side), points)
            for index, points in zip(ahead, landmarks, strict=True)
        ]
    )
    true, middle = mouth_opening(landmarks).astype(np.float64), patches.mean(0)
    apart = patches - middle
    shares = np.linalg.solve(apart @ apart.T + _RIDGE * np.eye(len(apart)), true - true.mean())
    return MouthReader(middle, np.asarray(apart.T @ shares, np.float32), float(true.mean()))


def _patch(picture: Image, landmarks: Vector) -> Vector:
    """Return the pixels of the mouth, 0..1, upright and of one scale whatever the head does."""
    right, left = landmarks[_EYES[0]], landmarks[_EYES[1]]
    scale = float(np.linalg.norm(left - right))
    along = (left - right) / scale
    down = np.array([-along[1], along[0]])
    steps = np.array([_SPAN[0] * scale / _WIDTH, _SPAN[1] * scale / _HEIGHT])
    turn = np.stack([along, down], 1) * steps
    corner = landmarks[_NOSE] + down * (_BELOW * scale)
    corner = corner - turn @ np.array([(_WIDTH - 1) / 2, (_HEIGHT - 1) / 2])
    grain = max(1, int(steps[0]))
    found = cv2.warpAffine(
        cv2.blur(picture, (grain, grain)),
        np.column_stack([turn, corner]).astype(np.float32),
        (_WIDTH, _HEIGHT),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(found.ravel() / np.float32(255), np.float32)
