"""The six haircuts, one literal table, and the ways that hair can lie."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from vcam.studio.arrays import Floats, smoothstep, unit

AZIMUTHS = (0, 20, 38, 50, 62, 72, 80, 88, 100, 125, 180)
"""Degrees from the front at which a hairline is given."""


@dataclass(frozen=True)
class Style:
    """One haircut."""

    hairline: tuple[float, ...]
    """Elevation in degrees at AZIMUTHS above which hair grows."""
    count: int
    points: int
    length_cm: Callable[["Roots"], Floats]
    flow: Callable[["Tips"], Floats]
    """The direction (n, 3) that strands take from where they have come to."""
    thickness_cm: Callable[["Roots"], Floats]
    """How far above the skin a strand may come to lie."""
    stiffness: float
    """How much of its last direction a strand keeps at each step."""
    stray: float
    """How much single strands leave their lock."""
    hugging: float
    """How firmly hair lies on the head, 0 free .. 1."""
    width_cm: float
    hangs: bool = False
    """Falls past the ears to `cut_cm`."""
    knot: bool = False
    """A share of it is wound to a knot at the back."""
    cut_cm: float = -30.0
    """Height at which hanging hair is cut."""
    soft_deg: float = 5.0
    """Over how many degrees the hairline thins out."""


@dataclass(frozen=True)
class Roots:
    """Where strands grow (n, 3), and what each strand and each lock is like."""

    points: Floats
    normals: Floats
    lock: Floats
    """A random direction (n, 3) shared by neighbours."""
    own: Floats
    """A random direction (n, 3) of the strand's own."""
    layer: Floats
    """0 innermost .. 1 outermost (n,)."""
    part: float
    top: Floats
    """0 at the sides .. 1 on top of the head (n,)."""
    dense: Floats
    """How densely hair grows around the root, 0..1 (n,)."""


@dataclass(frozen=True)
class Tips:
    """Where growing strands have come to."""

    roots: Roots
    at: Floats
    """(n, 3)"""
    along: float
    """0 at the roots .. 1 at the ends."""


def _falling(tips: Tips) -> Floats:
    """Fall from the parting to the sides and down, clear of the face."""
    side = np.sign(tips.roots.points[:, 0] - tips.roots.part)
    side = np.where(np.abs(tips.at[:, 0]) > 4.0, np.sign(tips.at[:, 0]), side)
    high = smoothstep(5.5, 10.5, tips.at[:, 1])
    front = smoothstep(0.0, 7.0, tips.at[:, 2])
    flow = np.stack(
        [
            side * (0.15 + 0.95 * high),
            -0.35 - 0.95 * (1 - high),
            -(0.15 + 0.75 * front * (0.4 + 0.6 * high)),
        ],
        1,
    )
    # Below the ears hair hangs, turning in a little towards the neck at its tips.
    low = smoothstep(1.0, -3.0, tips.at[:, 1])[:, None]
    hang = np.stack(
        [-side * 0.10 * tips.along, -np.ones(len(tips.at)), 0.03 * np.ones(len(tips.at))], 1
    )
    return np.asarray(flow * (1 - low) + hang * low, np.float32)


def _swept(tips: Tips) -> Floats:
    """Short: sides lie down and back, the top is brushed up and over from the parting."""
    side = -np.sign(tips.roots.part)
    front = smoothstep(0.0, 7.0, tips.roots.points[:, 2])
    top = np.stack(
        [
            side * (0.75 - 0.15 * front),
            0.50 * front * (1 - tips.along) + 0.05,
            -0.55 - 0.25 * front,
        ],
        1,
    )
    sides = np.stack(
        [np.zeros(len(tips.at)), -0.95 * np.ones(len(tips.at)), -0.45 * np.ones(len(tips.at))], 1
    )
    t = tips.roots.top[:, None]
    return np.asarray(top * t + sides * (1 - t), np.float32)


def _back(tips: Tips) -> Floats:
    """Combed back tightly towards a knot at the back of the head."""
    return unit(np.array([0.0, 5.5, -11.0], np.float32) - tips.at)


