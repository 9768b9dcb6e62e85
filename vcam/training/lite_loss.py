"""What a picture of `lite` costs (recipe: notes/lite_training.md sections 5 and 8)."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from vcam.nets.composing import Look, compose
from vcam.nets.lite import CELL, FINE, Layers, Lite, cut
from vcam.nets.lite_plan import REGIONS, UNITS
from vcam.training.face_frames import FaceBatch

EDGES, ALPHA, FLOW = 1.0, 0.3, 0.4
"""Weights beside the plain difference; the flow only keeps the warp meaningful."""


class LiteLoss:
    """The loss of a batch of any of the announcers."""

    def __init__(self, net: Lite, looks: Sequence[Look]) -> None:
        self._net, self._looks = net, looks

    def __call__(self, batch: FaceBatch) -> Mapping[str, Tensor]:
        """Return the weighted parts."""
        look = self._looks[batch.who]
        features = self._net.encode(*look)
        controls = batch.expression, batch.pose, batch.gaze
        layers = self._net(features, look.corners, *controls, batch.window)
        picture, alpha = compose(layers, look, batch.window)
        wrong = picture - batch.picture
        return {
            "plain": (wrong.abs() * batch.weight).mean(),
            "edges": EDGES * edge_cost(wrong, batch.weight),
            "alpha": ALPHA * ((alpha - batch.alpha).abs() * (batch.weight > 0)).mean(),
            "flow": FLOW * flow_cost(layers, batch, look),
        }


def edge_cost(wrong: Tensor, weight: Tensor) -> Tensor:
    """Return the weighted L1 of the gradients of a difference (B, C, H, W)."""
    right = (wrong[..., 1:] - wrong[..., :-1]).abs() * weight[..., 1:]
    down = (wrong[:, :, 1:] - wrong[:, :, :-1]).abs() * weight[:, :, 1:]
    return right.mean() + down.mean()


def flow_cost(layers: Layers, batch: FaceBatch, look: Look) -> Tensor:
    """Return the L1 of the flow where it is known and leads outside the regions.

    Inside them the expression is drawn in the reference frame, so the truth, which follows the
    skin from the neutral face, is another flow than the one that is wanted.
    """
    known = batch.flow_valid * (1 - _in_regions(batch.flow, look.corners))
    flow, known = (cut(x, batch.window, CELL // FINE) for x in (batch.flow, known))
    known = known * (batch.weight[..., ::FINE, ::FINE] > 0)
    wrong = (layers.flow.float() - flow).abs() * known
    return wrong.sum() / known.sum().clamp(min=1) * 10


def _in_regions(flow: Tensor, corners: Tensor) -> Tensor:
    """Return where `flow` (B, 2, h, w) leads into a region of the reference: (B, 1, h, w)."""
    height, width = flow.shape[-2:]
    x, y = torch.meshgrid(
        (torch.arange(width, device=flow.device) + 0.5) * (UNITS / width),
        (torch.arange(height, device=flow.device) + 0.5) * (UNITS / height),
        indexing="xy",
    )
    x, y = x + flow[:, :1] * (UNITS / 2), y + flow[:, 1:] * (UNITS / 2)
    inside = torch.zeros_like(x, dtype=torch.bool)
    for region, (row, column) in zip(REGIONS, corners, strict=True):
        across = (x >= column) & (x < column + region.width)
        inside |= across & (y >= row) & (y < row + region.height)
    return inside.float()
