"""What a short training of the papers' nets looks at most: talking mouths, faces, eyes.

Neither paper has this. Their crops are closer and their trainings a hundred times as long.
"""

import numpy as np
import torch
from torch import Tensor

from vcam.engines.landmark_image import CROP
from vcam.training.face_boxes import face_boxes
from vcam.training.face_frames import parts
from vcam.training.faces import Faces

WIDE = 0.12
"""Lips so far apart, over the distance of the eyes, are drawn three times as often as shut ones."""


def lively(faces: Faces) -> Tensor:
    """Return how often each frame (N,) should be drawn: open mouths more."""
    points = faces.landmarks.reshape(len(faces), -1, 2)
    eyes = (points[:, 45] - points[:, 36]).norm(dim=1).clamp(min=1.0)
    gap = (points[:, 66] - points[:, 62]).norm(dim=1) / eyes
    odds: Tensor = 1 + 2 * (gap / WIDE).clamp(0, 1)
    return odds


def pixel_weights(batch: Faces) -> Tensor:
    """Return how much each pixel of a batch counts, (B, 1, S, S), mean 1: as `lite` counts them."""
    side = batch.picture.shape[-1]
    landmarks = batch.landmarks.cpu().numpy().reshape(len(batch), -1, 2) * np.float32(side / CROP)
    weight = np.ones((len(batch), 1, side, side), np.float32)
    for boxes, amount in parts(face_boxes(landmarks, side)):
        for frame, (left, top, right, bottom) in zip(weight[:, 0], boxes, strict=True):
            frame[top:bottom, left:right] = amount
    return torch.from_numpy(weight / weight.mean()).to(batch.picture.device)
