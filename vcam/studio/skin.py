"""Where the face is lip, lid, blush, beard, brow and scalp; and the two textures made of that."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from vcam.studio import gl
from vcam.studio.announcers import Announcer
from vcam.studio.arrays import Floats, Ints, f32, smoothstep
from vcam.studio.assets import HeadAsset
from vcam.studio.head import SKIN, SKIN_QUADS, SOCKETS
from vcam.studio.landmarks import (
    INNER_LIPS,
    LANDMARKS_68,
    LEFT_EYE,
    OUTER_LIPS,
    RIGHT_EYE,
)
from vcam.studio.mesh import averager, edges, shortest_path, triangles

ATLAS = (2048, 1024)
"""Width and height: the face's UV square on the left, the rest of the skin on the right."""


@dataclass(frozen=True)
class SkinMesh:
    """The skin with its vertices split along UV seams."""

    source: Ints
    """For each vertex drawn (n,) the vertex of the head model."""
    uvs: Floats
    """(n, 2) in the atlas, 0..1."""
    faces: Ints
    """Triangles (m, 3) over the vertices drawn."""


@dataclass(frozen=True)
class Masks:
    """Per vertex of the head model (26719,)."""

    lip_cm: Floats
    """Distance from the lips' border, positive inside."""
    blush: Floats
    lid: Floats
    stubble: Floats
    """Where a beard would grow if it were not shaven."""
    beard: Floats
    """Where one is left to grow: below a line from the ear to the mouth."""
    brow: Floats
    scalp: Floats
    oil: Floats
    inside: Floats
    rim: Floats
    """How near the root of the upper lashes is."""


def skin_mesh(asset: HeadAsset) -> SkinMesh:
    """Split the skin's vertices so that each has one UV."""
    faces = triangles(asset.quads[SKIN_QUADS])
    uv_faces = triangles(asset.quad_uvs[SKIN_QUADS])
    pairs = np.stack([faces.ravel(), uv_faces.ravel()], 1)
    unique, index = np.unique(pairs, axis=0, return_inverse=True)
    uvs = asset.uvs[unique[:, 1]].copy()
    uvs[:, 0] /= 2
    return SkinMesh(unique[:, 0].astype(np.int32), uvs, index.reshape(-1, 3).astype(np.int32))


def lip_distance(rest: Floats, faces: Ints) -> Floats:
    """Return each vertex's distance (n,) in cm from the lips' border, positive on the lips.

    The border is the closed walk along mesh edges through the outer-lip landmarks: mesh rings
    follow the lips, so it moves with them in any expression.
    """
    ring = shortest_path(rest[: SOCKETS.stop], faces, list(LANDMARKS_68[OUTER_LIPS]))
    pair = edges(faces)
    free = ~np.isin(pair, ring).any(1)
    within = _connected(pair[free], SOCKETS.stop, LANDMARKS_68[INNER_LIPS])
    border = rest[ring]
    for _ in range(8):  # edges zigzag about the border that they follow
        border = f32((np.roll(border, 1, 0) + 2 * border + np.roll(border, -1, 0)) / 4)
    skin = rest[: SOCKETS.stop]
    signed = np.where(within, 9.0, -9.0).astype(np.float32)
    near = np.flatnonzero(np.linalg.norm(skin - border.mean(0), axis=1) < 6.0)
    away, distance, segment = _from_walk(skin[near], border)
    inner = rest[shortest_path(skin, faces, list(LANDMARKS_68[INNER_LIPS]))]
    inwards = inner[cKDTree(inner).query(border, workers=1)[1]] - border
    # Beside the smoothed border its own side counts, further off what the walk encloses.
    side = np.sign((away * inwards[segment]).sum(1))
    side = np.where(distance < 0.3, side, np.sign(signed[near]))
    signed[near] = side * distance
    full = np.full(len(rest), -9.0, np.float32)
    full[: SOCKETS.stop] = averager(faces, SOCKETS.stop, 0.6) @ signed
    return full


def _from_walk(points: Floats, walk: Floats) -> tuple[Floats, Floats, Ints]:
    """Return for points (n, 3) the way from the closed `walk`, its length, the segment met."""
    along = np.roll(walk, -1, axis=0) - walk
    t = ((points[:, None] - walk) * along).sum(2) / np.maximum((along**2).sum(1), 1e-9)
    ways = points[:, None] - (walk + np.clip(t, 0, 1)[..., None] * along)
    lengths = np.linalg.norm(ways, axis=2)
    segment = lengths.argmin(1)
    rows = np.arange(len(points))
    return f32(ways[rows, segment]), f32(lengths[rows, segment]), segment.astype(np.int32)


