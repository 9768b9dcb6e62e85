"""Clothes: two fitted suits, and knitwear cut from the body they are fitted to.

Everything is fitted in decimetres on MakeHuman's base body, then scaled to the head, the arms
lowered to the sides, subdivided and folded.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vcam.errors import AssetError
from vcam.studio.announcers import Announcer
from vcam.studio.arrays import Floats, Ints, f32, smoothstep
from vcam.studio.assets import ObjMesh, load_obj
from vcam.studio.head import EYE_LEVEL_CM
from vcam.studio.mesh import NormalMaker, averager, islands, pad_faces, subdivide, triangles
from vcam.studio.neckwear import (
    CLOTH,
    RIB,
    TIE,
    UNDER,
    Piece,
    roll_neck,
    scoop_top,
    shirt_collar,
    shirt_front,
    tie,
)
from vcam.studio.pose import neck_weight

CM_PER_UNIT = 10.4
"""The base body's unit is a decimetre; the head model is a little larger than its head."""
BODY_EYE_LEVEL = 7.284
BODY_FACE_DEPTH = 1.245
BODY_SKIN_VERTICES = 13380
"""Vertices of the base body before its helper meshes."""
VISIBLE_ABOVE_CM = -36.0
SHIRT_TOP_CM = -18.5
NECK_DEPTH = 0.28
"""z of the axis of the base body's neck."""
SHIRT_ISLANDS = (3, 6)
"""UV islands of the male suit that are shirt and collar (shared assets' README)."""


@dataclass(frozen=True)
class Cloth:
    """Garments as one triangle mesh, in cm at rest."""

    vertices: Floats
    faces: Ints
    normals: Floats
    material: Floats
    """(n,) CLOTH, UNDER, RIB or TIE"""
    share: Floats
    """Of the head's turn (n,): a roll neck goes with the neck."""


def dress(who: Announcer, folder: Path, rest: Floats) -> Cloth:
    """Return what the announcer wears, fitted around the neck of the head `rest`."""
    garments = folder / "garments"
    body = load_obj(garments / "base.obj")
    kind = who.garment.kind
    knit = kind == "turtleneck"
    if kind == "suit":
        jacket, chest = _without_shirt(_placed(_male_suit(garments, body)))
        front = shirt_front(rest, chest)
        pieces = [jacket, front, *shirt_collar(rest), *tie(rest, front.vertices)]
    elif kind == "blazer":
        pieces = [_placed(_blazer(garments, body)), scoop_top(rest)]
    else:
        pieces = [_placed(_knit(body, 0.10)), roll_neck(rest)]
    rng = np.random.default_rng([who.seed, 3])
    return _finish(pieces, rng, knit)


def _placed(piece: Piece) -> Piece:
    return Piece(_place(piece.vertices), piece.quads, piece.material)


def _without_shirt(suit: Piece) -> tuple[Piece, Floats]:
    """Return the jacket, and the points (n, 3) of the modelled shirt's front.

    The shirt's collar has a ragged border: a swept collar and a plain front take its place.
    """
    shirt = suit.material == UNDER
    points = suit.vertices[np.unique(suit.quads[shirt])]
    jacket = Piece(suit.vertices, suit.quads[~shirt], suit.material[~shirt])
    return jacket, f32(points[(points[:, 2] > 3.0) & (points[:, 1] < SHIRT_TOP_CM)])


def _place(points: Floats) -> Floats:
    """Lower the arms, then scale and move body coordinates to the head's."""
    lowered = points.astype(np.float32).copy()
    for side in (-1.0, 1.0):
        x = lowered[:, 0] * side
        angle = np.deg2rad(34.0) * smoothstep(1.25, 2.25, x) * (x > 0)
        arm = x - 1.62, lowered[:, 1] - 5.05
        turned = arm[0] * np.cos(angle) + arm[1] * np.sin(angle)
        lowered[:, 1] = np.where(
            x > 0, arm[1] * np.cos(angle) - arm[0] * np.sin(angle) + 5.05, lowered[:, 1]
        )
        lowered[:, 0] = np.where(x > 0, side * (turned + 1.62), lowered[:, 0])
    # Shoulders slope a little more than the base body's, which stands at attention.
    lowered[:, 1] -= 0.30 * smoothstep(0.7, 2.0, np.abs(lowered[:, 0]))
    offset = np.array(
        [
            0.0,
            EYE_LEVEL_CM - BODY_EYE_LEVEL * CM_PER_UNIT - 0.5,
            11.0 - BODY_FACE_DEPTH * CM_PER_UNIT,
        ]
    )
    return f32(lowered * CM_PER_UNIT + offset)


