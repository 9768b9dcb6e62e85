"""Parts of the `lite` network; see `vcam.nets.lite` for the figure.

No part normalises by statistics of its input: that would cost time in every frame and keep layers
from being folded (measured: notes/reference_model.md section 5).
"""

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from vcam.arkit import ARKIT_INDEX, ARKIT_NAMES
from vcam.nets.adaconv import AdaConv
from vcam.nets.blocks import linears
from vcam.nets.lite_plan import PICTURES, LiteSize, Region

Planes = tuple[Tensor, ...]
"""Of a picture: R, G, B, then logits; each (B, pixels of a cell, h, w)."""

POSE, GAZE = 3, 2
FLOW_SCALE = 0.05
"""What a head says is so much flow in halves of its picture: otherwise one step of an optimiser
tears the face apart, and what is torn does not find back (seen in training)."""
PAINT_SCALE = 4.0
"""And so much colour or logit, which are wide: otherwise an optimiser that moves every weight by
the same small step reaches them by blowing up the features, which tears the flow (seen too)."""
POSE_SCALE = 5.0
"""A head that turns 0.2 rad weighs as much as a full blend shape."""

GAZE_SCALE = 4.0
"""And eyes that look aside, by 0.25 as a rule: of what little they move, much is to be drawn."""
_BY_THE_EYES = ("brow", "cheekSquint", "eye", "noseSneer")
"""How the names begin of what moves by an eye; mouths are left as they are: both eyes see one."""


class Encoder(nn.Module):
    """The pictures of an identity -> features; run once, so it costs a frame nothing."""

    def __init__(self, size: LiteSize) -> None:
        super().__init__()
        middle = 2 * size.fine
        self.stem = _conv(3 * len(PICTURES) + 3, size.fine, stride=2)
        self.fine = nn.Conv2d(size.fine, size.fine, 3, padding=1)
        self.down = nn.Sequential(
            _conv(size.fine, middle, stride=2),
            _conv(middle, middle),
            _conv(middle, size.deep, stride=2),
            nn.Conv2d(size.deep, size.deep, 3, padding=1),
        )
        start_lively(self)

    def forward(self, pictures: Tensor, backdrop: Tensor) -> tuple[Tensor, Tensor]:
        """Return features at R/8 and R/2 of an identity's look (B, 21, R, R), (B, 3, R, R)."""
        bare = 4 * (pictures[:, :3] - backdrop)  # 0 where the announcer is not
        half = self.stem(torch.cat((2 * pictures - 1, bare), 1))
        return self.down(half), self.fine(half)


class Latent(nn.Module):
    """Expression, pose and gaze -> the latent vector that conditions everything."""

    def __init__(self, size: LiteSize) -> None:
        super().__init__()
        inputs = len(ARKIT_NAMES) + POSE + GAZE
        self.layers = nn.Sequential(linears(inputs, 256, 256, size.latent), nn.ReLU())
        start_lively(self)

    def forward(self, expression: Tensor, pose: Tensor, gaze: Tensor) -> Tensor:
        """Map (B, 52), (B, 3) in radians and (B, 2) to (B, latent)."""
        controls = torch.cat((2 * expression, POSE_SCALE * pose, GAZE_SCALE * gaze), 1)
        latent: Tensor = self.layers(controls)
        return latent


def own_side(side: str) -> list[int]:
    """Return for each of ARKIT_NAMES the name that an eye listens to instead: its own side's."""
    other = {"Left": "Right", "Right": "Left"}[side]
    return [
        ARKIT_INDEX[name.removesuffix(other) + side]
        if name.startswith(_BY_THE_EYES) and name.endswith(other)
        else index
        for index, name in enumerate(ARKIT_NAMES)
    ]


class Spread(nn.Module):
    """Latent -> a small map: the latent says different things to the mouth and to the brows."""

    GRID = 32

    def __init__(self, size: LiteSize) -> None:
        super().__init__()
        self.codes = size.codes
        self.map = nn.Sequential(
            nn.Linear(size.latent, size.rank),
            nn.Linear(size.rank, size.codes * self.GRID**2),
        )
        self.mix = nn.Conv2d(size.codes, size.deep, 3, padding=1)

    def forward(self, latent: Tensor, side: int) -> Tensor:
        """Return (B, deep, side, side) to add to features."""
        grid = self.map(latent).unflatten(1, (self.codes, self.GRID, self.GRID))
        if side != self.GRID:
            grid = F.interpolate(grid, size=(side, side), mode="bilinear", align_corners=False)
        mixed: Tensor = self.mix(grid)
        return mixed


class AdaBlock(nn.Module):
    """Depthwise 3x3, AdaConv, 1x1 to twice the channels, ReLU, 1x1 back; beside the identity."""

    def __init__(self, latent: int, channels: int) -> None:
        super().__init__()
        self.depthwise = nn.Conv2d(channels, channels, 3, padding=1, groups=channels)
        self.ada = neutral_adaconv(latent, channels)
        self.widen = nn.Conv2d(channels, 2 * channels, 1)
        self.narrow = nn.Conv2d(2 * channels, channels, 1)

    def forward(self, x: Tensor, latent: Tensor) -> Tensor:
        """Condition (B, C, H, W) on (B, L)."""
        inner = self.ada(self.depthwise(x), latent)
        out: Tensor = x + self.narrow(F.relu(self.widen(inner), inplace=True))
        return out


