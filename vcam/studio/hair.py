"""Hair on the head, grown strand by strand over the skull."""

from dataclasses import dataclass

import numpy as np

from vcam.studio.announcers import Announcer
from vcam.studio.arrays import Floats, Ints, f32, smoothstep, unit
from vcam.studio.hairstyles import AZIMUTHS, STYLES, Roots, Style, Tips
from vcam.studio.head import SKIN
from vcam.studio.layers import Strands
from vcam.studio.pose import neck_weight
from vcam.studio.skull import Skull, polar


@dataclass(frozen=True)
class HairDo:
    """The strands on a head, and how much hair each of its vertices (26719,) bears."""

    strands: Strands
    share: Floats
    """Of the head's turn, per point (count, points)."""
    scalp: Floats


def scalp_share(rest: Floats, style: Style) -> Floats:
    """Return how much hair grows at each vertex (26719,), 0..1, thinning at the hairline."""
    azimuth, elevation = polar(rest)
    line = np.interp(azimuth, AZIMUTHS, style.hairline)
    grown = smoothstep(-style.soft_deg, style.soft_deg, (elevation - line).astype(np.float32))
    ear = (np.abs(rest[:, 0]) > 7.0) & (np.abs(rest[:, 1] - 0.8) < 4.2) & (rest[:, 2] > -3.0)
    grown[ear] = 0.0
    grown[SKIN.stop :] = 0.0
    return np.asarray(grown, np.float32)


def _sow(
    rng: np.random.Generator, skull: Skull, scalp: Floats, count: int
) -> tuple[Floats, Floats, Floats]:
    """Sow `count` roots evenly by area and by the scalp's share.

    Returns them (count, 3), the skin's normals there, and the scalp's share (count,).
    """
    corners = skull.rest[skull.faces]
    area = np.linalg.norm(
        np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1
    )
    chance = area * scalp[skull.faces].mean(1) ** 0.6
    # The back of the head is never seen: enough hair to throw a shadow.
    chance *= 1.0 - 0.7 * smoothstep(105.0, 145.0, polar(corners.mean(1))[0])
    chosen = rng.choice(len(corners), count, p=chance / chance.sum())
    u, v = rng.random(count), rng.random(count)
    folded = u + v > 1
    u, v = np.where(folded, 1 - u, u), np.where(folded, 1 - v, v)
    a, b, c = (corners[chosen, corner] for corner in range(3))
    points = a + (b - a) * u[:, None] + (c - a) * v[:, None]
    return points.astype(np.float32), skull.height(points)[1], scalp[skull.faces].mean(1)[chosen]


def _roots(
    rng: np.random.Generator, skull: Skull, scalp: Floats, style: Style, part: float
) -> Roots:
    points, normals, dense = _sow(rng, skull, scalp, style.count)
    centres = points[rng.choice(len(points), 320, replace=False)]
    lock = ((points[:, None, :] - centres[None]) ** 2).sum(2).argmin(1)
    per_lock = rng.normal(size=(len(centres), 3)).astype(np.float32)
    lock_layer = rng.random(len(centres))
    layer = np.clip(0.5 * rng.random(len(points)) + 0.5 * lock_layer[lock], 0, 1)
    return Roots(
        points=points,
        normals=normals,
        dense=dense,
        lock=per_lock[lock],
        own=rng.normal(size=points.shape).astype(np.float32),
        layer=layer.astype(np.float32),
        part=part,
        top=np.maximum(
            smoothstep(0.30, 0.80, normals[:, 1]),
            smoothstep(58.0, 40.0, polar(points)[0]) * smoothstep(5.0, 7.0, points[:, 1]),
        ),
    )


def _grow(skull: Skull, roots: Roots, style: Style, rng: np.random.Generator) -> Floats:
    """Return strands (count, points, 3), stepped from their roots along the style's flow."""
    count = len(roots.points)
    step = style.length_cm(roots) * rng.uniform(0.82, 1.0, count) / (style.points - 1)
    thickness = style.thickness_cm(roots)
    place = roots.points - roots.normals * 0.05
    strands = [place]
    travelled = np.zeros(count, np.float32)
    normal = roots.normals
    heading = unit(normal * 0.5 + _along(style.flow(Tips(roots, place, 0.0)), normal, 1.0))
    for number in range(1, style.points):
        along = number / (style.points - 1)
        hug = (style.hugging * smoothstep(-6.0, -1.0, place[:, 1]))[:, None]
        wanted = _along(style.flow(Tips(roots, place, along)), normal, hug)
        loose = style.stray * (0.3 + 0.7 * along)
        wanted = f32(wanted + (roots.lock + 0.5 * roots.own) * loose)
        keep = style.stiffness if number > 1 else 0.5
        heading = unit(heading * keep + unit(wanted) * (1 - keep))
        # Long hair takes short steps first, to cover its parting.
        stride = step * (0.25 + 1.45 * along) if style.hangs else step
        travelled = f32(travelled + stride)
        ahead = place + heading * stride[:, None]
        aim = np.minimum(thickness, 0.03 + 0.28 * travelled)
        # Hair that hangs beside the neck is not pushed off it.
        aim = np.minimum(aim, 0.25 + 2.0 * smoothstep(-4.0, 2.0, ahead[:, 1]))
        height, normal = skull.height(ahead.astype(np.float32))
        # Down to the aim as far as the style hugs the head, up to it always.
        change = aim - height
        change = np.where(change > 0, change, change * hug[:, 0] * 0.8)
        place = (ahead + normal * change[:, None]).astype(np.float32)
        strands.append(place)
    return np.stack(strands, 1).astype(np.float32)


