"""Distances of sets of features have their closed forms."""

import numpy as np
import pytest
from numpy.typing import NDArray

from vcam.evaluation.distances import frechet_distance, kernel_distance


def sample(mean: float, deviation: float, count: int, seed: int) -> NDArray[np.float64]:
    """Return Gaussian features (N, 3)."""
    return np.random.default_rng(seed).normal(mean, deviation, (count, 3))


def test_the_frechet_distance_of_gaussians_is_that_of_means_and_deviations() -> None:
    a, b = sample(0.0, 1.0, 40_000, 0), sample(0.5, 2.0, 40_000, 1)
    assert frechet_distance(a, b) == pytest.approx(3 * (0.5**2 + (2.0 - 1.0) ** 2), rel=0.03)
    assert frechet_distance(a, a) == pytest.approx(0.0, abs=1e-6)


def test_the_kernel_distance_is_about_0_for_the_same_source_and_not_for_another() -> None:
    same = [kernel_distance(sample(0, 1, 300, s), sample(0, 1, 300, s + 50)) for s in range(20)]
    assert abs(float(np.mean(same))) < 0.02  # unbiased
    assert kernel_distance(sample(0, 1, 300, 0), sample(0.5, 1, 300, 1)) > 0.1
