import numpy as np
import pytest

from vcam.arkit import ARKIT_INDEX
from vcam.media import Vector
from vcam.studio.lips import CLOSED_APERTURE, MeanLips


def weights(**given: float) -> Vector:
    row = np.zeros((1, 52), np.float32)
    for name, value in given.items():
        row[0, ARKIT_INDEX[name]] = value
    return row


def test_lips_at_rest_touch(lips: MeanLips) -> None:
    assert 0.0 < lips.aperture(weights())[0] < CLOSED_APERTURE


def test_the_jaw_opens_them_and_mouth_close_shuts_them(lips: MeanLips) -> None:
    assert lips.aperture(weights(jawOpen=0.3))[0] > 0.1
    assert lips.aperture(weights(jawOpen=0.3, mouthClose=0.3))[0] < CLOSED_APERTURE


def test_pressed_lips_measure_nothing_and_never_less(lips: MeanLips) -> None:
    pressed = weights(mouthPressLeft=1, mouthPressRight=1, mouthRollLower=0.5)
    assert lips.aperture(pressed)[0] == 0.0


def test_a_stretched_mouth_is_wide_and_a_puckered_one_narrow(lips: MeanLips) -> None:
    wide, rest, narrow = (
        lips.width(weights(**given))[0]
        for given in ({"mouthStretchLeft": 1, "mouthStretchRight": 1}, {}, {"mouthPucker": 1})
    )
    assert narrow + 0.05 < rest < wide - 0.05
    assert rest == pytest.approx(0.57, abs=0.01)
