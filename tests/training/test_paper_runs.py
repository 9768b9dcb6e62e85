"""What the trainings of the papers' two nets share."""

from argparse import Namespace

import pytest

from vcam.training.paper_runs import recipe


@pytest.mark.parametrize(("steps", "share", "wanted"), [(100, 0.25, 25), (1, 0.01, 1), (0, 0.5, 0)])
def test_a_small_share_of_the_steps_is_a_step_and_not_without_end(steps, share, wanted) -> None:
    given = Namespace(steps=steps, minutes=5.0, muon=0.0, ema=0.99, bf16=False, seed=0)
    assert recipe(given, share, lr=1e-3, beta=0.5).steps == wanted
