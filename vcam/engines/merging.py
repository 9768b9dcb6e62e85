"""What moves the face, from three sides, as one expression and one gaze."""

import numpy as np

from vcam.arkit import ARKIT_INDEX, ARKIT_NAMES
from vcam.errors import InputError
from vcam.media import Controls, Vector

_BLINK = [ARKIT_INDEX["eyeBlinkLeft"], ARKIT_INDEX["eyeBlinkRight"]]
_LOOK = [index for name, index in ARKIT_INDEX.items() if name.startswith("eyeLook")]
_LEFTWARD = ("eyeLookOutLeft", "eyeLookInRight")
_RIGHTWARD = ("eyeLookInLeft", "eyeLookOutRight")
_UP = ("eyeLookUpLeft", "eyeLookUpRight")
_DOWN = ("eyeLookDownLeft", "eyeLookDownRight")


def merge(controls: Controls, mouth: Vector | None) -> tuple[Vector, Vector]:
    """Return expression (52,), its eyeLook* 0, and gaze (2,) of a moment.

    Mood and speech add up; the eyes are shut as far as anybody wants them to be; where an outside
    driver looks with eyeLook*, both eyes go where they go on average.

    Raises:
        InputError: an expression that is not 52 weights.
    """
    expression = np.zeros(len(ARKIT_NAMES), np.float32)
    if controls.expression is not None:
        if controls.expression.shape != expression.shape:
            raise InputError(
                f"an expression of shape {controls.expression.shape}: wanted (52,), one weight for "
                "each ARKit blendshape; see vcam/arkit.py"
            )
        expression += controls.expression
    if mouth is not None:
        expression += mouth
    np.clip(expression, 0.0, 1.0, out=expression)
    gaze = np.array(controls.gaze, np.float32) + _looking(expression)
    expression[_LOOK] = 0.0
    expression[_BLINK] = np.maximum(expression[_BLINK], controls.blink)
    return expression, np.clip(gaze, -1.0, 1.0)


def _looking(expression: Vector) -> Vector:
    """Return the gaze (2,) that the eyeLook* weights mean."""
    left, right, up, down = (
        sum(float(expression[ARKIT_INDEX[name]]) for name in names) / 2
        for names in (_LEFTWARD, _RIGHTWARD, _UP, _DOWN)
    )
    return np.array([left - right, up - down], np.float32)
