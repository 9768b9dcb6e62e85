"""A head model of 24 points that opens, closes and rounds its mouth, for tests without assets."""

import numpy as np

from vcam.studio.assets import HeadAsset
from vcam.studio.landmarks import LANDMARKS_68
from vcam.studio.rig import ICT_INDEX, ICT_NAMES

_VERTICES = 7000


def small_head() -> HeadAsset:
    """Return a head whose lips part by jawOpen and meet by mouthClose; its eyes are 10 cm apart."""
    vertices = np.zeros((_VERTICES, 3), np.float32)
    vertices[LANDMARKS_68[36], 0], vertices[LANDMARKS_68[45], 0] = -5.0, 5.0
    vertices[LANDMARKS_68[62], 1] = 0.1
    vertices[LANDMARKS_68[48], 0], vertices[LANDMARKS_68[54], 0] = -2.5, 2.5
    deltas = np.zeros((len(ICT_NAMES), _VERTICES, 3), np.float16)
    deltas[ICT_INDEX["jawOpen"], LANDMARKS_68[66], 1] = -3.0
    deltas[ICT_INDEX["mouthClose"], LANDMARKS_68[66], 1] = 3.0
    deltas[ICT_INDEX["mouthPucker"], LANDMARKS_68[48], 0] = 1.0
    deltas[ICT_INDEX["mouthPucker"], LANDMARKS_68[54], 0] = -1.0
    empty = np.zeros((0, 4), np.int32)
    return HeadAsset(
        vertices, empty, empty, np.zeros((0, 2), np.float32), deltas, ICT_NAMES,
        np.zeros((0, _VERTICES, 3), np.float16),
    )  # fmt: skip