def _fit(garments: Path, name: str, body: ObjMesh) -> ObjMesh:
    """Return a garment fitted to the body by its .mhclo file.

    Each row binds a vertex to three body vertices with barycentric weights and an offset that
    scales with the body; a row of one number is a body vertex itself.
    """
    mesh = load_obj(garments / f"{name}.obj")
    path = garments / f"{name}.mhclo"
    if not path.is_file():
        raise AssetError(f"No {path}: the garment's fitting file stands beside its .obj.")
    scale = np.ones(3)
    rows: list[list[float]] = []
    reading = False
    for line in path.read_text().splitlines():
        words = line.split()
        if not words:
            continue
        if words[0] in ("x_scale", "y_scale", "z_scale"):
            axis = "xyz".index(words[0][0])
            ends = body.vertices[[int(words[1]), int(words[2])], axis]
            scale[axis] = abs(ends[0] - ends[1]) / float(words[3])
        elif words[0] == "verts":
            reading = True
        elif words[0] == "delete_verts":
            reading = False
        elif reading and len(words) in (1, 9):
            single = len(words) == 1
            values = [float(word) for word in words]
            rows.append([values[0]] * 3 + [1.0] + [0.0] * 5 if single else values)
    bound = np.array(rows[: len(mesh.vertices)])
    corners = body.vertices[bound[:, :3].astype(np.int32)]
    fitted = (corners * bound[:, 3:6, None]).sum(1) + bound[:, 6:9] * scale
    return ObjMesh(fitted.astype(np.float32), mesh.faces, mesh.uvs, mesh.face_uvs)


def _male_suit(garments: Path, body: ObjMesh) -> Piece:
    suit = _fit(garments, "male_elegantsuit01", body)
    uv_quads = pad_faces(suit.face_uvs)
    island = islands(triangles(uv_quads), len(suit.uvs))[uv_quads[:, 0]]
    material = np.where(np.isin(island, SHIRT_ISLANDS), UNDER, CLOTH)
    return Piece(suit.vertices, pad_faces(suit.faces), material.astype(np.float32))


def _blazer(garments: Path, body: ObjMesh) -> Piece:
    suit = _fit(garments, "female_elegantsuit01", body)
    quads = pad_faces(suit.faces)
    fine = subdivide(quads, len(suit.vertices))
    vertices = (fine.weights @ suit.vertices).astype(np.float32)
    return Piece(vertices, fine.quads, np.full(len(fine.quads), CLOTH, np.float32))


def _knit(body: ObjMesh, thick: float) -> Piece:
    """Cut a jumper from the body, `thick` off it; at the neck it dives under a swept collar."""
    faces = [face for face in body.faces if max(face) < BODY_SKIN_VERTICES]
    quads = pad_faces(faces)
    points = body.vertices[:BODY_SKIN_VERTICES]
    tri = triangles(quads)
    normals = NormalMaker(tri, BODY_SKIN_VERTICES)(points)
    from_neck = np.hypot(points[:, 0], points[:, 2] - NECK_DEPTH)
    dive = smoothstep(1.00, 0.62, from_neck) * smoothstep(5.2, 5.6, points[:, 1])
    smooth = averager(tri, BODY_SKIN_VERTICES, 0.3)
    puffed = points + normals * (thick * (1.0 - 2.2 * dive))[:, None]
    for _ in range(10):
        puffed = smooth @ puffed
    top = 5.86 - 0.16 * smoothstep(-0.2, 0.9, points[:, 2])
    worn = (np.abs(points[:, 0]) < 4.2) & (points[:, 1] > 2.5) & (points[:, 1] < top)
    chosen = quads[worn[quads].all(1)]
    return Piece(f32(puffed), chosen, np.full(len(chosen), CLOTH, np.float32))


