"""Ten mouth shapes of speech as ARKit weights, for sheets and tests."""

import numpy as np

from vcam.arkit import ARKIT_INDEX
from vcam.media import Vector

_SIDED = {
    "mouthSmile",
    "mouthStretch",
    "mouthUpperUp",
    "mouthLowerDown",
    "mouthPress",
    "cheekSquint",
    "browDown",
    "browOuterUp",
    "mouthFrown",
}


def expression(**weights: float) -> Vector:
    """Return an expression (52,); a name without Left or Right sets both sides."""
    vector = np.zeros(52, np.float32)
    for name, amount in weights.items():
        names = (f"{name}Left", f"{name}Right") if name in _SIDED else (name,)
        for one in names:
            vector[ARKIT_INDEX[one]] = amount
    return vector


VISEMES: dict[str, Vector] = {
    "sil": expression(),
    "AA": expression(jawOpen=0.50, mouthLowerDown=0.25, mouthUpperUp=0.30, mouthStretch=0.15),
    "OO": expression(jawOpen=0.22, mouthPucker=0.75, mouthFunnel=0.25),
    "OH": expression(jawOpen=0.40, mouthFunnel=0.60, mouthPucker=0.25),
    "EE": expression(
        jawOpen=0.14, mouthSmile=0.38, mouthStretch=0.35, mouthUpperUp=0.25, mouthLowerDown=0.40
    ),
    "MBP": expression(
        jawOpen=0.06, mouthClose=0.06, mouthPress=0.60, mouthRollLower=0.32, mouthRollUpper=0.28
    ),
    "FV": expression(jawOpen=0.10, mouthRollLower=0.45, mouthUpperUp=0.40),
    "L": expression(jawOpen=0.30, mouthLowerDown=0.30, mouthUpperUp=0.20, tongueOut=0.40),
    "S": expression(
        jawOpen=0.07, mouthStretch=0.30, mouthLowerDown=0.45, mouthUpperUp=0.30, mouthSmile=0.15
    ),
    "TH": expression(jawOpen=0.18, mouthLowerDown=0.30, mouthUpperUp=0.20, tongueOut=0.75),
}
MOODS: dict[str, Vector] = {
    "neutral": expression(),
    "warm": expression(mouthSmile=0.45, cheekSquint=0.30, browOuterUp=0.15),
    "serious": expression(browDown=0.40, mouthFrown=0.15, mouthPress=0.15),
}
