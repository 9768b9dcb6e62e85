"""The 478 points of the MediaPipe face mesh, bound to the head model.

The mesh's published UV map is nearly the face unrolled. A thin-plate spline through the landmarks
that both conventions share carries it over to the head model, unrolled about a vertical axis; each
point is then bound to the triangle it falls on. Points that are landmarks sit exactly there, the
others where the map puts them, which is not measured against the tracker: nobody should take them
for its output. Points 468..477 are the irises: the centre, then four of the rim (to the picture's
right, top, left, bottom), the announcer's right eye first.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.interpolate import RBFInterpolator
from scipy.spatial import cKDTree

from vcam.studio.arrays import Floats, Ints, f32
from vcam.studio.assets import HeadAsset
from vcam.studio.eyes import IRIS_RAD, find_eyeballs
from vcam.studio.landmarks import INNER_LIPS, LANDMARKS_68
from vcam.studio.mesh import shortest_path, triangles

SHARED_68 = np.array(
    [
        *(127, 234, 93, 58, 172, 136, 149, 148, 152, 377, 378, 365, 397, 288, 323, 454, 356),
        *(70, 63, 105, 66, 107, 336, 296, 334, 293, 300),
        *(168, 197, 5, 4, 75, 97, 2, 326, 305),
        *(33, 160, 158, 133, 153, 144, 362, 385, 387, 263, 373, 380),
        *(61, 39, 37, 0, 267, 269, 291, 405, 314, 17, 84, 181),
        *(78, 82, 13, 312, 308, 317, 14, 87),
    ],
    np.int32,
)
"""The face mesh's point for each of the 68 landmarks."""
INNER_UPPER = np.array([191, 80, 81, 82, 13, 312, 311, 310, 415])
INNER_LOWER = np.array([95, 88, 178, 87, 14, 317, 402, 318, 324])
_AXIS_Z_CM = -1.0
_FACE_QUADS = slice(0, 9230)
_EYE_QUADS = {"right": slice(23094, 23894), "left": slice(21496, 22296)}


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


def face_uvs() -> Floats:
    """Return the UV map (468, 2) of the face mesh, v upwards."""
    text = Path(__file__).with_name("facemesh_uv.txt").read_text()
    rows = " ".join(line for line in text.splitlines() if not line.startswith("#"))
    half = np.array(rows.split(), np.float32).reshape(-1, 2) / 1000
    twins = half[half[:, 0] != 0.5] * np.array([-1.0, 1.0]) + np.array([1.0, 0.0])
    return f32(np.concatenate([half, twins]) * np.array([1.0, -1.0]) + np.array([0.0, 1.0]))


def bind_facemesh(asset: HeadAsset) -> FaceMesh:
    """Bind the points to the head model's neutral shape; it holds for every identity."""
    neutral = asset.vertices
    flat = _unrolled(neutral)
    # The trackers' brow and mouth corners differ a little from ours: let the spline give way.
    uvs = face_uvs()
    spline = RBFInterpolator(uvs[SHARED_68], flat[LANDMARKS_68], smoothing=2e-4)
    reach = np.hypot(neutral[:, 0], neutral[:, 2] - _AXIS_Z_CM)
    skin = _bound(f32(spline(uvs)), flat, triangles(asset.quads[_FACE_QUADS]), f32(reach))
    parts = [_on_lips(asset, *skin)]
    left, right = find_eyeballs(neutral)
    for ball, quads in ((right, _EYE_QUADS["right"]), (left, _EYE_QUADS["left"])):
        rim = np.sin(IRIS_RAD) * ball.radius
        ring = np.array([[0, 0], [rim, 0], [0, rim], [-rim, 0], [0, -rim]], np.float32)
        plane = f32(neutral[:, :2])
        parts.append(
            _bound(f32(ball.centre[:2] + ring), plane, triangles(asset.quads[quads]), neutral[:, 2])
        )
    corners, weights = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    return FaceMesh(corners.astype(np.int32), f32(weights))


def _on_lips(asset: HeadAsset, corners: Ints, weights: Floats) -> tuple[Ints, Floats]:
    """Return a binding with the shared points and the lips' inner rim on their own vertices.

    In the neutral shape the lips touch: only the rim says which point is on which lip.
    """
    ring = shortest_path(
        asset.vertices, triangles(asset.quads[_FACE_QUADS]), list(LANDMARKS_68[INNER_LIPS])
    )
    turn = ring.index(int(LANDMARKS_68[64]))
    exact, single = corners.copy(), weights.copy()
    for points, rim in ((INNER_UPPER, ring[: turn + 1]), (INNER_LOWER, [*ring[turn:], ring[0]])):
        here = (asset.vertices[corners[points]] * weights[points][..., None]).sum(1)
        nearest = cKDTree(asset.vertices[rim]).query(here)[1]
        exact[points], single[points] = np.array(rim)[nearest][:, None], (1.0, 0.0, 0.0)
    exact[SHARED_68], single[SHARED_68] = LANDMARKS_68[:, None], (1.0, 0.0, 0.0)
    return exact, single


def _unrolled(points: Floats) -> Floats:
    """Return points (n, 2) of a head (n, 3) unrolled about a vertical axis, about in cm."""
    angle = np.arctan2(points[:, 0], points[:, 2] - _AXIS_Z_CM)
    return np.stack([angle * 9.0, points[:, 1]], 1)


def _bound(wanted: Floats, flat: Floats, faces: Ints, reach: Floats) -> tuple[Ints, Floats]:
    """Return the triangle (n, 3) under each wanted point (n, 2) and its weights (n, 3).

    Of several triangles over each other the outermost counts, the one with the greatest `reach`.
    """
    centres = flat[faces].mean(1)
    _, near = cKDTree(centres).query(wanted, k=40)
    a, b, c = (flat[faces[near][..., corner]] for corner in range(3))
    ab, ac, ap = b - a, c - a, wanted[:, None] - a
    area = ab[..., 0] * ac[..., 1] - ab[..., 1] * ac[..., 0]
    area = np.where(np.abs(area) < 1e-9, 1e-9, area)
    second = (ap[..., 0] * ac[..., 1] - ap[..., 1] * ac[..., 0]) / area
    third = (ab[..., 0] * ap[..., 1] - ab[..., 1] * ap[..., 0]) / area
    shares = np.stack([1 - second - third, second, third], 2)
    outside = np.maximum(-shares.min(2), 0.0)
    score = np.where(outside < 1e-4, 100.0 + reach[faces[near]].mean(2), -outside)
    best = score.argmax(1)
    rows = np.arange(len(wanted))
    held = np.clip(shares[rows, best], 0.0, 1.0)
    return faces[near[rows, best]], f32(held / held.sum(1, keepdims=True))
