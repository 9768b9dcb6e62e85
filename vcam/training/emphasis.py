"""What a short training of the papers' nets looks at most: talking mouths, turned heads, eyes.

Neither paper has this. Their crops are closer and their trainings a hundred times as long.
"""

import numpy as np
import torch
from torch import Tensor

from vcam.engines.landmark_image import CROP
from vcam.identity import PoseRange
from vcam.training.face_boxes import face_boxes
from vcam.training.face_frames import EYE, parts
from vcam.training.faces import Faces

WIDE = 0.12
"""Lips so far apart, over the distance of the eyes, are drawn three times as often as shut ones."""
_RANGE = PoseRange()
_REACH = torch.tensor([_RANGE.yaw_rad, _RANGE.pitch_rad, _RANGE.roll_rad])
FAR = 5.0
"""So much is added to the odds of a head turned as far as it goes; to those of others by the square
of their turn. Lids are drawn worst out there: without this announcer3's open ones read 14 % of
their range more shut at a yaw of -.31 rad, and 4 % in the middle."""
EYES = 2 * EYE
"""How much a pixel of the eyes counts: these nets draw lids of turned heads as a mean of open and
shut ones at first."""


def lively(faces: Faces) -> Tensor:
    """Return how often each frame (N,) should be drawn: open mouths and turned heads more."""
    points = faces.landmarks.reshape(len(faces), -1, 2)
    eyes = (points[:, 45] - points[:, 36]).norm(dim=1).clamp(min=1.0)
    gap = (points[:, 66] - points[:, 62]).norm(dim=1) / eyes
    turn = (faces.pose / _REACH).abs().amax(dim=1)
    odds: Tensor = 1 + 2 * (gap / WIDE).clamp(0, 1) + FAR * turn.clamp(0, 1) ** 2
    return odds


def pixel_weights(batch: Faces) -> Tensor:
    """Return the weight of each pixel, (B, 1, S, S), mean 1: those of `lite`, but eyes at EYES."""
    side = batch.picture.shape[-1]
    landmarks = batch.landmarks.cpu().numpy().reshape(len(batch), -1, 2) * np.float32(side / CROP)
    weight = np.ones((len(batch), 1, side, side), np.float32)
    boxes_of = face_boxes(landmarks, side)
    eyes = ((boxes_of.left_eye, EYES), (boxes_of.right_eye, EYES))
    for boxes, amount in (*parts(boxes_of), *eyes):
        for frame, (left, top, right, bottom) in zip(weight[:, 0], boxes, strict=True):
            frame[top:bottom, left:right] = amount
    return torch.from_numpy(weight / weight.mean()).to(batch.picture.device)