def _connected(pair: Ints, count: int, seeds: Ints) -> NDArray[np.bool_]:
    """Return which of `count` vertices the edges `pair` join to `seeds`."""
    reached = np.zeros(count, bool)
    reached[seeds] = True
    size = 0
    while size != reached.sum():
        size = int(reached.sum())
        touch = reached[pair].any(1)
        reached[pair[touch].ravel()] = True
    return reached


def _blob(points: Floats, centre: Floats, size: tuple[float, float, float]) -> Floats:
    """Return a soft ellipsoid, 1 at its centre."""
    return f32(np.exp(-(((points - centre) / np.array(size, np.float32)) ** 2).sum(1)))


def masks(rest: Floats, faces: Ints, scalp: Floats) -> Masks:
    """Return where the face is what; `scalp` (26719,) is how much hair grows at each vertex."""
    mark = rest[LANDMARKS_68]
    lip = lip_distance(rest, faces)
    cheek = [
        (mark[46] + mark[54]) / 2 + np.array([0.9, 0.4, 0.0], np.float32),
        (mark[41] + mark[48]) / 2 + np.array([-0.9, 0.4, 0.0], np.float32),
    ]
    blush = sum(0.5 * _blob(rest, c, (2.6, 2.2, 3.0)) for c in cheek)
    blush = (
        blush
        + 0.5 * _blob(rest, mark[30], (1.3, 1.1, 1.6))
        + 0.35 * _blob(rest, mark[8], (1.6, 1.2, 1.6))
    )
    ears = smoothstep(6.9, 7.6, np.abs(rest[:, 0])) * (np.abs(rest[:, 1] - 0.5) < 5.0)
    blush = blush + 0.8 * ears * (rest[:, 2] < 3.0)
    lid = np.zeros(len(rest), np.float32)
    for corners in ((36, 39, 37, 40), (42, 45, 43, 46)):
        centre = mark[list(corners)].mean(0) + np.array([0.0, 0.05, 0.0], np.float32)
        lid = np.maximum(lid, 0.30 * _blob(rest, centre, (2.1, 1.15, 3.0)))
    brow = np.zeros(len(rest), np.float32)
    for ids in (range(17, 22), range(22, 27)):
        for low, high in zip(list(ids)[:-1], list(ids)[1:], strict=True):
            for t in np.linspace(0, 1, 5):
                at = mark[low] * (1 - t) + mark[high] * t - np.array([0, 0.26, 0])
                brow = np.maximum(brow, _blob(rest, at, (0.6, 0.30, 1.5)))
    stubble = _stubble(rest, mark, lip, cheek)
    return Masks(
        lip_cm=lip,
        blush=np.asarray(blush, np.float32),
        lid=lid,
        stubble=stubble,
        beard=stubble * _below_cheek_line(rest, mark),
        brow=brow,
        scalp=scalp,
        oil=np.clip(
            _blob(rest, mark[30], (1.5, 2.4, 2.0))
            + 0.8 * _blob(rest, mark[27] + np.array([0, 3.2, 0], np.float32), (3.6, 2.0, 3.0))
            + 0.5 * _blob(rest, mark[8], (1.8, 1.5, 2.0)),
            0,
            1,
        ),
        inside=smoothstep(0.0, 1.0, (np.arange(len(rest)) >= SOCKETS.start) * (lip > -5.0) * 1.0)
        * (np.arange(len(rest)) < 13294),
        rim=upper_rim(rest, faces),
    )


def upper_rim(rest: Floats, faces: Ints) -> Floats:
    """Return how near (26719,) each vertex is to the roots of the upper lashes, 0..1."""
    line = np.concatenate([rest[upper] for upper, _ in lid_rims(rest, faces).values()])
    distance, _ = cKDTree(line).query(rest, workers=1)
    near: Floats = np.exp(-((distance / 0.09) ** 2)).astype(np.float32)
    near[SKIN.stop :] = 0.0
    return near


def lid_rims(rest: Floats, faces: Ints) -> dict[str, tuple[Ints, Ints]]:
    """Return for each eye the vertices of its upper and lower lid's rim, from x low to x high."""
    rims = {}
    for name, eye in (("right", RIGHT_EYE), ("left", LEFT_EYE)):
        stops = [int(index) for index in LANDMARKS_68[eye]]
        ring = shortest_path(rest, faces, stops)
        turn = ring.index(stops[3])
        rims[name] = (
            np.array([*ring[: turn + 1]], np.int32),
            np.array([*ring[turn:], ring[0]], np.int32)[::-1].copy(),
        )
    return rims


