import pytest
import torch
from torch import nn

from vcam.training.muon import LEAST, Muon, is_matrix, orthogonal


@pytest.mark.parametrize("shape", [(20, 50), (50, 20)])
def test_an_update_is_nearly_orthogonal_whatever_the_gradient(shape: tuple[int, int]) -> None:
    torch.manual_seed(0)
    stretched = torch.randn(shape) * torch.logspace(-1, 1, shape[1])
    left, _, right = torch.linalg.svd(stretched, full_matrices=False)
    made = orthogonal(stretched)
    assert made.shape == shape
    values = torch.linalg.svdvals(made)
    assert values.min() > 0.6
    assert values.max() < 1.3
    along = left.T @ made @ right.T  # the same directions: each singular vector to itself
    assert torch.allclose(along, torch.diag(along.diagonal()), atol=1e-3)


def test_kernels_and_matrices_are_taken_and_what_is_small_is_not() -> None:
    assert is_matrix(torch.zeros(LEAST, LEAST))
    assert is_matrix(torch.zeros(LEAST, 4, 2, 2))
    assert not is_matrix(torch.zeros(LEAST, 3))
    assert not is_matrix(torch.zeros(3, 64))
    assert not is_matrix(torch.zeros(64))


def test_a_step_is_as_large_as_adams_and_leaves_weights_without_a_gradient() -> None:
    torch.manual_seed(0)
    moved, kept = nn.Parameter(torch.zeros(24, 3, 4, 4)), nn.Parameter(torch.ones(24, 24))
    moved.grad = torch.randn_like(moved) * 1e-6
    Muon([moved, kept], lr=0.01).step()
    assert moved.square().mean().sqrt().item() == pytest.approx(0.2 * 0.01, rel=0.2)
    assert torch.equal(kept, torch.ones(24, 24))
