"""The one table between ARKit's 52 names and the head model's 57, and limits that keep lips sane.

The two vocabularies agree but for four places: the model halves `browInnerUp` and `cheekPuff`,
has `cheekRaiser` and `PupilDilate` which ARKit lacks, and has no `tongueOut`; the tongue is moved
by `vcam.studio.mouth`.
"""

import numpy as np

from vcam.arkit import ARKIT_INDEX, ARKIT_NAMES
from vcam.media import Vector
from vcam.studio.arrays import f32

ICT_NAMES: tuple[str, ...] = tuple(
    f"{stem}_{side}" if sided else stem
    for stem, sided in (
        ("PupilDilate", True),
        ("browDown", True),
        ("browInnerUp", True),
        ("browOuterUp", True),
        ("cheekPuff", True),
        ("cheekRaiser", True),
        ("cheekSquint", True),
        ("eyeBlink", True),
        ("eyeLookDown", True),
        ("eyeLookIn", True),
        ("eyeLookOut", True),
        ("eyeLookUp", True),
        ("eyeSquint", True),
        ("eyeWide", True),
        ("jawForward", False),
        ("jawLeft", False),
        ("jawOpen", False),
        ("jawRight", False),
        ("mouthClose", False),
        ("mouthDimple", True),
        ("mouthFrown", True),
        ("mouthFunnel", False),
        ("mouthLeft", False),
        ("mouthLowerDown", True),
        ("mouthPress", True),
        ("mouthPucker", False),
        ("mouthRight", False),
        ("mouthRollLower", False),
        ("mouthRollUpper", False),
        ("mouthShrugLower", False),
        ("mouthShrugUpper", False),
        ("mouthSmile", True),
        ("mouthStretch", True),
        ("mouthUpperUp", True),
        ("noseSneer", True),
    )
    for side in (("L", "R") if sided else ("",))
)
ICT_INDEX: dict[str, int] = {name: index for index, name in enumerate(ICT_NAMES)}

_HALVED = ("browInnerUp", "cheekPuff")
_SIDES = {"Left": "_L", "Right": "_R"}
_DIRECTIONS = ("jawLeft", "jawRight", "mouthLeft", "mouthRight")


def ict_names_of(arkit_name: str) -> tuple[str, ...]:
    """Return the model's weights that one ARKit weight drives: none, one, or both halves."""
    if arkit_name == "tongueOut":
        return ()
    if arkit_name in _HALVED:
        return (f"{arkit_name}_L", f"{arkit_name}_R")
    if arkit_name in _DIRECTIONS:
        return (arkit_name,)
    for side, suffix in _SIDES.items():
        if arkit_name.endswith(side):
            return (arkit_name.removesuffix(side) + suffix,)
    return (arkit_name,)


def _matrix() -> Vector:
    table = np.zeros((len(ICT_NAMES), len(ARKIT_NAMES)), np.float32)
    for column, name in enumerate(ARKIT_NAMES):
        for ict_name in ict_names_of(name):
            table[ICT_INDEX[ict_name], column] = 1.0
    return table


ICT_FROM_ARKIT: Vector = _matrix()
"""(57, 52) of zeros and ones."""


def to_ict(expression: Vector) -> Vector:
    """Return the model's 57 weights for an ARKit expression (52,); the tongue has none."""
    return f32(ICT_FROM_ARKIT @ expression)


def to_arkit(weights: Vector) -> Vector:
    """Return the ARKit expression (52,) of the model's 57 weights; halves are averaged.

    What ARKit cannot say (cheekRaiser, PupilDilate) is lost, and tongueOut is 0.
    """
    share = ICT_FROM_ARKIT / np.maximum(ICT_FROM_ARKIT.sum(0), 1.0)
    return f32(share.T @ weights)


def _limit(expression: Vector, names: tuple[str, ...], ceiling: float) -> None:
    """Scale the named weights down together so that their sum is at most `ceiling`."""
    places = [ARKIT_INDEX[name] for name in names]
    total = float(expression[places].sum())
    if total > ceiling:
        expression[places] *= ceiling / total


def clamp(expression: Vector) -> Vector:
    """Return `expression` (52,) within what the linear model can show without tearing lips.

    Deltas were scanned one at a time: rounding shapes add up beyond any mouth, lips cannot close
    more than the jaw is open, and a shut eye neither widens nor follows the gaze.
    """
    sane = np.clip(expression, 0.0, 1.0).astype(np.float32)
    at = ARKIT_INDEX
    _limit(sane, ("mouthFunnel", "mouthPucker"), 1.0)
    _limit(sane, ("jawOpen", "mouthFunnel", "mouthPucker"), 1.35)
    _limit(sane, ("mouthRollLower", "mouthShrugLower"), 1.0)
    _limit(sane, ("mouthRollUpper", "mouthShrugUpper"), 1.0)
    sane[at["mouthClose"]] = min(sane[at["mouthClose"]], sane[at["jawOpen"]])
    for side in _SIDES:
        open_share = 1.0 - sane[at[f"eyeBlink{side}"]]
        sane[at[f"eyeWide{side}"]] *= open_share
        sane[at[f"eyeLookDown{side}"]] *= open_share
        sane[at[f"eyeSquint{side}"]] *= 0.4 + 0.6 * open_share
        _limit(sane, (f"mouthSmile{side}", f"mouthStretch{side}", f"mouthDimple{side}"), 1.2)
    return sane
