import numpy as np
import pytest

from vcam.arkit import ARKIT_INDEX
from vcam.media import Vector
from vcam.studio.lips import CLOSED_APERTURE, MeanLips
from vcam.studio.motion import draw_style, speak
from vcam.studio.phones import Phone


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


@pytest.mark.parametrize("vowel", ["a", "i", "u", "ɔ"])
def test_every_speaker_shuts_the_lips_for_40_ms_between_any_vowels(
    lips: MeanLips, vowel: str
) -> None:
    phones = [Phone(vowel, 0.3, 0.45), Phone("b", 0.45, 0.49), Phone(vowel, 0.49, 0.64)]
    times = np.arange(0.4, 0.55, 0.001)
    for seed in range(25):
        loud = np.ones(100, np.float32)
        aperture = lips.aperture(speak(phones, 1.0, draw_style(seed), loud).at(times))
        assert (aperture <= CLOSED_APERTURE).sum() >= 40


@pytest.mark.parametrize("vowel", ["a", "i", "u"])
def test_the_lower_lip_comes_up_to_the_teeth_for_v(lips: MeanLips, vowel: str) -> None:
    phones = [Phone(vowel, 0.3, 0.45), Phone("v", 0.45, 0.5), Phone(vowel, 0.5, 0.65)]
    motion = speak(phones, 1.0, loudness=np.ones(100, np.float32))
    during, before = lips.aperture(motion.at(np.array([0.475, 0.37])))
    assert during < 0.04
    assert during < 0.8 * before


def test_rounding_narrows_the_mouth_and_spreading_widens_it(lips: MeanLips) -> None:
    rounded, spread = (
        lips.width(speak([Phone(vowel, 0.3, 0.6)], 1.0).at(np.array([0.45])))[0]
        for vowel in ("u", "i")
    )
    assert rounded < lips.width(weights())[0] - 0.04
    assert spread > lips.width(weights())[0] + 0.03
