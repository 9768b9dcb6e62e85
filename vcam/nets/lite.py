r"""`lite`: one small network for all announcers, made for a call on one CPU core.

APB2FaceV2's idea (seeds 000, 001: fuser, AdaConv, many faces in one network) with seed 004's
semantic expression, rebuilt. R is the side of the picture: 256, 512.

    once for each identity           in each frame

    pictures --Encoder--> deep, R/8  expression, pose, gaze --Latent--> latent
                     \--> fine, R/2                                       |
                                                                          v
    reference frame     deep + Spread(latent) -- AdaBlock x 8 ----> face, R/8
                                                                    |     |
      mouth, eyes       crop(face), crop(fine) -- RegionNet --> patches   |
                                                                          | PoseFlow(pose)
                                                                          v
    target frame        flow, paint <-- convolutions, R/4 <---------- carried, R/8

The expression is made where the face looks ahead, at fixed places; a flow that knows the pose alone
moves it (measured: notes/lite_training.md section 8: otherwise the network learns the pose and not
the mouth). Each eye has a latent of its own, made as if the other one's lid did what its own does:
eyes nearly always blink together, and by one latent the network learned one lid for both (seen).
`vcam.nets.composing` makes the picture: the patches are put into the reference picture, which is
warped along `flow`; each pixel is a softmax of {warped picture, RGB, bare backdrop}, so alpha comes
for free: one minus the backdrop's share.
"""

from collections.abc import Mapping
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from vcam.nets.lite_parts import (
    FLOW_SCALE,
    GAZE,
    GAZE_SCALE,
    AdaBlock,
    Encoder,
    Latent,
    Paint,
    Planes,
    PoseFlow,
    RegionNet,
    Spread,
    own_side,
    start_lively,
    start_near_zero,
)
from vcam.nets.lite_plan import LEFT_EYE, MOUTH, REGIONS, UNITS, LiteSize, Region, Window

CELL, FINE = 8, 4
"""A cell at R/8, and one at R/4, is so many pixels wide and high."""


class Features(NamedTuple):
    """What the encoder found in one identity's pictures."""

    deep: Tensor
    """(1, deep, R/8, R/8)"""
    mouth: Tensor
    """(1, fine, h/2, w/2)"""
    eyes: Tensor
    """(2, fine, h/2, w/2): left, right"""


class Layers(NamedTuple):
    """What B pictures are composed of, still coarse; paint is as `Paint` makes it."""

    flow: Tensor
    """(B, 2, R/4, R/4): from a target pixel to the reference, x and y, in halves of the picture."""
    paint: Planes
    """5 of (B, 16, R/4, R/4); source: the warped picture; the bare backdrop's logit is 0."""
    mouth: Planes
    """8 of (B, 4, h/2, w/2); sources: those of the region."""
    mouth_flow: Tensor
    """(B, 8, h/2, w/2): from a pixel to each source, in halves of the region."""
    eyes: Planes
    """8 of (2 B, 4, h/2, w/2): all left ones, then all right ones."""
    eyes_flow: Tensor
    """(2 B, 8, h/2, w/2)"""


