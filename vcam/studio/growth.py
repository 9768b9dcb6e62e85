"""Lashes and brows: short strands that move with the skin they grow from."""

from dataclasses import dataclass

import numpy as np

from vcam.studio.announcers import Announcer
from vcam.studio.arrays import Floats, Ints, f32, unit
from vcam.studio.landmarks import LANDMARKS_68, LEFT_EYE, RIGHT_EYE
from vcam.studio.layers import Strands
from vcam.studio.mesh import NormalMaker
from vcam.studio.skin import lid_rims

EYE_SOCKETS = slice(13294, 14062)


@dataclass(frozen=True)
class Growth:
    """Strands bound to the skin."""

    kind: str
    origin: Ints
    """The vertices (count, k) in whose middle each strand grows."""
    corners: Ints
    """The triangle (count, 3) that gives each strand its direction."""
    local: Floats
    """Its points (count, points, 3) in that triangle's frame, before scaling."""
    strands: Strands

    def follow(self, vertices: Floats) -> Floats:
        """Return the strands (count, points, 3) on moved vertices (26719, 3)."""
        origin, frame = vertices[self.origin].mean(1), _frames(vertices, self.corners)
        return f32(np.matmul(self.local, frame) + origin[:, None])


def _frames(vertices: Floats, corners: Ints) -> Floats:
    """Return triangles' orthonormal frames (n, 3, 3), one axis per row."""
    a, b, c = (vertices[corners[:, k]] for k in range(3))
    along = unit(b - a)
    normal = unit(np.cross(b - a, c - a))
    return np.stack([along, np.cross(normal, along), normal], 1)


def bind(kind: str, rest: Floats, origin: Ints, corners: Ints, strands: Strands) -> Growth:
    """Bind strands at rest to the triangles `corners` (count, 3), growing at `origin`."""
    middle, frame = rest[origin].mean(1), _frames(rest, corners)
    local = np.matmul(strands.points - middle[:, None], frame.transpose(0, 2, 1))
    return Growth(kind, origin, corners, f32(local), strands)


def grow_face_hair(who: Announcer, rest: Floats, faces: Ints) -> tuple[Growth, ...]:
    """Return lashes and brows; `faces` are the face's triangles."""
    rng = np.random.default_rng([who.seed, 2])
    centres = rest[faces].mean(1)
    return _lashes(rng, who, rest, faces), _brows(rng, who, rest, faces, centres)


def _nearest_face(points: Floats, centres: Floats) -> Ints:
    rows = [((centres - point) ** 2).sum(1).argmin() for point in points]
    return np.array(rows, np.int32)


def _curved(root: Floats, steps: list[tuple[Floats, Floats]], points: int) -> Floats:
    """Return strands through a quadratic path: root, then offsets (middle, end)."""
    (middle, end) = steps[0]
    t = np.linspace(0, 1, points, dtype=np.float32)[None, :, None]
    bend = 2 * (1 - t) * t * middle[:, None] + t * t * end[:, None]
    return f32(root[:, None] + bend)


def _lashes(rng: np.random.Generator, who: Announcer, rest: Floats, faces: Ints) -> Growth:
    """Lashes along both rims: upper long and curled up, lower short and sparse."""
    points, origins, corners, width = [], [], [], []
    mark = rest[LANDMARKS_68]
    for name, (upper, lower) in lid_rims(rest, faces).items():
        eye = mark[RIGHT_EYE if name == "right" else LEFT_EYE]
        pivot = _still_behind(rest, eye)
        middle_x = (eye[0, 0] + eye[3, 0]) / 2
        half = abs(eye[0, 0] - eye[3, 0]) / 2
        outward = -1.0 if name == "right" else 1.0
        for rim, count, length, rise in (
            (upper, 150 if who.woman else 90, 0.56 if who.woman else 0.34, 0.50),
            (lower, 34 if who.woman else 20, 0.20 if who.woman else 0.16, -0.60),
        ):
            inner = rng.uniform(0.16, 0.99, count)  # none at the tear duct
            t = (1 - inner if name == "right" else inner) * (len(rim) - 1)
            low = np.minimum(t.astype(np.int32), len(rim) - 2)
            share = (t - low)[:, None]
            root = rest[rim[low]] * (1 - share) + rest[rim[low + 1]] * share
            # Lashes grow from the front of the lid's margin, not from the wet line behind it.
            root = root + np.array([0.0, 0.02 * np.sign(rise), 0.07])
            fan = (root[:, 0] - middle_x) / half
            lean = 0.55 * fan + 0.15 * outward + rng.normal(size=count) * 0.12
            long = length * (0.70 + 0.30 * np.clip(1 - fan**2, 0, 1) + 0.15 * fan * outward)
            long = long * rng.uniform(0.75, 1.0, count)
            out = np.stack([lean, np.full(count, rise * 0.2 - 0.06), np.ones(count)], 1)
            tip = np.stack([1.35 * lean, np.full(count, rise), np.full(count, 0.95)], 1)
            middle = unit(out.astype(np.float32)) * (long * 0.5)[:, None]
            end = unit(tip.astype(np.float32)) * long[:, None]
            points.append(_curved(root, [(middle, end)], 6))
            origins.append(np.stack([rim[low], rim[low + 1]], 1))
            beside = rim[np.maximum(low - 2, 0)], rim[np.minimum(low + 3, len(rim) - 1)]
            corners.append(np.stack([*beside, np.full(count, pivot)], 1).astype(np.int32))
            width.append(np.full(count, 0.010 if rise > 0 else 0.006))
    strands = Strands(
        np.concatenate(points),
        np.concatenate(width).astype(np.float32) * (1.0 if who.woman else 0.85),
        rng.uniform(0.8, 1.2, sum(map(len, points))).astype(np.float32),
        taper=0.85,
    )
    return bind("lash", rest, np.concatenate(origins), np.concatenate(corners), strands)


