"""What a picture of `lite` costs (recipe: notes/lite_training.md sections 5 and 8)."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from vcam.nets.composing import Look, compose
from vcam.nets.lite import CELL, FINE, Layers, Lite, cut, sample
from vcam.nets.lite_plan import MOUTH, REGIONS, UNITS
from vcam.training.face_frames import FaceBatch

EDGES, STRUCTURE, ALPHA, FLOW = 1.0, 0.3, 0.3, 0.5
"""Weights beside the plain difference. Stubble a quarter of a pixel off is already another picture:
only the true flow, not the pictures' difference, says which way it is off."""
_TAPS, _SIGMA = 11, 1.5
_C1, _C2 = 0.01**2, 0.03**2


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
            "structure": STRUCTURE * structure_cost(picture, batch.picture, batch.weight),
            "alpha": ALPHA * ((alpha - batch.alpha).abs() * (batch.weight > 0)).mean(),
            "flow": FLOW * flow_cost(layers, batch, look),
        }


def edge_cost(wrong: Tensor, weight: Tensor) -> Tensor:
    """Return the weighted L1 of the gradients of a difference (B, C, H, W)."""
    right = (wrong[..., 1:] - wrong[..., :-1]).abs() * weight[..., 1:]
    down = (wrong[:, :, 1:] - wrong[:, :, :-1]).abs() * weight[:, :, 1:]
    return right.mean() + down.mean()


def structure_cost(picture: Tensor, truth: Tensor, weight: Tensor) -> Tensor:
    """Return the weighted mean of 1 - SSIM of the grey pictures (B, 3, H, W): blur is not cheap.

    The window is that of `vcam.similarity`.
    """
    a, b = picture.float().mean(1, keepdim=True), truth.mean(1, keepdim=True)
    mean_a, mean_b, square_a, square_b, product = _blur(torch.stack((a, b, a * a, b * b, a * b)))
    spread = square_a - mean_a**2 + square_b - mean_b**2
    same = (2 * mean_a * mean_b + _C1) * (2 * (product - mean_a * mean_b) + _C2)
    similar = same / ((mean_a**2 + mean_b**2 + _C1) * (spread + _C2))
    cost: Tensor = ((1 - similar) * weight).mean()
    return cost


def _blur(planes: Tensor) -> Tensor:
    """Return the Gaussian mean round each pixel of (N, B, 1, H, W).

    As products of matrices: convolutions of one channel take eight times as long on a CPU.
    """
    with torch.autocast(planes.device.type, enabled=False):
        down, right = (_gaussian(length, planes) for length in planes.shape[-2:])
        blurred: Tensor = down @ planes @ right
        return blurred


def _gaussian(length: int, like: Tensor) -> Tensor:
    """Return the matrix (length, length) of the window, as if all were black around the picture."""
    at = torch.arange(length, device=like.device)
    apart = at[:, None] - at
    taps = torch.exp(-(apart**2) / (2 * _SIGMA**2)) * (apart.abs() <= _TAPS // 2)
    return taps.to(like.dtype) / taps[length // 2].sum()


def flow_cost(layers: Layers, batch: FaceBatch, look: Look) -> Tensor:
    """Return the L1 of the whole flow where it is known, the parts that count counting more.

    Lids are left out: they are drawn from a face with its eyes shut, and gaze moves what is seen.
    """
    known = batch.flow_valid * (1 - _in_eyes(batch.flow, look.corners))
    flow, known = (cut(x, batch.window, CELL // FINE) for x in (batch.flow, known))
    known = known * batch.weight[..., ::FINE, ::FINE]
    wrong = (skin_flow(layers, batch, look) - flow).abs() * known
    return wrong.sum() / known.sum().clamp(min=1) * 10


def skin_flow(layers: Layers, batch: FaceBatch, look: Look) -> Tensor:
    """Return the flow (B, 2, h, w) all the way to the picture at rest.

    The picture is carried from where the mouth's patch is, and that from the face at rest.
    """
    ratio = layers.mouth_flow.new_tensor((MOUTH.width, MOUTH.height)) / UNITS
    lips = F.avg_pool2d(layers.mouth_flow[:, :2].float() * ratio[:, None, None], 2)
    side = batch.flow.shape[-1]
    place = MOUTH.slices((int(look.corners[0, 0]), int(look.corners[0, 1])), side)
    whole = lips.new_zeros(len(lips), 2, side, side)
    whole[(..., *place)] = lips
    flow = layers.flow.float()
    return flow + sample(whole, flow, batch.window)


def _in_eyes(flow: Tensor, corners: Tensor) -> Tensor:
    """Return where `flow` (B, 2, h, w) leads into an eye's region of the reference (B, 1, h, w)."""
    height, width = flow.shape[-2:]
    x, y = torch.meshgrid(
        (torch.arange(width, device=flow.device) + 0.5) * (UNITS / width),
        (torch.arange(height, device=flow.device) + 0.5) * (UNITS / height),
        indexing="xy",
    )
    x, y = x + flow[:, :1] * (UNITS / 2), y + flow[:, 1:] * (UNITS / 2)
    inside = torch.zeros_like(x, dtype=torch.bool)
    for region, (row, column) in zip(REGIONS[1:], corners[1:], strict=True):
        across = (x >= column) & (x < column + region.width)
        inside |= across & (y >= row) & (y < row + region.height)
    return inside.float()
