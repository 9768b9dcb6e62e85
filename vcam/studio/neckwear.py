"""What is worn at the neck, swept around the announcer's own: collars, roll neck, tie."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from vcam.studio.arrays import Floats, Ints, f32, smoothstep
from vcam.studio.head import SKIN

CLOTH, UNDER, RIB, TIE = 0.0, 1.0, 2.0, 3.0
"""Materials of `cloth.frag`."""
AROUND = 120


@dataclass(frozen=True)
class Piece:
    """A part of a garment as quads; `material` is per face."""

    vertices: Floats
    quads: Ints
    material: Floats


def sheet(points: Floats, material: float, closed: bool) -> Piece:
    """Return a grid of points (rows, columns, 3) as a piece, its columns joined if `closed`.

    Rows that run down and columns that run to the left of the picture face the viewer.
    """
    rows, columns, _ = points.shape
    row, column = np.mgrid[0 : rows - 1, 0 : columns if closed else columns - 1]
    beside = (column + 1) % columns
    corners = [
        row * columns + column,
        row * columns + beside,
        (row + 1) * columns + beside,
        (row + 1) * columns + column,
    ]
    quads = np.stack(corners, -1).reshape(-1, 4).astype(np.int32)
    return Piece(
        points.reshape(-1, 3).astype(np.float32), quads, np.full(len(quads), material, np.float32)
    )


@dataclass(frozen=True)
class Neck:
    """A horizontal slice of the neck: radius by angle, 0 at the front, growing to the left."""

    middle_z: float
    radius: Floats
    """(AROUND,)"""

    def at(self, angle: ArrayLike, out: ArrayLike, y: ArrayLike) -> Floats:
        """Return points (..., 3) at `angle`, `out` cm off the skin, at height `y`."""
        grid = np.linspace(0, 2 * np.pi, AROUND + 1)
        angle = f32(angle)
        reach = np.interp(angle % (2 * np.pi), grid, np.append(self.radius, self.radius[0])) + out
        return np.stack(
            [np.sin(angle) * reach, y, self.middle_z + np.cos(angle) * reach], -1
        ).astype(np.float32)


def measure_neck(rest: Floats, height_cm: float) -> Neck:
    """Measure the neck of a head at rest around `height_cm`."""
    skin = rest[SKIN]
    ring = skin[(np.abs(skin[:, 1] - height_cm) < 0.9) & (np.abs(skin[:, 0]) < 8.0)]
    middle = float((ring[:, 2].max() + ring[:, 2].min()) / 2)
    where = np.arctan2(ring[:, 0], ring[:, 2] - middle) % (2 * np.pi)
    reach = np.hypot(ring[:, 0], ring[:, 2] - middle)
    angles = np.linspace(0, 2 * np.pi, AROUND, endpoint=False)
    apart = np.abs((where[None] - angles[:, None] + np.pi) % (2 * np.pi) - np.pi)
    radius = np.where(apart < 0.28, reach[None], 0.0).max(1)
    for _ in range(14):
        radius = (radius + np.roll(radius, 1) + np.roll(radius, -1)) / 3
    return Neck(middle, radius.astype(np.float32))


def _frontness(angle: ArrayLike) -> Floats:
    """Return 1 at the front of the neck, 0 at its back."""
    return f32((1 + np.cos(f32(angle))) / 2)


def roll_neck(rest: Floats) -> Piece:
    """Return a ribbed roll neck, folded over once, that ends under the jumper's shoulders."""
    neck = measure_neck(rest, -8.8)
    profile = [(0.22, -3.4), (0.20, -1.6), (0.22, -0.4), (0.32, 0.0), (0.50, 0.10), (0.68, -0.05)]
    profile += [(0.82, -0.7), (0.90, -1.6), (0.92, -2.5), (0.88, -3.0), (0.76, -3.15)]
    profile += [(0.80, -3.4), (1.1, -4.1), (1.3, -5.0)]
    angle = np.linspace(0, 2 * np.pi, AROUND, endpoint=False)
    front = _frontness(angle)
    rows = [
        neck.at(angle, out + 1.2 * (1 - front) * (out > 1.0), -8.6 + rise - 1.5 * front)
        for out, rise in profile
    ]
    return sheet(np.stack(rows)[:, ::-1], RIB, closed=True)


def shirt_collar(rest: Floats) -> list[Piece]:
    """Return a folded shirt collar: a stand around the neck and a fall with two points."""
    neck = measure_neck(rest, -9.2)
    u = np.linspace(-1, 1, 90)
    gap = 0.13
    angle = np.pi + u * (np.pi - gap)
    front = _frontness(angle) ** 1.5
    top = -9.6 - 2.7 * front
    stand = [neck.at(angle, 0.08 + 0.22 * t, top - 4.2 * (1 - t)) for t in np.linspace(0, 1, 5)]
    long = 4.3 + 2.9 * smoothstep(0.72, 1.0, np.abs(u).astype(np.float32))
    fall = [stand[-1]]
    for t in np.linspace(0.0, 1.0, 12):
        drop = long * t
        # The ends swing outwards as they fall: that makes the two points.
        swing = np.sign(u) * -0.075 * drop * smoothstep(0.55, 1.0, np.abs(u).astype(np.float32))
        out = (
            0.40 + 0.14 * np.sin(min(t * 4, 1.0) * np.pi / 2) + (0.16 + 0.26 * front) * drop * 0.75
        )
        fold = 0.10 * np.sin(min(t * 6, 1) * np.pi)
        fall.append(neck.at(angle + swing, out, top + fold - drop))
    # The fall shows the other side of the cloth: its columns run the other way.
    return [
        sheet(np.stack(stand), UNDER, closed=False),
        sheet(np.stack(fall)[:, ::-1], UNDER, closed=False),
    ]