def _still_behind(rest: Floats, eye: Floats) -> int:
    """Return a vertex deep in the socket of the eye with the landmarks `eye` (6, 3).

    Lashes turn about it: with the lid, which slides over the ball, not with any single face.
    """
    deep = eye.mean(0) - np.array([0.0, 0.0, 2.2], np.float32)
    socket = np.arange(EYE_SOCKETS.start, EYE_SOCKETS.stop)
    return int(socket[((rest[socket] - deep) ** 2).sum(1).argmin()])


def _brows(
    rng: np.random.Generator, who: Announcer, rest: Floats, faces: Ints, centres: Floats
) -> Growth:
    """Brows along the landmarks: upright at the inner end, lying outwards at the outer."""
    mark = rest[LANDMARKS_68]
    normals = NormalMaker(faces, len(rest))(rest)
    count = int((480 if who.woman else 620) * who.hair.brow)
    points, owner = [], []
    for ids, outward in ((range(21, 16, -1), -1.0), (range(22, 27), 1.0)):
        arch = mark[list(ids)].copy()
        # The landmarks trace the upper edge, which arches more than the brow itself.
        flat = 0.25 if who.woman else 0.40
        arch[:, 1] += flat * (np.linspace(arch[0, 1], arch[4, 1], 5) - arch[:, 1])
        arch[4] += 0.25 * (arch[3] - arch[4]) + np.array([0.0, 0.18, 0.0])
        t = rng.beta(1.15, 1.1, count)
        spot = np.stack([np.interp(t * 4, np.arange(5), arch[:, axis]) for axis in range(3)], 1)
        body = (0.29 if who.woman else 0.36) * (1 - 0.50 * np.clip((t - 0.4) / 0.6, 0, 1))
        body = body * (0.55 + 0.45 * np.clip(t / 0.22, 0, 1))
        across = np.clip(rng.normal(size=count) * 0.5, -1, 1)
        spot[:, 1] += across * body - 0.28
        face = _nearest_face(spot.astype(np.float32), centres)
        normal = unit(normals[faces[face]].mean(1))
        spot = spot + normal * ((centres[face] - spot) * normal).sum(1, keepdims=True)
        angle = np.deg2rad(
            74 - 66 * np.clip(t / 0.35, 0, 1) ** 0.7 - 22 * t - 24 * across * (t > 0.12)
        )
        angle = angle + rng.normal(size=count) * 0.13
        heading = np.stack([outward * np.cos(angle), np.sin(angle), 0 * angle], 1)
        heading = unit((heading - normal * (heading * normal).sum(1, keepdims=True)).astype("f4"))
        long = (rng.uniform(0.42, 0.75, count) * (1 - 0.35 * t))[:, None]
        middle = heading * long * 0.55 + normal * 0.07
        end = heading * long + normal * 0.02 - np.array([0, 0.05, 0])
        points.append(_curved((spot + normal * 0.01).astype("f4"), [(middle, end)], 5))
        owner.append(face)
    total = 2 * count
    strands = Strands(
        np.concatenate(points),
        np.full(total, 0.0085 if who.woman else 0.0095, np.float32),
        rng.uniform(0.7, 1.3, total).astype(np.float32),
        taper=0.8,
    )
    bound = faces[np.concatenate(owner)]
    return bind("brow", rest, bound, bound, strands)
