"""The Multi-face Reenactor (APB2FaceV2, section 3, equation 3): reference face + latent -> face.

Paper and code agree on nine transformer blocks with one AdaConv each and on the lightweight
backbone; the text does not spell the blocks out, so they follow the architecture that the code's
search found and its constructor builds (notes/reference_model.md section 1): an inverted residual,
four residuals, an inverted residual, three 1x1 convolutions, all of them 152 channels wide.
"""

from typing import cast

from torch import Tensor, nn

from vcam.nets.adaconv import AdaConv
from vcam.nets.blocks import (
    InvertedResidual,
    Residual,
    conv_norm_relu,
    grow_norm_relu,
    start_normal,
)

LOST_SHIFTS = (5, 6, 7)
"""AdaConvs before a 1x1 convolution with a norm, which takes away what a channel has everywhere."""


class MultiFaceReenactor(nn.Module):
    """Draw the reference face as the latent says; pictures are in [-1, 1].

    Without arguments it is the paper's: 4,085,200 parameters, 9.870 GMACs at 256x256. `width`
    scales all channels, for tests and small machines. Everything before the first AdaConv depends
    on the reference alone: `encode` once for an identity, then `reenact` for each frame.
    """

    def __init__(self, latent_dim: int = 256, width: float = 1.0) -> None:
        super().__init__()
        self.width = width
        n24, n40, n88, n104, n128, n152 = (
            max(4, round(channels * width)) for channels in (24, 40, 88, 104, 128, 152)
        )
        self.stem = nn.Sequential(
            conv_norm_relu(3, n24, 7),
            conv_norm_relu(n24, n40, 3, stride=2),
            conv_norm_relu(n40, n88, 3, stride=2),
        )
        self.cells = nn.ModuleList(
            [
                InvertedResidual(n88, n152),
                *(Residual(n152) for _ in range(4)),
                InvertedResidual(n152, n152),
                conv_norm_relu(n152, n152, 1),
                conv_norm_relu(n152, n152, 1),
                conv_norm_relu(n152, n128, 1),
            ]
        )
        self.adaconvs = nn.ModuleList(
            AdaConv(latent_dim, channels) for channels in (*(n152,) * 8, n128)
        )
        self.head = nn.Sequential(
            grow_norm_relu(n128, n104),
            grow_norm_relu(n104, n24),
            nn.Conv2d(n24, 3, 7, padding=3, bias=False),
            nn.Tanh(),
        )
        start_normal(self)
        for adaconv in self.adaconvs:
            cast(AdaConv, adaconv).start_as_it_is()

    def encode(self, reference: Tensor) -> Tensor:
        """Return what is constant of a reference (B, 3, H, W): (B, 152, H/4, W/4)."""
        features: Tensor = self.cells[0](self.stem(reference))
        return features

    def reenact(self, features: Tensor, latent: Tensor) -> Tensor:
        """Return the face (B, 3, H, W) for encoded features and a latent (B, L).

        Shifts that do nothing are left out: LOST_SHIFTS. Noise is all the gradient that they get,
        and a training by Muon made them up to a hundred times what varies: bfloat16 had no
        digits left for that, and the shipped face was off by 4 levels of 255 instead of 0.13 (a
        script's figures).
        """
        x = self.adaconvs[0](features, latent)
        for number, cell in enumerate(self.cells[1:], 1):
            adaconv = cast(AdaConv, self.adaconvs[number])
            x = cell(x)
            x = x * adaconv.scales(latent) if number in LOST_SHIFTS else adaconv(x, latent)
        face: Tensor = self.head(x)
        return face

    def forward(self, reference: Tensor, latent: Tensor) -> Tensor:
        """Return the face (B, 3, H, W) of a reference (B, 3, H, W)."""
        return self.reenact(self.encode(reference), latent)