def _upright(tips: Tips) -> Floats:
    """Grow straight out, curling at once."""
    return tips.roots.normals + 0.9 * tips.roots.own


def _combed(tips: Tips) -> Floats:
    """Thin hair combed back over the crown, short at the sides."""
    side = -np.sign(tips.roots.part)
    n = np.ones(len(tips.at))
    top = np.stack([0.45 * side * n, 0.12 * n, -0.95 * n], 1)
    sides = np.stack([0.0 * n, -0.8 * n, -0.6 * n], 1)
    t = tips.roots.top[:, None]
    return np.asarray(top * t + sides * (1 - t), np.float32)


def _even(value: float) -> Callable[[Roots], Floats]:
    return lambda roots: np.full(len(roots.points), value, np.float32)


STYLES: dict[str, Style] = {
    "bob": Style(
        hairline=(31, 30, 28, 24, 16, 6, -4, -10, -20, -36, -44),
        count=5600,
        points=13,
        length_cm=lambda r: 18.0 + 7.0 * r.top + 2.0 * r.layer,
        flow=_falling,
        hangs=True,
        thickness_cm=lambda r: 0.5 + 1.3 * r.layer,
        stiffness=0.35,
        stray=0.07,
        hugging=0.9,
        cut_cm=-8.6,
        width_cm=0.040,
    ),
    "long": Style(
        hairline=(31, 30, 28, 24, 16, 6, -4, -10, -20, -36, -44),
        count=4800,
        points=13,
        length_cm=lambda r: 22.0 + 7.0 * r.top + 2.0 * r.layer,
        flow=_falling,
        hangs=True,
        thickness_cm=lambda r: 0.5 + 1.6 * r.layer,
        stiffness=0.35,
        stray=0.08,
        hugging=0.9,
        cut_cm=-11.5,
        width_cm=0.040,
    ),
    "short": Style(
        hairline=(33, 33, 31, 25, 14, 5, -8, -6, -16, -34, -42),
        count=12000,
        points=9,
        length_cm=lambda r: (0.9 + 3.6 * r.top) * (0.8 + 0.4 * r.layer),
        flow=_swept,
        thickness_cm=lambda r: 0.10 + (0.25 + 1.1 * r.top) * r.layer,
        stiffness=0.30,
        stray=0.16,
        hugging=0.35,
        width_cm=0.030,
    ),
    "bun": Style(
        hairline=(33, 32, 30, 25, 15, 5, -5, -10, -20, -36, -44),
        count=8000,
        points=9,
        length_cm=lambda r: np.clip(
            np.linalg.norm(r.points - np.array([0.0, 5.5, -10.0]), axis=1) * 1.15, 3.0, 22.0
        ).astype(np.float32),
        flow=_back,
        knot=True,
        thickness_cm=lambda r: 0.12 + 0.45 * r.layer,
        stiffness=0.25,
        stray=0.05,
        hugging=1.0,
        width_cm=0.030,
    ),
    "crop": Style(
        hairline=(36, 35, 32, 26, 15, 5, -8, -6, -16, -34, -42),
        count=20000,
        points=4,
        length_cm=lambda r: 0.35 + 0.30 * r.top + 0.15 * r.layer,
        flow=_upright,
        thickness_cm=_even(0.05),
        stiffness=0.1,
        stray=0.6,
        hugging=0.0,
        width_cm=0.022,
        soft_deg=3.0,
    ),
    "receding": Style(
        hairline=(44, 50, 52, 38, 18, 7, -8, -6, -16, -34, -42),
        count=11000,
        points=8,
        length_cm=lambda r: (1.2 + 3.0 * r.top) * (0.8 + 0.4 * r.layer),
        flow=_combed,
        thickness_cm=lambda r: 0.08 + (0.25 + 0.5 * r.top) * r.layer,
        stiffness=0.35,
        stray=0.14,
        hugging=0.6,
        width_cm=0.024,
        soft_deg=9.0,
    ),
}
