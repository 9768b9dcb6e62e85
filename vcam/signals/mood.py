"""Moods: what each one does to the resting face, to brows while speaking, to the head."""

from dataclasses import dataclass, field

import numpy as np

from vcam.arkit import ARKIT_INDEX, ARKIT_NAMES
from vcam.media import Mood, Vector
from vcam.signals.parting import Parting
from vcam.signals.processes import SmoothNoise


@dataclass(frozen=True)
class Temperament:
    """One mood. Weights name ARKit blendshapes; "Left" and "Right" both where the name has none."""

    face: dict[str, float] = field(default_factory=dict)
    """Always there."""
    spoken: dict[str, float] = field(default_factory=dict)
    """Added while the voice is emphatic, in proportion."""
    head: float = 1.0
    """Scales the motion of the head."""


MOODS: dict[Mood, Temperament] = {
    "neutral": Temperament(
        spoken={"browInnerUp": 0.16, "browOuterUp": 0.10},
    ),
    "warm": Temperament(
        face={
            "mouthSmile": 0.22,
            "mouthDimple": 0.06,
            "cheekSquint": 0.14,
            "eyeSquint": 0.08,
            "browInnerUp": 0.08,
            "browOuterUp": 0.05,
        },
        spoken={"browInnerUp": 0.20, "browOuterUp": 0.14, "mouthSmile": 0.08, "cheekSquint": 0.06},
        head=1.15,
    ),
    "serious": Temperament(
        face={"browDown": 0.18, "mouthPress": 0.12, "mouthFrown": 0.05, "eyeSquint": 0.06},
        spoken={"browDown": 0.10, "browInnerUp": 0.06},
        head=0.75,
    ),
}


_BROW_LIFE = {"browInnerUp": 0.07, "browOuterUp": 0.05}
_SQUINT_LIFE = {"eyeSquint": 0.07}
_PARTED = {"jawOpen": 0.03, "mouthLowerDown": 0.05, "mouthUpperUp": 0.03}


class Face:
    """The face apart from lids, eyes and speech over time: an expression (52,) in [0, 1]."""

    def __init__(self, mood: Temperament, life: float, seed: int) -> None:
        """Wear `mood`; `life` scales everything that changes: 0 keeps the mood's resting face."""
        self._rest = weights(mood.face)
        self._spoken = life * weights(mood.spoken)
        self._brow = life * weights(_BROW_LIFE)
        self._squint = life * weights(_SQUINT_LIFE)
        self._brow_noise = SmoothNoise(seed, "brow", 0.8)
        self._squint_noise = SmoothNoise(seed, "squint", 1.7)
        self._parted = life * weights(_PARTED)
        self._parting = Parting(seed)

    def at(self, t_ns: int, emphasis: float, speaking: float) -> Vector:
        """Return a new expression for `t_ns`; `emphasis`, `speaking` as `Voice` gives them.

        While somebody speaks the lips are left to the voice, for they must be able to meet.
        """
        brow = 0.5 + 0.5 * self._brow_noise.at(t_ns)
        squint = 0.5 + 0.5 * self._squint_noise.at(t_ns)
        face = self._rest + (emphasis * brow) * self._spoken
        face += brow * self._brow + squint * self._squint
        face += (1.0 - speaking) * self._parting.at(t_ns) * self._parted
        return np.clip(face, 0.0, 1.0, out=face)


def weights(table: dict[str, float]) -> Vector:
    """Return the expression (52,) of a table of names; a name without a side means both sides."""
    expression = np.zeros(len(ARKIT_NAMES), np.float32)
    for name, weight in table.items():
        for full in (name,) if name in ARKIT_INDEX else (f"{name}Left", f"{name}Right"):
            expression[ARKIT_INDEX[full]] = weight
    return expression