class Lite(nn.Module):
    """The network; pictures and patches are RGB in 0..1."""

    def __init__(self, size: LiteSize | None = None) -> None:
        super().__init__()
        self.size = size = size or LiteSize()
        self.encoder = Encoder(size)
        self.latent = Latent(size)
        self.own_side: Tensor
        sides = torch.tensor([own_side("Left"), own_side("Right")])
        self.register_buffer("own_side", sides, persistent=False)
        self.spread = Spread(size)
        self.blocks = nn.ModuleList(AdaBlock(size.latent, size.deep) for _ in range(size.blocks))
        self.pose_flow = PoseFlow()
        self.mouth = RegionNet(size, MOUTH)
        self.eyes = RegionNet(size, LEFT_EYE, steered_by=GAZE)
        self.pack = nn.Conv2d(size.deep, size.shallow, 1)
        self.up = nn.Conv2d(size.shallow, 4 * size.shallow, 3, padding=1)
        self.convs = nn.ModuleList(
            nn.Conv2d(size.shallow, size.shallow, 3, padding=1) for _ in range(size.layers)
        )
        start_lively(self.pack, self.up)
        self.flow = nn.Conv2d(size.shallow, 2, 1)
        start_near_zero(self.flow)
        self.paint = Paint(size.shallow, sources=1, fine=FINE)

    def encode(self, pictures: Tensor, backdrop: Tensor, corners: Tensor) -> Features:
        """Return the features of an identity.

        Of its pictures (1, 21, R, R), its bare backdrop (1, 3, R, R), and where its regions lie,
        (3, 2) int64 in units: see `vcam.nets.composing.Look`.
        """
        deep, fine = self.encoder(pictures, backdrop)
        mouth, left, right = crops(fine, corners)
        return Features(deep, mouth, torch.cat((left, right)))

    def forward(
        self,
        features: Features,
        corners: Tensor,
        expression: Tensor,
        pose: Tensor,
        gaze: Tensor,
        window: Window | None = None,
    ) -> Layers:
        """Draw B frames of one identity by controls (B, 52), (B, 3) radians, (B, 2).

        `corners` (3, 2) int64 are the (row, column) of the regions, in units. With a `window`,
        flow and paint are of that part of the picture; near its edges they miss their neighbours.
        """
        latent, left, right = self._latents(expression, pose, gaze)
        face = features.deep + self.spread(latent, features.deep.shape[-1])
        for block in self.blocks:
            face = block(face, latent)  # (B, deep, R/8, R/8)
        flow, paint = self._move(face, self.pose_flow(pose, face.shape[-1]), window)
        at_mouth, *at_eyes = crops(face, corners)
        lips = self.mouth(
            at_mouth, features.mouth.expand(len(face), -1, -1, -1), latent, gaze[:, :0]
        )
        eyes = self.eyes(
            torch.cat(at_eyes),
            features.eyes.repeat_interleave(len(face), 0),
            torch.cat((left, right)),
            (GAZE_SCALE * gaze).repeat(2, 1),
        )
        return Layers(flow, paint, *lips, *eyes)

    def graphs(self) -> Mapping[str, nn.Module]:
        """Return the one graph of a call; identities are encoded when a model is trained."""
        from vcam.nets.lite_frame import LiteFrame

        return {"frame": LiteFrame(self)}

    def _latents(self, expression: Tensor, pose: Tensor, gaze: Tensor) -> tuple[Tensor, ...]:
        """Return the latent (B, latent) of the face, of its left eye and of its right one."""
        sides = (expression.index_select(1, names) for names in self.own_side)
        expressions = torch.cat((expression, *sides))
        return torch.chunk(self.latent(expressions, pose.repeat(3, 1), gaze.repeat(3, 1)), 3)

    def _move(
        self, face: Tensor, pose_flow: Tensor, window: Window | None
    ) -> tuple[Tensor, Planes]:
        """Carry the face to the target frame; return its flow and paint."""
        if window:
            pose_flow = cut(pose_flow, window, 1)
        carried = sample(self.pack(face), pose_flow, window)
        x = F.relu(F.pixel_shuffle(self.up(carried), 2), inplace=True)  # (B, shallow, R/4, R/4)
        for conv in self.convs:
            x = x + F.relu(conv(x), inplace=True)
        return enlarge(pose_flow, 2) + FLOW_SCALE * self.flow(x), self.paint(x)


def crops(x: Tensor, corners: Tensor) -> tuple[Tensor, ...]:
    """Return the regions of (B, C, S, S), S being a multiple of 32."""
    return tuple(crop(x, region, corners[n]) for n, region in enumerate(REGIONS))


def crop(x: Tensor, region: Region, corner: Tensor) -> Tensor:
    """Return one region of (B, C, S, S); where it lies is data, not part of the graph."""
    scale = x.shape[-1] // UNITS
    rows, columns = (
        corner[axis] * scale + torch.arange(length * scale, device=x.device)
        for axis, length in enumerate((region.height, region.width))
    )
    return x.index_select(2, rows).index_select(3, columns)


def cut(x: Tensor, window: Window | None, cell: int) -> Tensor:
    """Return a window of (B, C, H, W); a cell of R/8 is `cell` wide and high there."""
    return x if window is None else x[(..., *window.slices(cell))]


def enlarge(x: Tensor, times: int) -> Tensor:
    """Return (B, C, h, w) bilinearly enlarged."""
    return F.interpolate(x, scale_factor=float(times), mode="bilinear", align_corners=False)


def sample(x: Tensor, flow: Tensor, window: Window | None = None) -> Tensor:
    """Return (B, C, H, W) read bilinearly where `flow` (B, 2, h, w) points from each pixel.

    A flow of 2 is the whole side; outside is the border. The flow is that of `window`, if given,
    and x a whole square with as fine a grid. In float32 whatever runs around it: bfloat16 cannot
    tell neighbouring pixels apart.
    """
    with torch.autocast(x.device.type, enabled=False):
        grid = _centres(flow, x.shape[-1], window) + flow.float().permute(0, 2, 3, 1)
        return F.grid_sample(x.float(), grid, padding_mode="border", align_corners=False)


def _centres(flow: Tensor, across: int, window: Window | None) -> Tensor:
    """Return x and y of each pixel of a flow (B, 2, h, w) as (h, w, 2), -1 .. 1 in the picture."""
    height, width = flow.shape[-2:]
    top, left, whole = 0, 0, (height, width)
    if window:
        cell = height // window.height
        top, left, whole = window.row * cell, window.column * cell, (across, across)
    y_at, x_at = (
        (2 * torch.arange(start, start + n, device=flow.device, dtype=torch.float32) + 1) / side - 1
        for start, n, side in zip((top, left), (height, width), whole, strict=True)
    )
    return torch.stack(torch.meshgrid(x_at, y_at, indexing="xy"), -1)
