"""The skull that hair grows on: where its surface is, and directions over it."""

import numpy as np
from scipy.spatial import cKDTree

from vcam.studio.arrays import Floats, Ints, f32, unit
from vcam.studio.head import SKIN
from vcam.studio.mesh import NormalMaker

CENTRE_CM = np.array([0.0, 4.5, -1.0], np.float32)


class Skull:
    """A head at rest without its ears, asked for nearest surface points, many at a time."""

    def __init__(self, rest: Floats, faces: Ints) -> None:
        """`faces` are the skin's triangles without sockets."""
        points = rest[SKIN]
        normals = NormalMaker(faces, SKIN.stop)(points)
        wide = np.abs(points[:, 0]) > 7.15
        ear = wide & (np.abs(points[:, 1] - 1.5) < 5.5) & (np.abs(points[:, 2]) < 5.0)
        used = np.unique(faces)
        used = used[~ear[used]]
        self._points = points[used]
        self._normals = normals[used]
        self._tree = cKDTree(self._points)
        self.rest = rest
        self.faces = faces

    def height(self, points: Floats) -> tuple[Floats, Floats]:
        """Return the height of points (n, 3) above the skin (n,), and the skin's normals (n, 3)."""
        distance, nearest = self._tree.query(points, k=6, workers=1)
        weight = 1.0 / (distance + 0.05)
        weight /= weight.sum(1, keepdims=True)
        normal = unit((self._normals[nearest] * weight[..., None]).sum(1))
        foot = (self._points[nearest] * weight[..., None]).sum(1)
        return f32(((points - foot) * normal).sum(1)), normal


def polar(points: Floats) -> tuple[Floats, Floats]:
    """Return azimuth from the front (0..180, both sides alike) and elevation of points, degrees."""
    x, y, z = (points - CENTRE_CM).T
    azimuth = np.rad2deg(np.arctan2(np.abs(x), z))
    elevation = np.rad2deg(np.arctan2(y, np.hypot(x, z)))
    return azimuth.astype(np.float32), elevation.astype(np.float32)