class PoseFlow(nn.Module):
    """Pose -> a coarse flow, the same for all expressions: where the turned head comes from.

    Not scaled by FLOW_SCALE: nothing that could blow up is before it, and it learns a head's turn
    in a fifth of the steps (measured alone: 1.04 px after 200 steps, 1.91 px scaled).
    """

    GRID = 16

    def __init__(self) -> None:
        super().__init__()
        self.layers = linears(POSE, 64, 64, 2 * self.GRID**2)
        start_near_zero(self.layers[-1], 3e-3)

    def forward(self, pose: Tensor, side: int) -> Tensor:
        """Return a flow (B, 2, side, side), x and y, in halves of the picture."""
        flow = self.layers(POSE_SCALE * pose).unflatten(1, (2, self.GRID, self.GRID))
        return F.interpolate(flow, size=(side, side), mode="bilinear", align_corners=False)


class RegionNet(nn.Module):
    """Refines one kind of region at R/2, in the reference frame.

    Its flow may be steered: a part of it is proportional to so many controls. The eyes' gaze is;
    by way of the latent alone it was not learned in 6,000 pictures, and eyes that look anywhere
    become a blur (seen in training).
    """

    def __init__(self, size: LiteSize, region: Region, steered_by: int = 0) -> None:
        super().__init__()
        self.grow = nn.Conv2d(size.deep, 16 * size.fine, 1)
        self.join = nn.Conv2d(2 * size.fine, size.region, 3, padding=1)
        self.ada = neutral_adaconv(size.latent, size.region)
        self.convs = nn.ModuleList(
            nn.Conv2d(size.region, size.region, 3, padding=1) for _ in range(2)
        )
        self.paint = Paint(size.region, len(region.sources), fine=2)
        self.flow = nn.Conv2d(size.region, 2 * len(region.sources) * (1 + steered_by), 1)
        start_lively(self.grow, self.join)
        start_near_zero(self.flow)

    def forward(
        self, deep: Tensor, fine: Tensor, latent: Tensor, steer: Tensor
    ) -> tuple[Planes, Tensor]:
        """Map features at R/8 (B, deep, h/8, w/8) and R/2 (B, fine, h/2, w/2).

        `steer` are the controls (B, steered_by) that the flow is to follow.

        Returns 4 + sources planes (B, 4, h/2, w/2) and the flow to each source
        (B, 2 * sources, h/2, w/2) in halves of the region.
        """
        grown = F.pixel_shuffle(self.grow(deep), 4)
        x = F.relu(self.ada(self.join(torch.cat((grown, fine), 1)), latent), inplace=True)
        for conv in self.convs:
            x = x + F.relu(conv(x), inplace=True)
        flow, *ways = torch.chunk(FLOW_SCALE * self.flow(x), 1 + steer.shape[1], 1)
        for number, way in enumerate(ways):
            flow = flow + steer[:, number, None, None, None] * way
        return self.paint(x), flow


class Paint(nn.Module):
    """Features -> finer pixels: RGB before its sigmoid, and the logits of what they are mixed of.

    A cell becomes `fine` x `fine` pixels. Every plane has a layer of its own, so that mixing is
    arithmetic on whole tensors: cutting up one, or a softmax over four of its channels, costs a
    runtime more than all convolutions (measured: 18 core-ms more at 512).
    """

    def __init__(self, channels: int, sources: int, fine: int) -> None:
        """The logits are those of `sources`, of which the first begins ahead, and of RGB."""
        super().__init__()
        self.planes = nn.ModuleList(
            nn.Conv2d(channels, fine * fine, 1) for _ in range(3 + sources + 1)
        )
        for plane in self.planes:
            start_near_zero(plane)
        nn.init.constant_(cast(nn.Conv2d, self.planes[3]).bias, 1.0 / PAINT_SCALE)  # type: ignore[arg-type]

    def forward(self, x: Tensor) -> Planes:
        """Map (B, C, h, w) to 4 + sources planes (B, fine * fine, h, w), by pixels of a cell."""
        return tuple(PAINT_SCALE * plane(x) for plane in self.planes)


def start_lively(*layers: nn.Module) -> None:
    """Let layers keep the spread of what passes them through a ReLU (He et al.).

    torch's own start shrinks it layer by layer; heads that begin near zero then learn by blowing
    up what is before them, and the flow is torn (seen in training). Of the controls a hundredth
    was left in the latent, and an AdaConv moved by a thousandth from frame to frame (measured):
    for minutes of training the face did not know its expression.
    """
    for layer in layers:
        for module in layer.modules():
            if isinstance(module, nn.Conv2d | nn.Linear):
                nn.init.kaiming_normal_(module.weight)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)


def neutral_adaconv(latent: int, channels: int) -> AdaConv:
    """Return an AdaConv that begins as the identity, so that residual blocks learn at once."""
    ada = AdaConv(latent, channels)
    for predictor, start in ((ada.weight, 1.0), (ada.bias, 0.0)):
        last = predictor[-1]
        assert isinstance(last, nn.Linear)
        start_lively(predictor)
        nn.init.normal_(last.weight, 0.0, 0.01)
        nn.init.constant_(last.bias, start)
    return ada


def start_near_zero(layer: nn.Module, deviation: float = 1e-2) -> None:
    """Let a head begin by changing nothing."""
    assert isinstance(layer, nn.Conv2d | nn.Linear)
    assert layer.bias is not None
    nn.init.normal_(layer.weight, 0.0, deviation)
    nn.init.zeros_(layer.bias)


def _conv(before: int, after: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(before, after, 3, stride, 1), nn.ReLU())