def shirt_front(rest: Floats, chest: Floats) -> Piece:
    """Return a plain shirt front from inside the collar down the `chest` points (n, 3).

    As wide as a jacket leaves open; its sides turn back under the lapels.
    """
    neck = measure_neck(rest, -9.2)
    throat = float(neck.at(np.zeros(1), np.zeros(1), np.zeros(1))[0, 2])
    y = np.linspace(-13.2, -38.0, 50)
    half = 5.0 + 2.2 * smoothstep(-13.5, -16.5, y) - 0.17 * (-13.2 - y)
    t = np.linspace(1.0, -1.0, 25)
    x = half[:, None] * t
    middle = chest[np.abs(chest[:, 0]) < 2.5]
    # A straight slope through the chest: the modelled one has a tie and creases in it.
    slope, start = np.polyfit(middle[:, 1], middle[:, 2], 1)
    plain = start + slope * y
    reach = smoothstep(-14.0, -19.5, y)
    depth = (throat - 0.6) * (1 - reach) + plain * reach
    round_neck = 0.022 + 0.075 * (1 - reach[:, None])
    bent = depth[:, None] - round_neck * x**2 - 0.5 * t**6
    rows = np.broadcast_to(y[:, None], x.shape)
    return sheet(np.stack([x, rows, bent], 2), UNDER, closed=False)


def scoop_top(rest: Floats) -> Piece:
    """Return a top with a round neckline, over the skin that a blazer leaves open."""
    skin = rest[SKIN]
    skin = skin[(skin[:, 1] < -9.0) & (skin[:, 2] > 0.0)]
    lowest = skin[skin[:, 1] < skin[:, 1].min() + 3.0]
    x, down = np.meshgrid(np.linspace(7.5, -7.5, 31), np.linspace(0.0, 1.0, 40))
    rim = -17.2 + 0.075 * x**2
    y = rim * (1 - down) - 38.0 * down
    grid = np.stack([x, y], 2).reshape(-1, 2)
    near = np.linalg.norm(skin[None, :, :2] - grid[:, None], axis=2) < 1.6
    depth = np.where(near, skin[None, :, 2], -99.0).max(1).reshape(x.shape)
    breast = float(lowest[:, 2].max()) - 0.045 * x**2 + 2.2 * smoothstep(-17.0, -27.0, y)
    depth = np.maximum(np.where(depth < -50, breast, depth), breast - 0.4)
    return sheet(_smooth_depth(np.stack([x, y, depth + 0.18], 2)), UNDER, closed=False)


def tie(rest: Floats, chest: Floats) -> list[Piece]:
    """Return a knot between the collar's points and a blade down the `chest` points (n, 3)."""
    neck = measure_neck(rest, -9.2)
    top = -12.4
    front_z = float(neck.at(np.zeros(1), np.full(1, 0.9), np.zeros(1))[0, 2])
    around = np.linspace(0, 2 * np.pi, 28, endpoint=False)
    knot = []
    for t in np.linspace(0, 1, 10):
        half = 1.75 - 0.75 * t**1.3
        bulge = 0.95 * np.sin(np.pi * (0.16 + 0.72 * t)) ** 0.6
        y = top + 0.15 - 3.3 * t + 0.25 * np.cos(around) ** 2 * (t < 0.05)
        z = front_z + 0.25 + 0.38 * 3.3 * t + bulge * np.cos(around)
        knot.append(np.stack([half * np.sin(around), np.full(28, 1.0) * y, z], 1))
    heights = np.linspace(top - 3.0, -38.0, 22)
    close = chest[(np.abs(chest[:, 0]) < 2.5)]
    blade: list[Floats] = []
    across = np.linspace(-1, 1, 13)
    for number, y in enumerate(heights):
        near = close[np.abs(close[:, 1] - y) < 1.6]
        z = near[:, 2].max()
        half = 1.15 + 0.075 * (top - 3.0 - y)
        dimple = 0.30 * np.exp(-((number / 2.0) ** 2)) * np.exp(-((across / 0.25) ** 2))
        arch = 0.55 + 0.30 * (1 - across**2) - dimple
        blade.append(np.stack([half * across, np.full(13, y), z + arch], 1))
    return [
        sheet(np.stack(knot)[:, ::-1], TIE, closed=True),
        sheet(_smooth_depth(np.stack(blade))[:, ::-1], TIE, closed=False),
    ]


def _smooth_depth(grid: Floats) -> Floats:
    """Return a grid (rows, columns, 3) with its depth smoothed down the rows."""
    smooth = grid.copy()
    for _ in range(6):
        smooth[1:-1, :, 2] = (smooth[:-2, :, 2] + smooth[1:-1, :, 2] + smooth[2:, :, 2]) / 3
    return smooth
