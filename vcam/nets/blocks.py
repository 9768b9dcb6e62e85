"""Blocks that the papers' networks are made of.

"Norm" is instance normalisation without parameters, eps 1e-5, in training and use alike.
"""

import itertools

import torch
from torch import Tensor, nn


def linears(*widths: int) -> nn.Sequential:
    """Return linear layers of these widths with ReLU between them: (B, first) -> (B, last)."""
    layers: list[nn.Module] = []
    for before, after in itertools.pairwise(widths):
        layers += [nn.Linear(before, after), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def conv_norm_relu(before: int, after: int, kernel: int, stride: int = 1) -> nn.Sequential:
    """Return convolution without bias, norm, ReLU; zero padding keeps the size over the stride."""
    return nn.Sequential(
        nn.Conv2d(before, after, kernel, stride, kernel // 2, bias=False),
        nn.InstanceNorm2d(after),
        nn.ReLU(),
    )


def grow_norm_relu(before: int, after: int, bias: bool = False) -> nn.Sequential:
    """Return a transposed 3x3 convolution that doubles the size, norm, ReLU."""
    return nn.Sequential(
        nn.ConvTranspose2d(before, after, 3, 2, 1, output_padding=1, bias=bias),
        nn.InstanceNorm2d(after),
        nn.ReLU(),
    )


class Residual(nn.Module):
    """Two 3x3 convolutions beside the identity; the last ReLU follows the sum."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            conv_norm_relu(channels, channels, 3),
            nn.Conv2d(channels, channels, 3, padding=1, bias=False),
            nn.InstanceNorm2d(channels),
        )
        self.relu = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, C, H, W) to the same shape."""
        out: Tensor = self.relu(x + self.body(x))
        return out


class InvertedResidual(nn.Module):
    """1x1 to `expansion` times the channels, depthwise 3x3, 1x1 back, beside a shortcut.

    The shortcut is the identity, or a bare 1x1 convolution where the channels change.
    """

    def __init__(self, before: int, after: int, expansion: int = 4) -> None:
        super().__init__()
        wide = before * expansion
        self.body = nn.Sequential(
            conv_norm_relu(before, wide, 1),
            nn.Conv2d(wide, wide, 3, padding=1, groups=wide, bias=False),
            nn.InstanceNorm2d(wide),
            nn.ReLU(),
            nn.Conv2d(wide, after, 1, bias=False),
            nn.InstanceNorm2d(after),
        )
        same = before == after
        self.shortcut = nn.Identity() if same else nn.Conv2d(before, after, 1, bias=False)
        self.relu = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, before, H, W) to (B, after, H, W)."""
        out: Tensor = self.relu(self.shortcut(x) + self.body(x))
        return out


def start_normal(net: nn.Module, deviation: float = 0.02) -> None:
    """Draw all weights from N(0, deviation²) and set biases to 0, as both papers' codes start."""
    for module in net.modules():
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
            nn.init.normal_(module.weight, 0.0, deviation)
            if module.bias is not None:
                nn.init.zeros_(module.bias)


def start_relu(net: nn.Module) -> None:
    """Draw all weights with the variance that ReLUs keep (He et al. 2015); biases are 0.

    With torch's own start, sound fades to a hundredth over the thirteen layers of a fuser.
    """
    for module in net.modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
            nn.init.zeros_(module.bias)  # type: ignore[arg-type]  # all of them have one


def to_pixels(face: Tensor) -> Tensor:
    """Return a face (B, 3, H, W) in [-1, 1] as uint8 RGB (B, H, W, 3), as a frame needs it."""
    scaled = face.float() * 127.5 + 128.0  # 127.5 and a half: conversion cuts the fraction off
    return torch.clamp(scaled, 0.0, 255.0).permute(0, 2, 3, 1).to(torch.uint8)
