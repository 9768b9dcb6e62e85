"""Where the mouth is, as tensors: landmarks and the gap between the lips on the mean head.

Blendshapes are linear, so all of it is a product with the 15 speech shapes. Lengths over the
distance between the outer eye corners, as in `vcam.studio.lips`.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from vcam.arkit import ARKIT_INDEX
from vcam.nets.fuser import SPEECH_SHAPES
from vcam.studio.assets import HeadAsset
from vcam.studio.landmarks import LANDMARKS_68
from vcam.studio.rig import ICT_FROM_ARKIT

_EYES = (36, 45)
_INNER_LIPS = (62, 66)
_CORNERS = (54, 48)
_MOVED = tuple(range(4, 13)) + tuple(range(48, 68))
"""Jaw and mouth: the landmarks that speech moves."""


class Lips(nn.Module):
    """The mean head's mouth, for losses."""

    deltas: Tensor
    gap: Tensor
    gap_rest: Tensor
    span: Tensor

    def __init__(self, asset: HeadAsset) -> None:
        super().__init__()
        vertices = asset.vertices[LANDMARKS_68].astype(np.float64)
        eyes = float(np.linalg.norm(vertices[_EYES[0]] - vertices[_EYES[1]]))
        ict = asset.expression_deltas[:, LANDMARKS_68].astype(np.float64) / eyes  # (57, 68, 3)
        deltas = np.einsum("is,ilc->slc", ICT_FROM_ARKIT @ _arkit_of_speech(), ict)
        upper, lower = _INNER_LIPS
        self.register_buffer("deltas", _float(deltas[:, _MOVED].reshape(len(SPEECH_SHAPES), -1)))
        self.register_buffer("gap", _float(deltas[:, upper, 1] - deltas[:, lower, 1]))
        left, right = _CORNERS
        self.register_buffer("span", _float(deltas[:, left, 0] - deltas[:, right, 0]))
        rest = (vertices[upper, 1] - vertices[lower, 1]) / eyes
        self.register_buffer("gap_rest", _float(np.array(rest)))

    def landmarks(self, shapes: Tensor) -> Tensor:
        """Return how far (..., 87) jaw and mouth landmarks are moved by shapes (..., 15)."""
        return shapes @ self.deltas

    def aperture(self, shapes: Tensor) -> Tensor:
        """Return the gap between the inner lips (...); negative where they press."""
        return shapes @ self.gap + self.gap_rest

    def width(self, shapes: Tensor) -> Tensor:
        """Return by how much (...) the mouth is wider than at rest."""
        return shapes @ self.span


def _arkit_of_speech() -> NDArray[np.float64]:
    """Return (52, 15): what one speech shape sets."""
    placing = np.zeros((len(ARKIT_INDEX), len(SPEECH_SHAPES)))
    for column, name in enumerate(SPEECH_SHAPES):
        for full in (name,) if name in ARKIT_INDEX else (f"{name}Left", f"{name}Right"):
            placing[ARKIT_INDEX[full], column] = 1.0
    return placing


def _float(array: NDArray[np.float64]) -> Tensor:
    return torch.from_numpy(np.asarray(array, np.float32))
