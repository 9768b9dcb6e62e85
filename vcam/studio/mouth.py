"""Teeth that stay behind the lips, and a tongue that rises for L, N and TH."""

import numpy as np

from vcam.arkit import ARKIT_INDEX
from vcam.media import Vector
from vcam.studio.arrays import Floats, Ints
from vcam.studio.assets import HeadAsset
from vcam.studio.landmarks import LANDMARKS_68
from vcam.studio.mesh import islands, triangles

GUMS_AND_TONGUE = slice(14062, 17039)
TEETH = slice(17039, 21451)
GUM_QUADS = slice(14034, 17006)
TONGUE_UVS = np.array([[2.70, 0.22], [2.83, 0.62]], np.float32)
"""A point on each of the tongue's two UV islands, upper side and under side."""
ARCH_SCALE = 0.91
"""The scanned arch is a little wide: at a wide-open mouth a tooth came through the lip corner."""
CORNER_GAP_CM = 0.42


class Mouth:
    """The inner mouth of one identity."""

    def __init__(self, rest: Floats, asset: HeadAsset) -> None:
        """`rest` are the identity's neutral vertices (26719, 3)."""
        self.tongue = _find_tongue(asset)
        self._arch = np.setdiff1d(np.arange(GUMS_AND_TONGUE.start, TEETH.stop), self.tongue)
        points = rest[self.tongue]
        back, tip = points[:, 2].min(), points[:, 2].max()
        # 0 at the root .. 1 at the tip
        self._along = ((points[:, 2] - back) / (tip - back)).astype(np.float32)
        self._arch_back = float(rest[TEETH][:, 2].min())

    def settle(self, moved: Floats, expression: Vector) -> None:
        """Place teeth and tongue in the moved head (26719, 3) in place."""
        arch = moved[self._arch]
        arch[:, 0] *= ARCH_SCALE
        arch[:, 2] = self._arch_back + (arch[:, 2] - self._arch_back) * 0.97
        corners = moved[LANDMARKS_68[[48, 54]]]
        # Beside and before the corners of the lips no tooth may stand further out than they do.
        reach = np.abs(corners[:, 0]).min() - CORNER_GAP_CM
        ahead = np.clip((arch[:, 2] - (corners[:, 2].mean() - 2.0)) / 1.5, 0.0, 1.0)
        excess = np.maximum(np.abs(arch[:, 0]) - reach, 0.0) * ahead
        arch[:, 0] -= np.sign(arch[:, 0]) * excess
        arch[:, 2] -= 1.2 * excess
        moved[self._arch] = arch
        self._raise_tongue(moved, float(expression[ARKIT_INDEX["tongueOut"]]))

    def _raise_tongue(self, moved: Floats, amount: float) -> None:
        """Lift the tip behind the upper teeth (L, N: about 0.4), then push it out (TH: 0.7)."""
        lift = np.minimum(amount / 0.4, 1.0) - np.clip((amount - 0.5) / 0.4, 0.0, 0.45)
        out = np.clip((amount - 0.45) / 0.55, 0.0, 1.0)
        bend = self._along**2
        moved[self.tongue, 1] += 1.15 * lift * bend
        moved[self.tongue, 2] += (0.10 * lift + 1.7 * out) * self._along
        moved[self.tongue, 1] -= 0.25 * out * bend


def _find_tongue(asset: HeadAsset) -> Ints:
    """Return the tongue's vertices: gums and tongue are one mesh, but separate UV islands."""
    quads, quad_uvs = asset.quads[GUM_QUADS], asset.quad_uvs[GUM_QUADS]
    part = islands(triangles(quad_uvs), len(asset.uvs))
    seen = np.linalg.norm(asset.uvs[:, None] - TONGUE_UVS, axis=2).argmin(0)
    corners = np.isin(part[quad_uvs], part[seen]) & (quads >= 0)
    return np.unique(quads[corners]).astype(np.int32)
