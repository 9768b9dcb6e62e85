"""What the fuser is told: shapes, landmarks, width, speed; lips that must meet or must not."""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from vcam.nets.fuser import WINDOW_ROWS, Fuser
from vcam.training.lips import Lips
from vcam.training.rows import Pieces

CLOSED = 0.015
"""Lips touch below this aperture (`vcam.studio.lips.CLOSED_APERTURE`)."""
_OPEN = 0.035
_ROW_MS = 10
_EVERY: Literal[1, 2] = 2
"""Answers every 20 ms teach nearly as much as every 10 and cost a third less."""
_SPEED_STEPS = 2


@dataclass(frozen=True)
class Weights:
    """How much each part of the loss counts."""

    shapes: float = 1.0
    landmarks: float = 30.0
    speed: float = 20.0
    width: float = 8.0
    closure: float = 200.0
    false_closure: float = 30.0


class FuserLoss:
    """The loss of one fuser over all its look-aheads."""

    def __init__(self, net: Fuser, lips: Lips, weights: Weights | None = None) -> None:
        self._net, self._lips = net, lips
        self._weights = Weights() if weights is None else weights

    def __call__(self, pieces: Pieces) -> dict[str, Tensor]:
        """Return the weighted parts of the loss."""
        raw = self._net(pieces.rows, every=_EVERY).float()  # (B, N, L, 15)
        wanted = aligned(pieces.curves, raw.shape[1], self._net.look_aheads_ms, _EVERY)
        return self.parts(raw, wanted)

    def parts(self, raw: Tensor, wanted: Tensor) -> dict[str, Tensor]:
        """Compare answers (B, N, L, 15) with curves of the same shape."""
        weights, lips = self._weights, self._lips
        answer = torch.where((wanted <= 0.0) & (raw < 0.0), 0.0, raw)  # below rest is rest
        moved, wanted_moved = lips.landmarks(answer), lips.landmarks(wanted)
        gap, wanted_gap = lips.aperture(answer), lips.aperture(wanted)
        speed = _speed(moved) - _speed(wanted_moved)
        must_meet = (wanted_gap < 0.8 * CLOSED) & (wanted.amax(-1) > 0.05)
        must_not = wanted_gap > _OPEN
        return {
            "shapes": weights.shapes * F.smooth_l1_loss(answer, wanted, beta=0.05),
            "landmarks": weights.landmarks * (moved - wanted_moved).abs().mean(),
            "speed": weights.speed * speed.abs().mean(),
            "width": weights.width * (lips.width(answer) - lips.width(wanted)).abs().mean(),
            "closure": weights.closure * (must_meet * F.relu(gap - 0.6 * CLOSED)).mean(),
            "false_closure": weights.false_closure
            * (must_not * F.relu(0.7 * wanted_gap - gap)).mean(),
        }


def aligned(curves: Tensor, count: int, look_aheads_ms: tuple[int, ...], every: int = 1) -> Tensor:
    """Return what each answer should be, (B, count, look-aheads, 15).

    Answer n follows row r = 47 + n * every, which ends at 10 (r + 1) ms: with look-ahead a it
    describes 10 (r + 1) - a + 5 ms, curve r + 1 - a / 10.
    """
    starts = [WINDOW_ROWS - ahead // _ROW_MS for ahead in look_aheads_ms]
    span = count * every
    return torch.stack([curves[:, start : start + span : every] for start in starts], dim=2)


def _speed(moved: Tensor) -> Tensor:
    return moved[:, _SPEED_STEPS:] - moved[:, :-_SPEED_STEPS]
