"""Three-point light, and how much of it reaches each point: precomputed radiance transfer.

Soft light is kept as spherical harmonics of bands 0..3 (16 coefficients). For every vertex the
transfer vector says how much light from each harmonic arrives, shadows by the head itself, hair
and clothes included; per frame only the lights are turned against the head. (Sloan, Kautz and
Snyder, "Precomputed radiance transfer", SIGGRAPH 2002.) The key light is left out: it gets a
shadow map of its own, so that lips, lids and hair cast moving shadows.
"""

from dataclasses import dataclass

import numpy as np

from vcam.studio.arrays import Floats, unit

HARMONICS = 16
_BAND_OF = np.repeat(np.arange(4), (1, 3, 5, 7))
_WINDOW = np.array([1.0, 0.95, 0.80, 0.55], np.float32)
"""Damps the higher bands: a sharp light cut off at band 3 would ring."""


@dataclass(frozen=True)
class Light:
    """A light far away: unit direction towards it and linear RGB strength."""

    direction: tuple[float, float, float]
    colour: tuple[float, float, float]


@dataclass(frozen=True)
class Lighting:
    """A key with sharp shadows, soft lights, and the dome of a room (above and below)."""

    key: Light
    soft: tuple[Light, ...]
    above: tuple[float, float, float] = (0.22, 0.23, 0.26)
    below: tuple[float, float, float] = (0.15, 0.13, 0.12)


def three_point(side: float, warmth: float, strength: float = 1.0) -> Lighting:
    """Return a portrait set: key from `side` (-1 the viewer's left), fill, two rims.

    `warmth` in [-1, 1] moves the key from daylight to tungsten.
    """
    tint = np.array([1.0 + 0.06 * warmth, 0.975, 0.94 - 0.09 * warmth])
    cool = np.array([0.92 - 0.03 * warmth, 1.0, 1.08 + 0.06 * warmth])

    def light(x: float, y: float, z: float, colour: Floats) -> Light:
        d = unit(np.array([x, y, z], np.float32))
        r, g, b = (float(c) for c in colour)
        return Light((float(d[0]), float(d[1]), float(d[2])), (r, g, b))

    return Lighting(
        key=light(side * 0.60, 0.52, 0.75, (2.5 * strength * tint).astype(np.float32)),
        soft=(
            light(-side * 0.75, 0.12, 0.72, (0.38 * strength * cool).astype(np.float32)),
            light(-side * 0.72, 0.38, -0.62, (1.50 * strength * cool).astype(np.float32)),
            light(side * 0.80, 0.42, -0.58, (0.85 * strength * tint).astype(np.float32)),
            light(0.0, -0.62, 0.78, (0.16 * strength * tint).astype(np.float32)),
        ),
    )


def harmonics(directions: Floats) -> Floats:
    """Return the real spherical harmonics (n, 16) of unit directions (n, 3)."""
    x, y, z = np.asarray(directions, np.float64).T
    one = np.ones_like(x)
    rows = [
        0.282095 * one,
        0.488603 * y,
        0.488603 * z,
        0.488603 * x,
        1.092548 * x * y,
        1.092548 * y * z,
        0.315392 * (3 * z * z - 1),
        1.092548 * x * z,
        0.546274 * (x * x - y * y),
        0.590044 * y * (3 * x * x - y * y),
        2.890611 * x * y * z,
        0.457046 * y * (5 * z * z - 1),
        0.373176 * z * (5 * z * z - 3),
        0.457046 * x * (5 * z * z - 1),
        1.445306 * z * (x * x - y * y),
        0.590044 * x * (x * x - 3 * y * y),
    ]
    return np.stack(rows, 1).astype(np.float32)


def sphere(count: int) -> Floats:
    """Return `count` directions (count, 3) spread evenly over the sphere (Fibonacci lattice)."""
    index = np.arange(count) + 0.5
    y = 1 - 2 * index / count
    around = np.pi * (1 + 5**0.5) * index
    ring = np.sqrt(1 - y * y)
    return np.stack([ring * np.cos(around), y, ring * np.sin(around)], 1).astype(np.float32)


def environment(lighting: Lighting, turn: Floats) -> Floats:
    """Return the soft light (16, 3) as harmonics, seen by a head turned by the matrix `turn`."""
    total = np.zeros((HARMONICS, 3), np.float32)
    window = _WINDOW[_BAND_OF][:, None]
    for light in lighting.soft:
        local = np.array(light.direction, np.float32) @ turn
        total += harmonics(local[None])[0][:, None] * np.array(light.colour, np.float32) * window
    above, below = np.array(lighting.above), np.array(lighting.below)
    up = np.array([0.0, 1.0, 0.0], np.float32) @ turn
    basis = harmonics(up[None])[0]
    # A dome of radiance ((a + b) / 2 + (a - b) / 2 * up) / pi, so that a flat card receives a or b.
    total[0] += (above + below) / 2 / 0.282095 / np.pi
    total[1:4] += basis[1:4, None] * (above - below) / 2 / 0.488603**2 / np.pi
    return total
