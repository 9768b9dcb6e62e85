"""The losses of both papers, by the numbers of their equations."""

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, l1_loss, mse_loss

V2_WEIGHTS = {"geometry": 1.0, "content": 100.0, "adversarial": 1.0}
"""APB2FaceV2, equation 5."""
LIPS_WEIGHT = 2.0
"""Of `lips_loss` beside the geometry loss."""
PREDICTOR_WEIGHTS = {"geometry": 100.0, "adversarial": 0.1}
"""APB2Face, equation 4."""
REENACTOR_WEIGHTS = {"content": 100.0, "mask": 100.0, "adversarial": 1.0}
"""APB2Face, equation 6."""

_ABOVE, _BELOW = (61, 62, 63, 48), (67, 66, 65, 54)


def weighted(parts: dict[str, Tensor], weights: dict[str, float]) -> dict[str, Tensor]:
    """Return each part times its weight."""
    return {name: weights[name] * part for name, part in parts.items()}


def geometry_loss(landmarks: Tensor, truth: Tensor) -> Tensor:
    """Return the mean error of landmarks (B, 2N) in pixels (V2 equation 6; V1's L1 term).

    V1 says L1; which error V2 takes, its text leaves open, and its code has no such loss: L1.
    """
    return l1_loss(landmarks, truth)


def lips_loss(landmarks: Tensor, truth: Tensor) -> Tensor:
    """Return the mean error of how far lips are apart, and mouths wide, in pixels: not the papers'.

    Landmarks (B, 136) are the usual 68. A turning head moves every point by many pixels and lips
    move some by a few: by equation 6 alone, the opening of held-out mouths was followed with r .44
    after 300 steps; with this, a higher rate and smaller batches .75.
    """
    return l1_loss(_gaps(landmarks), _gaps(truth))


def _gaps(landmarks: Tensor) -> Tensor:
    """Return the vectors (B, 4, 2) between the inner lips, and between the mouth's corners."""
    points = landmarks.reshape(len(landmarks), -1, 2)
    return points[:, _BELOW] - points[:, _ABOVE]


def content_loss(face: Tensor, truth: Tensor, weight: Tensor | None = None) -> Tensor:
    """Return the mean error of faces (B, 3, H, W) in [-1, 1] (V2 equation 7; V1's L1 term).

    `weight` (B, 1, H, W), mean 1, says how much each pixel counts: not the papers', who crop closer
    (a mouth is 2 % of our pictures).
    """
    if weight is None:
        return l1_loss(face, truth)
    return ((face - truth).abs() * weight).mean()


def mask_loss(face: Tensor, truth: Tensor, mask: Tensor) -> Tensor:
    """Return the mean error within `mask` (B, 1, H, W): V1's mask term, absent from its code."""
    wrong = (face - truth).abs() * mask
    return wrong.sum() / (mask.sum() * face.shape[1]).clamp(min=1.0)


def squares(scores: Tensor, true: bool) -> Tensor:
    """Return how far scores are from saying `true`: least squares.

    V2's equation 8 has logarithms; its code has this, which is followed. Also V1's predictor.
    """
    return mse_loss(scores, torch.full_like(scores, float(true)))


def logarithms(scores: Tensor, true: bool) -> Tensor:
    """Return the same as cross entropy: V1's reenactor, after pix2pix, in text and code."""
    return binary_cross_entropy_with_logits(scores, torch.full_like(scores, float(true)))
