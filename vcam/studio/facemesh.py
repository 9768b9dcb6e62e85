"""The 478 points of the MediaPipe face mesh, bound to the head model."""

from dataclasses import dataclass

import numpy as np

from vcam.studio.arrays import Floats, Ints, f32


@dataclass(frozen=True)
class FaceMesh:
    """Each point as a weighted sum of three vertices of the head model."""

    corners: Ints
    """(478, 3)"""
    weights: Floats
    """(478, 3)"""

    def points(self, vertices: Floats) -> Floats:
        """Return the points (478, 3) on vertices (26719, 3)."""
        return f32((vertices[self.corners] * self.weights[..., None]).sum(1))


def load_facemesh() -> FaceMesh:
    """Return the binding."""
    corners = np.zeros((478, 3), np.int32)
    return FaceMesh(corners, np.full((478, 3), 1 / 3, np.float32))
