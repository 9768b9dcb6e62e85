"""Distances between sets of pictures by features of a net: FD and KID.

With Inception's features these are FID and KID; those weights cannot be had here. With any other
features they are called FD-own and KID-own, and compare only our own models on one set.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]


def frechet_distance(a: Floats, b: Floats) -> float:
    """Return the Fréchet distance of two sets of features (N, D) and (M, D), taken as Gaussian."""
    mean = a.mean(axis=0) - b.mean(axis=0)
    cov_a, cov_b = (np.atleast_2d(np.cov(x, rowvar=False)) for x in (a, b))
    # The trace of the root of a product: its eigenvalues are real and not negative.
    roots = np.sqrt(np.clip(np.linalg.eigvals(cov_a @ cov_b).real, 0.0, None))
    return float(mean @ mean + np.trace(cov_a) + np.trace(cov_b) - 2.0 * roots.sum())


def kernel_distance(a: Floats, b: Floats) -> float:
    """Return the squared maximum mean discrepancy with KID's kernel (x.y / D + 1)^3, unbiased."""
    size = a.shape[1]

    def kernel(x: Floats, y: Floats) -> Floats:
        cube: Floats = (x @ y.T / size + 1.0) ** 3
        return cube

    within = sum(
        (kernel(x, x).sum() - np.trace(kernel(x, x))) / (len(x) * (len(x) - 1)) for x in (a, b)
    )
    return float(within - 2.0 * kernel(a, b).mean())
