"""AdaConv's general form and its affine case are the same thing."""

import pytest
import torch
from torch.nn.functional import conv2d

from vcam.nets.adaconv import AdaConv, convolve_each


def test_the_affine_case_is_the_general_form_with_one_group_for_each_channel() -> None:
    net = AdaConv(16, 24)
    x, latent = torch.randn(3, 24, 9, 7), torch.randn(3, 16)
    assert net.affine
    general = convolve_each(x, net.weight(latent), net.bias(latent), kernel=1, groups=24)
    assert (net(x, latent) - general).abs().max() < 1e-5


@pytest.mark.parametrize(("kernel", "groups"), [(1, 1), (3, 1), (3, 4), (3, 8), (5, 2)])
def test_every_sample_is_convolved_with_its_own_kernels(kernel: int, groups: int) -> None:
    net = AdaConv(16, 8, kernel, groups)
    x, latent = torch.randn(3, 8, 6, 5), torch.randn(3, 16)
    out = net(x, latent)
    for sample in range(3):
        weight = net.weight(latent[sample : sample + 1]).reshape(8, 8 // groups, kernel, kernel)
        bias = net.bias(latent[sample : sample + 1]).flatten()
        alone = conv2d(x[sample : sample + 1], weight, bias, padding=kernel // 2, groups=groups)
        assert (out[sample] - alone[0]).abs().max() < 1e-5


@pytest.mark.parametrize(("kernel", "groups"), [(1, 8), (3, 8), (3, 2), (1, 1)])
def test_it_predicts_as_many_weights_as_equation_4_says(kernel: int, groups: int) -> None:
    net = AdaConv(16, 8, kernel, groups)
    latent = torch.randn(1, 16)
    assert net.weight(latent).numel() == kernel * kernel * 8 * 8 // groups
    assert net.bias(latent).numel() == 8
