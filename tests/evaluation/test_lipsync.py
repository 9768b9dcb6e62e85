"""Lips that come late are found late, and missed closures are counted."""

import numpy as np
import pytest
from numpy.typing import NDArray

from vcam.evaluation.lipsync import closure_f1, lip_sync

FPS = 25


def curve(count: int = 250, late_ms: float = 0.0) -> NDArray[np.float64]:
    """Return an opening that never repeats."""
    t_s = np.arange(count) / FPS - late_ms / 1000
    wave = 0.6 * np.sin(2 * np.pi * 2.3 * t_s) + 0.4 * np.sin(2 * np.pi * 3.7 * t_s + 1)
    return np.asarray(0.1 * np.clip(wave, 0.0, None))


@pytest.mark.parametrize("late_ms", [-80, -30, 0, 20, 100])
def test_the_lag_is_found_to_some_milliseconds(late_ms: float) -> None:
    found = lip_sync(curve(late_ms=late_ms), curve(), FPS)
    assert found.lag_ms == pytest.approx(late_ms, abs=8)
    assert found.correlation > 0.95
    assert found.correlation >= found.correlation_at_0


def test_the_same_curve_is_perfect_and_a_still_mouth_is_not_in_step() -> None:
    same = lip_sync(curve(), curve(), FPS)
    assert same.correlation_at_0 == pytest.approx(1.0)
    assert same.closure_f1 == 1.0
    still = lip_sync(np.full(250, 0.1), curve(), FPS)
    assert still.correlation == 0.0
    assert still.closure_f1 == 0.0


def test_half_the_closures_missed_is_two_thirds() -> None:
    truth = np.ones(40)
    truth[[5, 25]] = 0.0
    drawn = np.ones(40)
    drawn[6] = 0.0  # a frame late is still met
    assert closure_f1(drawn, truth) == pytest.approx(2 / 3)
    assert closure_f1(np.ones(40), np.ones(40)) == 1.0
