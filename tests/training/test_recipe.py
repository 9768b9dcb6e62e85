from math import nan

import pytest

from vcam.errors import InputError
from vcam.training.recipe import Recipe


def test_the_rate_warms_up_and_then_falls_along_a_cosine() -> None:
    recipe = Recipe(steps=1000, lr=1.0, last_lr=0.1, warm_up=10)
    assert recipe.lr_at(0, 0.0) == pytest.approx(0.1)
    assert recipe.lr_at(9, 0.0) == pytest.approx(1.0)
    assert recipe.lr_at(500, 0.5) == pytest.approx(0.55)
    assert recipe.lr_at(1000, 1.0) == pytest.approx(0.1)


def test_the_budget_that_is_used_up_first_ends_the_training() -> None:
    recipe = Recipe(steps=100, minutes=1.0)
    assert recipe.progress(50, 6.0) == pytest.approx(0.5)
    assert recipe.progress(50, 54.0) == pytest.approx(0.9)
    assert Recipe(minutes=1.0).progress(10**9, 30.0) == pytest.approx(0.5)


@pytest.mark.parametrize("minutes", [0.0, -1.0, nan])
def test_a_training_without_an_end_is_refused(minutes: float) -> None:
    with pytest.raises(InputError, match="without an end: wanted a limit above 0"):
        Recipe(minutes=minutes)


def test_a_longer_budget_is_the_same_training() -> None:
    assert Recipe(steps=10).settings() == Recipe(minutes=5.0).settings()
    assert Recipe(steps=10).settings() != Recipe(steps=10, lr=2e-3).settings()
