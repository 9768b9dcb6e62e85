"""A net small enough for tests, written out as a training would."""

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from vcam.runtimes.base import Graph
from vcam.training.export import export


class Tiny(nn.Module):
    """Two graphs on shared weights, like an engine's."""

    def __init__(self, channels: int = 8) -> None:
        super().__init__()
        self.into = nn.Conv2d(3, channels, 3, padding=1)
        self.norm = nn.InstanceNorm2d(channels)
        self.out = nn.Conv2d(channels, 3, 3, padding=1)

    def graphs(self) -> Mapping[str, nn.Module]:
        """Return both."""
        return {"encode": Encode(self), "frame": Frame(self)}


class Encode(nn.Module):
    """Picture -> features."""

    def __init__(self, net: Tiny) -> None:
        super().__init__()
        self.net = net

    def forward(self, reference: Tensor) -> Tensor:
        """Return features."""
        features: Tensor = self.net.norm(self.net.into(reference))
        return features


class Frame(nn.Module):
    """Features and a gain -> picture and its mean."""

    def __init__(self, net: Tiny) -> None:
        super().__init__()
        self.net = net

    def forward(self, features: Tensor, gain: Tensor) -> tuple[Tensor, Tensor]:
        """Return two outputs."""
        picture = torch.tanh(self.net.out(features * gain[:, :, None, None]))
        return picture, picture.mean(dim=(1, 2, 3))


def write_tiny(folder: Path, channels: int = 8, seed: int = 0) -> dict[str, str]:
    """Export a tiny net with random weights."""
    torch.manual_seed(seed)
    net = Tiny(channels)
    return export(
        net,
        {
            "encode": {"reference": torch.zeros(1, 3, 16, 16)},
            "frame": {"features": torch.zeros(1, channels, 16, 16), "gain": torch.ones(1, 1)},
        },
        folder,
    )


def tiny_graph(folder: Path, name: str = "frame", channels: int = 8) -> Graph:
    """Return where it lies."""
    return Graph(folder, name, "tests.runtimes.nets:Tiny", {"channels": channels})