def _stubble(rest: Floats, mark: Floats, lip: Floats, cheeks: list[Floats]) -> Floats:
    """Return where a beard would grow: jaw, chin, moustache, upper throat."""
    nose = mark[33][1]
    low = smoothstep(nose + 0.8, nose - 1.8, rest[:, 1])
    throat = smoothstep(mark[8][1] - 3.6, mark[8][1] - 1.0, rest[:, 1])
    front = smoothstep(-0.5, 2.0, rest[:, 2])
    sideburn = smoothstep(mark[2][1] + 3.0, mark[2][1] - 0.6, rest[:, 1]) * smoothstep(
        5.2, 6.6, np.abs(rest[:, 0])
    )
    clear = 1 - 0.85 * np.clip(sum(_blob(rest, c, (2.0, 1.9, 3.0)) for c in cheeks), 0, 1)
    off_lip = smoothstep(0.02, -0.22, lip)
    jaw_share = np.maximum(low, sideburn) * throat * front * clear * off_lip
    grown: Floats = np.clip(jaw_share, 0, 1).astype(np.float32)
    grown[SKIN.stop :] = 0.0
    return grown


def _below_cheek_line(rest: Floats, mark: Floats) -> Floats:
    """Return 1 below a line that falls from the ear to beside the mouth and rises to the nose."""
    corner = (mark[48] + mark[54]) / 2
    aside = np.abs(rest[:, 0]) - (mark[54, 0] - mark[48, 0]) / 2
    line = corner[1] + 0.9 + np.where(aside > 0, 0.55 * aside, -aside)
    line = line + 3.0 * np.maximum(aside - 3.4, 0)  # and steeply up before the ear
    return smoothstep(0.9, -0.9, rest[:, 1] - line)


def bake(context: Any, mesh: SkinMesh, rest: Floats, mask: Masks, who: Announcer) -> list[Any]:
    """Paint the skin: returns the textures (albedo and roughness, relief)."""
    target = gl.program(context, "skin_bake.vert", "skin_bake.frag")
    at = mesh.source
    buffer = context.buffer(
        gl.columns(
            rest[at],
            mesh.uvs,
            np.stack([mask.lip_cm, mask.blush, mask.lid, mask.stubble], 1)[at],
            np.stack([mask.brow, mask.scalp, mask.oil, mask.inside], 1)[at],
            np.stack([mask.rim, mask.beard], 1)[at],
        )
    )
    index = gl.index_buffer(context, mesh.faces)
    layout = [(buffer, "3 2 4 4 2", ("position", "uv", "trait", "more", "edge"))]
    array = gl.vertex_array(context, target, layout, index)
    look = who.skin
    gl.put(
        target,
        {
            "tone": look.tone,
            "lip_tone": look.lips,
            "hair_tone": who.hair.colour,
            "blush_tone": look.blush,
            "freckles": look.freckles,
            "age": look.age,
            "stubble": look.stubble,
            "beard": who.hair.beard,
            "makeup": look.makeup,
            "offset": (float(who.seed % 97), float(who.seed % 89), float(who.seed % 83)),
        },
    )
    sheets = [context.texture(ATLAS, 4, dtype="f2"), context.texture(ATLAS, 4, dtype="f2")]
    frame = context.framebuffer(sheets)
    frame.use()
    frame.clear(0, 0, 0, 0)
    context.disable(context.DEPTH_TEST)
    array.render()
    context.enable(context.DEPTH_TEST)
    painted = np.frombuffer(frame.read(components=4, attachment=1, dtype="f4"), np.float32)
    covered = painted.reshape(ATLAS[1], ATLAS[0], 4)[..., 3] > 0
    textures = [_fill(context, frame, number, covered) for number in range(2)]
    for thing in (array, buffer, index, frame, *sheets):
        thing.release()
    return textures


def _fill(context: Any, frame: Any, number: int, covered: NDArray[np.bool_]) -> Any:
    """Return sheet `number` as a mip-mapped texture, its empty parts filled from their border."""
    raw = frame.read(components=4, attachment=number, dtype="f4")
    sheet = np.frombuffer(raw, np.float32).reshape(ATLAS[1], ATLAS[0], 4)
    weight = covered.astype(np.float32)
    spread = cv2.blur(sheet * weight[..., None], (25, 25))
    share = cv2.blur(weight, (25, 25))[..., None]
    filled = np.where(covered[..., None], sheet, spread / np.maximum(share, 1e-4))
    small = np.clip(filled * 255 + 0.5, 0, 255).astype(np.uint8)
    texture = context.texture(ATLAS, 4, small.tobytes())
    texture.build_mipmaps()
    texture.filter = (context.LINEAR_MIPMAP_NEAREST, context.LINEAR)
    return texture
