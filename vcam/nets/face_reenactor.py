"""The face reenactor of APB2Face (section 4, equation 5): landmark image -> the face of one person.

A pix2pix generator with nine residual blocks. As in the code, each block's shortcut is a 3x3
convolution, not the identity; the text does not say.
"""

from collections.abc import Mapping
from typing import cast

from torch import Tensor, nn

from vcam.nets.blocks import grow_norm_relu, start_normal, to_pixels


def landmark_image(drawing: Tensor) -> Tensor:
    """Return a drawing (B, H, W) of 0 and 1 as the reenactor's input (B, 3, H, W) in [-1, 1]."""
    return (drawing * 2.0 - 1.0)[:, None].expand(-1, 3, -1, -1)


class FaceReenactor(nn.Module):
    """Landmark image (B, 3, H, W) -> face (B, 3, H, W), both in [-1, 1].

    Without arguments it is the paper's: 16,688,899 parameters, 71.29 GMACs at 256x256. `dropout`
    acts in training alone.
    """

    def __init__(self, channels: int = 64, blocks: int = 9, dropout: float = 0.5) -> None:
        super().__init__()
        self.channels = channels
        narrow, middle, wide = channels, 2 * channels, 4 * channels
        self.layers = nn.Sequential(
            *_mirrored(3, narrow, 7),
            nn.InstanceNorm2d(narrow),
            nn.ReLU(),
            *_shrink(narrow, middle),
            *_shrink(middle, wide),
            *(_ShortcutBlock(wide, dropout) for _ in range(blocks)),
            grow_norm_relu(wide, middle, bias=True),
            grow_norm_relu(middle, narrow, bias=True),
            *_mirrored(narrow, 3, 7),
            nn.Tanh(),
        )
        start_normal(self)
        for block in self.layers:
            if isinstance(block, _ShortcutBlock):
                block.start_as_it_is()

    def forward(self, landmark_image: Tensor) -> Tensor:
        """Return the face."""
        face: Tensor = self.layers(landmark_image)
        return face

    def graphs(self) -> Mapping[str, nn.Module]:
        """Return `face`: from pixels to pixels."""
        return {"face": _Face(self)}


class _Face(nn.Module):
    def __init__(self, net: FaceReenactor) -> None:
        super().__init__()
        self.net = net

    def forward(self, drawing: Tensor) -> Tensor:
        """Landmark image (1, H, W) of 0 and 1 -> uint8 (1, H, W, 3)."""
        return to_pixels(self.net(landmark_image(drawing)))


class _ShortcutBlock(nn.Module):
    """Two 3x3 convolutions with dropout between, beside a third one."""

    def __init__(self, channels: int, dropout: float) -> None:
        super().__init__()
        self.body = nn.Sequential(
            *_mirrored(channels, channels, 3),
            nn.InstanceNorm2d(channels),
            nn.ReLU(),
            nn.Dropout(dropout),
            *_mirrored(channels, channels, 3),
            nn.InstanceNorm2d(channels),
        )
        self.shortcut = nn.Sequential(*_mirrored(channels, channels, 3))

    def start_as_it_is(self) -> None:
        """Let the shortcut pass features on: N(0, 0.02²) would lose a third at every block."""
        conv = cast(nn.Conv2d, self.shortcut[-1])
        nn.init.dirac_(conv.weight)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.shortcut(x) + self.body(x)
        return out


def _mirrored(before: int, after: int, kernel: int) -> tuple[nn.Module, nn.Module]:
    """Return a convolution whose border mirrors the picture."""
    return nn.ReflectionPad2d(kernel // 2), nn.Conv2d(before, after, kernel)


def _shrink(before: int, after: int) -> tuple[nn.Module, ...]:
    return nn.Conv2d(before, after, 3, 2, 1), nn.InstanceNorm2d(after), nn.ReLU()