def _along(flow: Floats, normal: Floats, share: Floats | float) -> Floats:
    """Return unit directions `flow` (n, 3) with `share` of their way into the surface removed."""
    flow = unit(flow)
    return unit(flow - normal * (flow * normal).sum(1, keepdims=True) * share)


def _with_knot(strands: Floats, rng: np.random.Generator) -> Floats:
    """Replace the last fifth of the strands by a knot wound high on the back of the head."""
    count = len(strands) // 5
    crown = strands[..., 1].max()
    middle = np.array([0.0, crown + 0.9, -4.6], np.float32)
    axis = unit(np.array([0.0, 1.0, -0.35]) + 0.75 * rng.normal(size=(count, 3)))
    across = unit(np.cross(axis, np.array([0.0, 0.0, 1.0])))
    ahead = np.cross(axis, across)
    turn = rng.uniform(0, 2 * np.pi, (count, 1)) + np.linspace(0, 2.4, strands.shape[1])
    radius = rng.uniform(2.1, 3.0, (count, 1, 1)) * (1.0 + 0.05 * np.sin(3 * turn))[..., None]
    ring = np.cos(turn)[..., None] * across[:, None] + np.sin(turn)[..., None] * ahead[:, None]
    wound = strands.copy()
    wound[-count:] = middle + ring * radius * np.array([1.1, 0.9, 1.0])
    return wound


def _clear_ears(strands: Floats, layer: Floats) -> Floats:
    """Move hair that hangs past the ears outside of them."""
    moved = strands.copy()
    x, y, z = (moved[..., axis] for axis in range(3))
    beside = (
        smoothstep(8.5, 2.5, y) * smoothstep(8.5, 2.5, np.abs(z)) * smoothstep(3.5, 5.5, np.abs(x))
    )
    least = 7.6 + 1.3 * layer[:, None]
    moved[..., 0] += np.sign(x) * np.maximum(least - np.abs(x), 0.0) * beside
    return _combed_smooth(moved, 4)


def _combed_smooth(strands: Floats, times: int) -> Floats:
    """Take the kinks out of strands (count, points, 3); roots and ends stay."""
    smooth = strands.copy()
    for _ in range(times):
        inner = (smooth[:, :-2] + 2 * smooth[:, 1:-1] + smooth[:, 2:]) / 4
        smooth[:, 1:-1] = inner
    return smooth


def grow_hair(who: Announcer, rest: Floats, faces: Ints) -> HairDo:
    """Grow the announcer's hair; `faces` are the skin's triangles without sockets."""
    style = STYLES[who.hair.style]
    rng = np.random.default_rng([who.seed, 1])
    skull = Skull(rest, faces)
    scalp = scalp_share(rest, style)
    roots = _roots(rng, skull, scalp, style, who.hair.part)
    points = _grow(skull, roots, style, rng)
    if style.knot:
        points = _with_knot(points, rng)
    if style.hangs:
        points = _clear_ears(points, roots.layer)
        below = np.minimum(points[..., 1] - style.cut_cm, 0.0)
        points[..., 1] -= 0.88 * below
        points[..., 0] += 0.25 * np.sign(points[..., 0]) * below * (points[..., 2] > -4.0)
    count = len(points)
    tint = rng.uniform(0.75, 1.25, count) * (1.0 + 0.10 * roots.lock[:, 0])
    white = rng.random(count) < who.hair.grey * 0.5
    tint = f32(np.where(white, tint * 1.7, tint))
    # Hair at the hairline is finer than the rest.
    full_cm = smoothstep(0.15, 0.95, roots.dense) * 0.65 + 0.35
    width = style.width_cm * rng.uniform(0.7, 1.15, count) * full_cm
    strands = Strands(points, width.astype(np.float32), tint.astype(np.float32))
    flat = neck_weight(points.reshape(-1, 3)).reshape(points.shape[:2])
    share = np.maximum(flat, 0.45) if style.hangs else np.ones_like(flat)
    return HairDo(strands, share.astype(np.float32), scalp)
