import numpy as np
import pytest

from vcam.evaluation.lip_metrics import (
    bootstrap,
    bootstrap_ratio,
    closures,
    correlation,
    false_closures,
    lag_curve,
    peak_ms,
    speed_p95,
)
from vcam.studio.phones import Phone

TIMES = np.arange(300) / 100
MOUTH = np.sin(2 * np.pi * 2.3 * TIMES) + np.sin(2 * np.pi * 3.7 * TIMES + 1)


@pytest.mark.parametrize("late_ms", [-40.0, -12.0, 0.0, 20.0, 33.0])
def test_a_mouth_that_is_late_has_its_lag_found(late_ms: float) -> None:
    late = np.interp(TIMES - late_ms / 1000, TIMES, MOUTH)
    assert peak_ms(lag_curve(late, MOUTH, 100)) == pytest.approx(late_ms, abs=1.0)


def test_a_mouth_that_does_not_move_follows_nothing() -> None:
    assert correlation(np.zeros(300), MOUTH) == 0.0
    assert correlation(MOUTH * 3 + 1, MOUTH) == pytest.approx(1.0)


def test_speed_is_per_second() -> None:
    assert speed_p95(np.arange(100) * 0.02, 25.0) == pytest.approx(0.5)


def test_lips_that_meet_in_the_sound_are_a_closure() -> None:
    aperture = np.full(100, 0.1)
    aperture[30:34] = 0.01
    phones = [Phone("m", 0.30, 0.36), Phone("p", 0.60, 0.68), Phone("a", 0.70, 0.80)]
    assert closures(phones, aperture, 100) == [True, False]


def test_lips_that_meet_at_the_edge_of_a_vowel_are_no_false_closure() -> None:
    aperture = np.full(100, 0.1)
    aperture[28:32] = 0.01
    aperture[75] = 0.01
    phones = [Phone("a", 0.30, 0.50), Phone("a", 0.70, 0.80), Phone("ə", 0.60, 0.64)]
    assert false_closures(phones, aperture, 100) == [False, True]


def test_a_vowel_beside_a_bilabial_is_not_judged() -> None:
    phones = [
        Phone("m", 0.1, 0.2),
        Phone("a", 0.2, 0.4),
        Phone("t", 0.4, 0.5),
        Phone("a", 0.5, 0.7),
    ]
    assert false_closures(phones, np.zeros(100), 100) == [True]


def test_the_interval_holds_the_mean_and_narrows_with_more_clips() -> None:
    random = np.random.default_rng(2)
    few, many = (bootstrap(random.normal(0.8, 0.1, n).tolist()) for n in (10, 1000))
    assert few.low < few.value < few.high
    assert many.high - many.low < 0.3 * (few.high - few.low)


def test_a_ratio_counts_every_event_once() -> None:
    assert bootstrap_ratio([1, 9], [10, 10]).value == pytest.approx(0.5)
    assert bootstrap_ratio([0], [0]).value == 0.0
