"""PatchGAN: true or drawn, decided for each 70x70 patch (both papers, after pix2pix)."""

import torch
from torch import Tensor, nn

from vcam.nets.blocks import start_normal


class PatchDiscriminator(nn.Module):
    """Judge a picture beside its condition; both (B, 3, H, W) in [-1, 1].

    Without arguments it is the papers': 2,766,913 parameters, 30x30 scores for 256x256, 3.197
    GMACs. The condition is the reference face for V2. For V1 it is the landmark image, as in
    pix2pix, which the text cites; V1's code takes a random frame of the person instead.
    """

    def __init__(self, channels: int = 64) -> None:
        super().__init__()
        layers: list[nn.Module] = [nn.Conv2d(6, channels, 4, 2, 1), nn.LeakyReLU(0.2)]
        for before, stride in ((channels, 2), (2 * channels, 2), (4 * channels, 1)):
            layers += [
                nn.Conv2d(before, 2 * before, 4, stride, 1, bias=False),
                nn.InstanceNorm2d(2 * before),
                nn.LeakyReLU(0.2),
            ]
        self.layers = nn.Sequential(*layers, nn.Conv2d(8 * channels, 1, 4, 1, 1))
        start_normal(self)

    def forward(self, condition: Tensor, picture: Tensor) -> Tensor:
        """Return scores (B, 1, H/8 - 2, W/8 - 2): 1 for true, 0 for drawn."""
        scores: Tensor = self.layers(torch.cat([condition, picture], dim=1))
        return scores
