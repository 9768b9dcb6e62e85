"""Layers of `vcam.nets.lite` -> pictures: the plain, differentiable form.

`vcam.engines.epilogue` does the same in a fraction of the time; a test holds the two together.
"""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from vcam.nets.lite import CELL, FINE, Layers, crop, cut, enlarge, sample
from vcam.nets.lite_parts import Planes
from vcam.nets.lite_plan import PICTURES, REGIONS, RIM_SHARE, Region, Window


class Look(NamedTuple):
    """What an identity looks like; RGB in 0..1."""

    pictures: Tensor
    """(1, 21, R, R), as PICTURES names them."""
    backdrop: Tensor
    """(1, 3, R, R), without the announcer."""
    corners: Tensor
    """(3, 2) int64: (row, column) of each region, in units."""

    def picture(self, name: str) -> Tensor:
        """Return one picture (1, 3, R, R)."""
        first = 3 * PICTURES.index(name)
        return self.pictures[:, first : first + 3]


def compose(layers: Layers, look: Look, window: Window | None = None) -> tuple[Tensor, Tensor]:
    """Return pictures (B, 3, R, R) and alpha (B, 1, R, R), both in 0..1; or of a window."""
    batch = len(layers.flow)
    warped = sample(expressed(layers, look), enlarge(layers.flow.float(), FINE), window)
    rgb, logits = _rgb_and_logits(layers.paint)
    bare_logit = torch.zeros_like(logits[:, :1])
    shares = torch.softmax(torch.cat((logits, bare_logit), 1), 1)
    warp, painted, bare = torch.chunk(shares, 3, 1)
    backdrop = cut(look.backdrop, window, CELL).expand(batch, -1, -1, -1)
    return warp * warped + painted * rgb + bare * backdrop, 1 - bare


def expressed(layers: Layers, look: Look) -> Tensor:
    """Return the reference picture with the expression's patches in it (B, 3, R, R)."""
    rest = look.picture("rest").expand(len(layers.flow), -1, -1, -1)
    side = rest.shape[-1]
    left, right = zip(*(plane.chunk(2) for plane in layers.eyes), strict=True)
    left_flow, right_flow = layers.eyes_flow.chunk(2)
    drawn = ((layers.mouth, layers.mouth_flow), (left, left_flow), (right, right_flow))
    picture = rest
    for region, corner, (paint, flow) in zip(REGIONS, look.corners, drawn, strict=True):
        rows, columns = region.slices((int(corner[0]), int(corner[1])), side)
        rim = ramp(*region.pixels(side), round(side * RIM_SHARE)).to(rest)
        around = (columns.start, side - columns.stop, rows.start, side - rows.stop)
        change = rim * (patch(region, corner, paint, flow, look) - rest[..., rows, columns])
        picture = picture + F.pad(change, around)
    return picture


def patch(region: Region, corner: Tensor, paint: Planes, flow: Tensor, look: Look) -> Tensor:
    """Return one region (B, 3, h, w): its sources, each along its own flow, and RGB."""
    rgb, logits = _rgb_and_logits(paint)
    *shares, painted = torch.chunk(torch.softmax(logits, 1), len(region.sources) + 1, 1)
    mixed: Tensor = painted * rgb
    ways = torch.chunk(enlarge(flow.float(), 2), len(region.sources), 1)
    for name, share, way in zip(region.sources, shares, ways, strict=True):
        source = crop(look.picture(name), region, corner).expand(len(way), -1, -1, -1)
        mixed = mixed + share * sample(source, way)
    return mixed


def _rgb_and_logits(planes: Planes) -> tuple[Tensor, Tensor]:
    return torch.sigmoid(to_pixels(planes[:3])), to_pixels(planes[3:])


def to_pixels(planes: Planes) -> Tensor:
    """Turn planes (B, f * f, h, w) into pixels (B, planes, h f, w f)."""
    fine = 2 if planes[0].shape[1] == 4 else FINE
    return torch.cat([F.pixel_shuffle(plane.float(), fine) for plane in planes], 1)


def ramp(height: int, width: int, rim: int) -> Tensor:
    """Return weights (height, width): 1 within, falling linearly towards 0 over `rim` pixels."""
    down, right = (
        ((torch.minimum(torch.arange(n), torch.arange(n).flip(0)) + 1) / (rim + 1)).clamp(max=1)
        for n in (height, width)
    )
    return down[:, None] * right
