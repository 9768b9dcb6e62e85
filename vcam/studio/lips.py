"""How far the lips part, in the same unit on the head model and on a real speaker.

Aperture is the gap between the middles of the inner lips, width the distance between the outer
mouth corners, both over the distance between the outer eye corners. Blendshapes are linear, so on
the mean head each is a few products away from the weights.
"""

import numpy as np
from numpy.typing import NDArray

from vcam.media import Vector
from vcam.studio.assets import HeadAsset
from vcam.studio.landmarks import LANDMARKS_68
from vcam.studio.rig import ICT_FROM_ARKIT

CLOSED_APERTURE = 0.015
"""Lips touch below this: the mean head at rest measures 0.009, a real speaker's rest 0.004."""

Track = NDArray[np.float64]

_EYES = (36, 45)
_INNER_LIPS = (62, 66)
_CORNERS = (48, 54)


class MeanLips:
    """The lips of the model's mean head as linear functions of the weights."""

    def __init__(self, asset: HeadAsset) -> None:
        """Take what is needed from the head model and let the rest go."""
        eyes = asset.vertices[LANDMARKS_68[list(_EYES)]]
        self._eye_distance = float(np.linalg.norm(eyes[0] - eyes[1]))
        self._gap, self._gap_deltas = self._difference(asset, _INNER_LIPS)
        self._span, self._span_deltas = self._difference(asset, _CORNERS)

    def aperture(self, weights: Vector) -> Track:
        """Return the aperture (N,) for weights (N, 52); lips that press count as 0."""
        gap = self._gap[1] + weights @ self._gap_deltas[:, 1]
        return np.asarray(np.maximum(gap, 0.0) / self._eye_distance, np.float64)

    def width(self, weights: Vector) -> Track:
        """Return the mouth's width (N,) for weights (N, 52)."""
        span = self._span + weights @ self._span_deltas
        return np.asarray(np.linalg.norm(span, axis=1) / self._eye_distance, np.float64)

    @staticmethod
    def _difference(asset: HeadAsset, pair: tuple[int, int]) -> tuple[Track, Track]:
        """Return first minus second landmark: neutral (3,) and per ARKit weight (52, 3), in cm."""
        first, second = LANDMARKS_68[list(pair)]
        neutral = (asset.vertices[first] - asset.vertices[second]).astype(np.float64)
        deltas = asset.expression_deltas[:, first] - asset.expression_deltas[:, second]
        per_weight = ICT_FROM_ARKIT.T.astype(np.float64) @ deltas.astype(np.float64)
        return neutral, per_weight
