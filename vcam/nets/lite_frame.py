"""The graph of one frame as `vcam.engines.epilogue` wants it: shares and colours as bytes."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from vcam.nets.lite import Features, Lite
from vcam.nets.lite_parts import Planes
from vcam.nets.lite_plan import LEFT_EYE, MOUTH, Region

LAYOUT = torch.channels_last
"""Eager torch takes a tenth less time with it; OpenVINO chooses its own."""


class Mix(NamedTuple):
    """Planes after softmax and sigmoid: uint8 (B, h, w, f * f), 255 times a share or colour."""

    painted: tuple[Tensor, ...]
    """R, G, B, each times the share of paint, and that share."""
    shares: tuple[Tensor, ...]
    """The shares of the sources."""


class LiteFrame(nn.Module):
    """Features of an identity and controls (batch 1) -> what a picture is put together from."""

    def __init__(self, net: Lite) -> None:
        super().__init__()
        self.net: Lite = net.to(memory_format=LAYOUT)  # type: ignore[call-overload]

    def forward(
        self,
        deep: Tensor,
        mouth: Tensor,
        eyes: Tensor,
        corners: Tensor,
        expression: Tensor,
        pose: Tensor,
        gaze: Tensor,
    ) -> tuple[Tensor, ...]:
        """Return, as a plain tuple for the runtimes, flows in pixels and the mixes:

        flow (R/4, R/4, 2); painted R, G, B, share; shares of warped picture and bare backdrop;
        mouth flow (h/2, w/2, 4 x 2), x and y to each source; painted x 4; shares of 4 sources;
        eyes flow (2, h/2, w/2, 4 x 2); painted x 4; shares of 4 sources.
        """
        features = (x.contiguous(memory_format=LAYOUT) for x in (deep, mouth, eyes))
        layers = self.net(Features(*features), corners, expression, pose, gaze)
        side = 8 * deep.shape[-1]
        flow = layers.flow[0].permute(1, 2, 0).float() * (side / 2)
        bare = torch.zeros_like(layers.paint[0])
        *rgb, warp, own = layers.paint
        whole = mix([*rgb, warp, bare, own])
        lips, looks = mix(layers.mouth), mix(layers.eyes)
        return (
            flow,
            *whole.painted,
            *whole.shares,
            in_pixels(layers.mouth_flow, MOUTH, side)[0],
            *lips.painted,
            *lips.shares,
            in_pixels(layers.eyes_flow, LEFT_EYE, side),
            *looks.painted,
            *looks.shares,
        )


def mix(planes: Planes | Sequence[Tensor]) -> Mix:
    """Turn R, G, B and logits, the last one that of RGB, into shares and shares of colour."""
    red, green, blue, *logits = planes
    highest = logits[0]
    for logit in logits[1:]:
        highest = torch.maximum(highest, logit)
    powers = [torch.exp(logit - highest) for logit in logits]
    total = powers[0]
    for power in powers[1:]:
        total = total + power
    *shares, own = (power / total for power in powers)
    painted = (own * torch.sigmoid(red), own * torch.sigmoid(green), own * torch.sigmoid(blue), own)
    return Mix(tuple(map(_bytes, painted)), tuple(map(_bytes, shares)))


def in_pixels(flow: Tensor, region: Region, side: int) -> Tensor:
    """Turn flows (B, 2 n, h, w) in halves of the region into (B, h, w, 2 n) in pixels.

    Not taken apart by source: cutting and stacking costs a runtime 4 % of a frame.
    """
    height, width = region.pixels(side)
    halves = flow.new_tensor((width / 2, height / 2), dtype=torch.float32)
    return flow.float().permute(0, 2, 3, 1) * halves.repeat(flow.shape[1] // 2)


def _bytes(x: Tensor) -> Tensor:
    half = x.new_full((), 0.5)  # one pass where `x * 255 + 0.5` takes eager torch two
    return torch.add(half, x, alpha=255).permute(0, 2, 3, 1).to(torch.uint8)
