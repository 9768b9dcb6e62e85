"""Lips in pictures against true ones: lag, correlation, and closures that are lost."""

import numpy as np
import pytest

from vcam.evaluation.face_lips import Spoken, closures, kept, lip_rows
from vcam.evaluation.voice import Row
from vcam.studio.clips import FPS
from vcam.studio.lips import Track


def talking(count: int = 150, seed: int = 0) -> Track:
    """Return a true aperture that is shut now and then."""
    random = np.random.default_rng(seed)
    steps = np.convolve(random.normal(size=count + 6), np.hanning(7), "valid")
    return np.maximum(0.0, 0.05 + 0.04 * steps)


def figures(drawn: Track, true: Track) -> dict[str, Row]:
    """Return the rows of one clip by what they are of."""
    rows = lip_rows("lite", "announcer3", "heard", [Spoken(true, drawn, true)])
    return {row.metric.split(": ")[1].split(",")[0].split(" ")[-1]: row for row in rows}


def test_a_perfect_mouth_is_perfect() -> None:
    found = figures(talking(), talking())
    assert found["r"].value == pytest.approx(1.0)
    assert found["lag"].value == pytest.approx(0.0, abs=0.5)
    assert found["kept"].value == 1.0
    assert found["r"].identity == "announcer3"


def test_a_late_mouth_has_its_lag() -> None:
    true = talking()
    late = np.interp(np.arange(150) - 0.04 * FPS, np.arange(150), true)
    found = figures(late, true)
    assert found["lag"].value == pytest.approx(40.0, abs=5.0)
    assert found["lag"].ceiling == pytest.approx(0.0, abs=0.5)
    assert found["r"].value < 1.0


def test_a_mouth_that_never_shuts_keeps_nothing() -> None:
    found = figures(talking() + 0.05, talking())
    assert found["r"].value == pytest.approx(1.0)
    assert found["kept"].value == 0.0


def test_a_closure_lasts_until_the_lips_part() -> None:
    true = np.array([0.1, 0.01, 0.02, 0.01, 0.1, 0.1, 0.0, 0.1])
    assert closures(true) == [slice(0, 5), slice(5, 8)]
    assert kept(np.array([0.1, 0.1, 0.0, 0.1, 0.1, 0.1, 0.1, 0.1]), true) == [True, False]


def test_a_clip_without_closures_has_no_such_figure() -> None:
    assert "kept" not in figures(talking() + 0.1, talking() + 0.1)
