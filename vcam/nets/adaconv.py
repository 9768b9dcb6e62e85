"""AdaConv: a convolution whose weights a latent vector sets (APB2FaceV2, section 3, equation 4)."""

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d

from vcam.nets.blocks import linears, start_relu

START = 0.3
"""How far a latent of variance 1 moves scales and shifts at the start of a training."""


class AdaConv(nn.Module):
    """Convolve features with K x K kernels in G groups that are predicted from a latent vector.

    For C channels the latent is mapped, through two linear layers each, to K * K * C * C / G
    weights and C biases. The paper says that AdaConv becomes AdaIN at K = 1, G = C, and its code
    uses just that: one scale and one shift for each channel. The default follows the code, and this
    affine case is computed as what it is, a multiply-add: a grouped convolution would fall into
    C tiny calls a frame on CPU (measured: notes/reference_model.md section 1). The test keeps both
    forms together.
    """

    def __init__(
        self, latent_dim: int, channels: int, kernel: int = 1, groups: int | None = None
    ) -> None:
        """`kernel` is odd, `groups` divides `channels` (None: as many)."""
        super().__init__()
        self.latent_dim, self.channels, self.kernel = latent_dim, channels, kernel
        self.groups = channels if groups is None else groups
        inputs = channels // self.groups
        self.weight = linears(latent_dim, latent_dim, channels * inputs * kernel * kernel)
        self.bias = linears(latent_dim, latent_dim, channels)

    def start_as_it_is(self) -> None:
        """Let features pass as they are at first, scaled and shifted by about START for a latent.

        With the weights of the paper's code, N(0, 0.02²), features leave an AdaConv at a twentieth
        of their size and with random signs: nothing comes by a residual block's shortcut, and it
        takes hundreds of steps to find that out. Only of the affine case.
        """
        for layers in (self.weight, self.bias):
            start_relu(layers)
            nn.init.normal_(cast(nn.Linear, layers[-1]).weight, 0.0, START / self.latent_dim**0.5)
        nn.init.ones_(cast(nn.Linear, self.weight[-1]).bias)

    @property
    def affine(self) -> bool:
        """Each channel is only scaled and shifted."""
        return self.kernel == 1 and self.groups == self.channels

    def forward(self, x: Tensor, latent: Tensor) -> Tensor:
        """Condition features `x` (B, C, H, W) on `latent` (B, L)."""
        if self.affine:
            return torch.addcmul(_at_a_point(self.bias, latent), x, self.scales(latent))
        weight, bias = self.weight(latent), self.bias(latent)
        return convolve_each(x, weight, bias, self.kernel, self.groups)

    def scales(self, latent: Tensor) -> Tensor:
        """Return the scale of each channel (B, C, 1, 1) in the affine case."""
        return _at_a_point(self.weight, latent)


def convolve_each(x: Tensor, weight: Tensor, bias: Tensor, kernel: int, groups: int) -> Tensor:
    """Convolve each sample of `x` (B, C, H, W) with its own weights: the general form.

    `weight` (B, C * C/G * K * K) and `bias` (B, C). The batch is folded into the groups, so one
    call does all samples.
    """
    batch, channels, height, width = x.shape
    kernels = weight.reshape(batch * channels, channels // groups, kernel, kernel)
    folded = conv2d(
        x.reshape(1, batch * channels, height, width),
        kernels,
        bias.reshape(-1),
        padding=kernel // 2,
        groups=batch * groups,
    )
    return folded.reshape(batch, channels, height, width)


def _at_a_point(layers: nn.Sequential, latent: Tensor) -> Tensor:
    """Apply linear layers to latents (B, L); return pictures (B, C, 1, 1) of one pixel.

    In a graph as convolutions, the same numbers: these keep the layout that the features have; with
    linear layers OpenVINO reorders the features before and after every AdaConv, 13 % of a frame's
    time. By itself torch does such small convolutions slowly: 10 % of a step of training.
    """
    if not torch.jit.is_tracing():  # type: ignore[attr-defined, no-untyped-call]
        found: Tensor = layers(latent)[:, :, None, None]
        return found
    point = latent[:, :, None, None]
    for layer in layers:
        if isinstance(layer, nn.Linear):
            point = conv2d(point, layer.weight[:, :, None, None], layer.bias)
        else:
            point = layer(point)
    return point