def _finish(pieces: list[Piece], rng: np.random.Generator, knit: bool) -> Cloth:
    """Trim, subdivide, fold and join the pieces."""
    vertices, faces, normals, material, share = [], [], [], [], []
    start = 0
    for piece in pieces:
        for points, tri, kind in _split(_finer(_trim(piece))):
            soft = averager(tri, len(points), 0.5)
            shape = points
            rib = kind == RIB
            if kind not in (RIB, TIE):
                normal = NormalMaker(tri, len(points))(shape)
                shape = shape + normal * _folds(shape, rng, knit)[:, None]
                shape = (soft @ shape).astype(np.float32) if knit else shape
            vertices.append(shape)
            normals.append(NormalMaker(tri, len(shape))(shape))
            faces.append(tri + start)
            material.append(np.full(len(shape), kind, np.float32))
            share.append(neck_weight(shape) * (1.0 if rib else 0.0))
            start += len(shape)
    return Cloth(
        np.concatenate(vertices).astype(np.float32),
        np.concatenate(faces).astype(np.int32),
        np.concatenate(normals).astype(np.float32),
        np.concatenate(material),
        np.concatenate(share).astype(np.float32),
    )


def _trim(piece: Piece) -> Piece:
    """Keep the faces that the camera can see."""
    corners = np.where(piece.quads < 0, piece.quads[:, :1], piece.quads)
    high = piece.vertices[corners][..., 1].max(1) > VISIBLE_ABOVE_CM
    quads, used = piece.quads[high], np.unique(piece.quads[high])
    used = used[used >= 0]
    fresh = np.full(len(piece.vertices) + 1, -1, np.int32)
    fresh[used] = np.arange(len(used))
    return Piece(piece.vertices[used], fresh[quads], piece.material[high])


def _finer(piece: Piece) -> Piece:
    fine = subdivide(piece.quads, len(piece.vertices))
    sides = np.where(piece.quads[:, 3] >= 0, 4, 3)
    owner = np.nonzero(np.arange(4) < sides[:, None])[0]
    vertices = (fine.weights @ piece.vertices).astype(np.float32)
    return Piece(vertices, fine.quads, piece.material[owner])


def _split(piece: Piece) -> list[tuple[Floats, Ints, float]]:
    """Return each material's own vertices and triangles."""
    parts = []
    for kind in np.unique(piece.material):
        quads = piece.quads[piece.material == kind]
        used, index = np.unique(quads, return_inverse=True)
        tri = triangles(index.reshape(quads.shape).astype(np.int32))
        parts.append((piece.vertices[used], tri, float(kind)))
    return parts


def _folds(points: Floats, rng: np.random.Generator, knit: bool) -> Floats:
    """Return how far cloth rises (n,) in cm: folds that run from the shoulders to the chest."""
    total = np.zeros(len(points), np.float32)
    side = np.sign(points[:, 0])
    x, y = np.abs(points[:, 0]), points[:, 1]
    for _ in range(7):
        slant = rng.uniform(0.25, 1.1)
        wave = rng.uniform(1.4, 3.2) * (1.25 if knit else 1.0)
        phase = rng.uniform(0, 6.28) + 0.8 * side
        wander = 0.9 * np.sin(0.23 * y + rng.uniform(0, 6)) + 0.7 * np.sin(0.31 * x + phase)
        along = (x * slant + y) / wave + wander
        patch = np.exp(
            -(((x - rng.uniform(6, 22)) / 8.0) ** 2) - ((y + rng.uniform(20, 33)) / 7.0) ** 2
        )
        total += (0.20 * np.sin(along + phase) ** 3 * patch).astype(np.float32)
    return total * (1.2 if knit else 0.8)
