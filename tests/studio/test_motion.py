import numpy as np
import pytest

from vcam.arkit import ARKIT_INDEX
from vcam.media import Vector
from vcam.studio.motion import GRID_HZ, Style, draw_style, measure_loudness, speak
from vcam.studio.phones import Phone

SENTENCE = [
    Phone("", 0.0, 0.6),
    Phone("a", 0.6, 0.75),
    Phone("b", 0.75, 0.82),
    Phone("a", 0.82, 1.0),
    Phone("f", 1.0, 1.1),
    Phone("u", 1.1, 1.3),
    Phone("s", 1.3, 1.42),
    Phone("a", 1.42, 1.6),
    Phone("", 1.6, 3.0),
]
EVERY_5_MS = np.arange(0, 3, 0.005)


def curve(weights: Vector, name: str) -> Vector:
    return weights[:, ARKIT_INDEX[name]]


def test_weights_stay_between_nothing_and_all() -> None:
    weights = speak(SENTENCE, 3.0).at(EVERY_5_MS)
    assert weights.shape == (600, 52)
    assert weights.dtype == np.float32
    assert weights.min() == 0.0
    assert weights.max() <= 1.0


def test_lips_shut_for_a_bilabial_long_enough_for_25_frames_a_second() -> None:
    weights = speak(SENTENCE, 3.0).at(EVERY_5_MS)
    shut = curve(weights, "mouthPressLeft") > 0.495
    assert 0.04 <= 0.005 * shut.sum() <= 0.12
    assert 0.75 < EVERY_5_MS[shut].mean() < 0.82
    closing = curve(weights, "mouthClose") / np.maximum(curve(weights, "jawOpen"), 1e-3)
    assert closing[shut].min() > 0.8


def test_the_jaw_opens_for_a_vowel_and_narrows_for_a_sibilant() -> None:
    motion = speak(SENTENCE, 3.0)
    vowel, sibilant = curve(motion.at(np.array([0.92, 1.36])), "jawOpen")
    assert vowel > 0.25
    assert sibilant < 0.1


def test_the_lower_lip_touches_the_teeth_for_f() -> None:
    rolled = curve(speak(SENTENCE, 3.0).at(np.array([1.05])), "mouthRollLower")
    assert rolled > 0.55


def test_rounding_starts_before_the_rounded_vowel_and_outlasts_it() -> None:
    plain = [Phone("", 0, 0.5), Phone("k", 0.5, 0.7), Phone("u", 0.7, 0.9), Phone("k", 0.9, 1.1)]
    rounded = curve(speak(plain, 1.5).at(EVERY_5_MS), "mouthPucker")
    spread = [Phone("", 0, 0.5), Phone("k", 0.5, 0.7), Phone("i", 0.7, 0.9), Phone("k", 0.9, 1.1)]
    stretched = curve(speak(spread, 1.5).at(EVERY_5_MS), "mouthStretchLeft")
    half = 0.5
    early = EVERY_5_MS[np.argmax(rounded > half * rounded.max())]
    assert early < EVERY_5_MS[np.argmax(stretched > half * stretched.max())]
    assert early < 0.7
    assert rounded[int(0.92 / 0.005)] > half * rounded.max()


def test_silence_is_still_and_at_rest() -> None:
    weights = speak(SENTENCE, 3.0).at(EVERY_5_MS)
    assert not weights[EVERY_5_MS < 0.3].any()
    assert not weights[EVERY_5_MS > 2.0].any()


def test_lips_part_a_little_before_speech() -> None:
    motion = speak([Phone("", 0, 0.6), Phone("k", 0.6, 0.7), Phone("a", 0.7, 0.9)], 1.0)
    before = curve(motion.at(np.array([0.5])), "jawOpen")
    assert 0.01 < before < 0.12


def test_no_phones_is_a_mouth_at_rest() -> None:
    assert not speak([], 0.5).at(np.array([0.0, 0.3, 9.0])).any()


def test_the_jaw_follows_loudness() -> None:
    loud = speak(SENTENCE, 3.0, loudness=np.ones(300, np.float32))
    quiet = speak(SENTENCE, 3.0, loudness=np.full(300, 0.3, np.float32))
    at = np.array([0.92])
    assert curve(loud.at(at), "jawOpen") > 1.3 * curve(quiet.at(at), "jawOpen")


def test_the_same_seed_is_the_same_speaker_and_another_differs_a_little() -> None:
    one, again, other = (
        speak(SENTENCE, 3.0, draw_style(seed)).at(EVERY_5_MS) for seed in (3, 3, 4)
    )
    assert np.array_equal(one, again)
    difference = np.abs(one - other).max()
    assert 0.005 < difference < 0.35


def test_asymmetry_moves_one_side_more() -> None:
    weights = speak(SENTENCE, 3.0, Style(left=0.2)).at(np.array([0.92]))
    left, right = (curve(weights, f"mouthLowerDown{side}") for side in ("Left", "Right"))
    assert left / right == pytest.approx(1.1 / 0.9, rel=1e-3)


def test_any_rate_samples_the_same_function_of_time() -> None:
    motion = speak(SENTENCE, 3.0)
    fast, slow = motion.at(np.arange(0, 2, 0.01)), motion.at(np.arange(0, 2, 0.04))
    assert np.allclose(fast[::4], slow)
    assert motion.duration_s == pytest.approx(3.0, abs=1 / GRID_HZ)


def test_loudness_is_relative_to_the_loudest_syllables() -> None:
    time = np.arange(16000) / 16000
    tone = (np.sin(2 * np.pi * 200 * time) * np.where(time < 0.5, 1.0, 0.1)).astype(np.float32)
    loudness = measure_loudness(tone, 16000)
    assert loudness.shape == (100,)
    assert loudness[10:40].mean() == pytest.approx(1.0, abs=0.02)
    assert loudness[60:90].mean() == pytest.approx(1 - 20 / 30, abs=0.05)
    assert np.allclose(measure_loudness(0.1 * tone, 16000), loudness, atol=0.01)
