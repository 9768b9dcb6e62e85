"""Muon: momentum whose update is made orthogonal, matrix by matrix (Jordan et al., 2024).

Where few directions of a matrix get nearly all of the gradient, as in nets that one latent vector
drives, Adam hardly learns the others. Beside it, in 141 steps of `apb2facev2` at 128 pixels against
Adam's 160 in the same seven minutes, the error on the frames learned from fell by 19 % instead of
12 %; what that gave on held-out ones is on the model's card.

torch has one too; that takes no convolutions and computes in bfloat16, which costs a processor
that has none 1.1 s for the matrices of one `apb2facev2` instead of .33.
"""

from collections.abc import Callable, Iterable
from math import sqrt

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

LEAST = 16
"""Matrices with fewer rows or columns are left to Adam: colours, poses, lids."""
_SCALE = 0.2
"""Of an update's mean square, about Adam's: one learning rate suits both (Liu et al., 2025)."""
_POLYNOMIAL = (3.4445, -4.7750, 2.0315)
_ITERATIONS = 5
_EPS = 1e-7


def is_matrix(weights: Tensor) -> bool:
    """Say whether Muon should move these weights; a kernel is a matrix with a row an output."""
    return weights.ndim >= 2 and min(len(weights), weights[0].numel()) >= LEAST


class Muon(Optimizer):
    """Moves matrices and convolution kernels."""

    def __init__(
        self, weights: Iterable[nn.Parameter], lr: float = 1e-3, momentum: float = 0.95
    ) -> None:
        super().__init__(weights, {"lr": lr, "momentum": momentum})

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:  # type: ignore[override]
        """Move all weights that have a gradient; return what `closure`, if any, does."""
        loss = None if closure is None else closure()
        for group in self.param_groups:
            for weights in group["params"]:
                if weights.grad is not None:
                    matrix = self._ahead(weights, weights.grad, group["momentum"]).flatten(1)
                    update = orthogonal(matrix) * (_SCALE * sqrt(max(matrix.shape)))
                    weights.add_(update.view_as(weights), alpha=-group["lr"])
        return loss

    def _ahead(self, weights: Tensor, gradient: Tensor, momentum: float) -> Tensor:
        """Return Nesterov's momentum, one step of which has been taken."""
        state = self.state[weights]
        if not state:
            state["momentum"] = torch.zeros_like(weights)
        mean: Tensor = state["momentum"].lerp_(gradient, 1.0 - momentum)
        return torch.lerp(gradient, mean, momentum)


def orthogonal(matrix: Tensor) -> Tensor:
    """Return `matrix` (N, M) with all singular values near 1 (.7 .. 1.2), by Newton and Schulz."""
    tall = len(matrix) > matrix.shape[1]
    wide: Tensor = (matrix.T if tall else matrix) / (matrix.norm() + _EPS)
    a, b, c = _POLYNOMIAL
    for _ in range(_ITERATIONS):
        square = wide @ wide.T
        wide = a * wide + (b * square + c * square @ square) @ wide
    return wide.T if tall else wide
