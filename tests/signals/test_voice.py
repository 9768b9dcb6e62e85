import random

import numpy as np
import pytest

from vcam.media import MS_NS, SECOND_NS, Hearing
from vcam.signals.voice import ONSET_MS, SPAN_MS, Voice


def heard(t_ms: float) -> Hearing:
    """Speech from 1 s on: a level that jumps, an activity that grows."""
    speaking = t_ms >= 1000
    level = 0.5 + 0.4 * np.sin(t_ms / 90) if speaking else 0.0
    return Hearing(round(t_ms * MS_NS), speaking, float(level), min(1.0, t_ms / 4000))


def test_a_constant_voice_is_felt_as_it_is_in_any_order() -> None:
    voice = Voice()
    for t_s in random.Random(1).sample(range(-500, 40_000), 2000):
        felt = voice.at(Hearing(t_s * SECOND_NS // 10, True, level=0.6, activity=0.3))
        assert felt == pytest.approx((0.3, 0.6, 1.0))


def test_asked_twice_it_answers_the_same() -> None:
    voice = Voice()
    for n in range(300):
        assert voice.at(heard(n * 33)) == voice.at(heard(n * 33))


@pytest.mark.parametrize("fps", [15, 25, 60, 200])
def test_any_frame_rate_feels_the_same_voice(fps: int) -> None:
    fine, coarse = Voice(), Voice()
    reference = {t_ms: fine.at(heard(t_ms)) for t_ms in range(0, 6000, 5)}
    for t_ms in range(0, 6000, 5):
        if t_ms * fps % 1000 == 0:
            assert coarse.at(heard(t_ms))[:2] == pytest.approx(reference[t_ms][:2], abs=0.08)


def test_a_jump_of_the_level_is_felt_as_a_movement_and_is_over_after_the_span() -> None:
    voice = Voice()
    felt = [voice.at(Hearing(n * 10 * MS_NS, level=float(n >= 100)))[1] for n in range(300)]
    assert felt[99] == 0
    assert max(np.diff(felt)) < 0.06
    assert felt[100 + SPAN_MS // 10] == pytest.approx(1, abs=1e-6)


def test_a_gate_that_opens_is_felt_whole_after_its_own_span() -> None:
    voice = Voice()
    felt = [voice.at(Hearing(n * 10 * MS_NS, voiced=n >= 100))[2] for n in range(120)]
    assert felt[99] == 0
    assert (np.diff(felt) >= 0).all()
    assert felt[100 + ONSET_MS // 10] == pytest.approx(1, abs=1e-6)


def test_an_hour_of_voice_is_not_remembered() -> None:
    voice = Voice()
    for n in range(3600 * 10):
        voice.at(Hearing(n * 100 * MS_NS))
    assert len(voice._times_ns) == len(voice._levels) <= 9


def test_a_clock_that_starts_again_finds_an_empty_memory() -> None:
    voice = Voice()
    voice.at(Hearing(100 * SECOND_NS, level=1.0, activity=1.0))
    assert voice.at(Hearing(0)) == (0.0, 0.0, 0.0)
