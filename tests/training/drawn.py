"""Talking faces drawn with a few shapes: every input moves something, so that it can be learned."""

import cv2
import numpy as np
import torch

from vcam.engines.landmark_image import CROP
from vcam.media import Image, Vector
from vcam.training.faces import Faces

SKIN, HAIR, LIPS = (224, 172, 140), (70, 48, 36), (176, 80, 84)
DARK, BACK, WHITE = (38, 26, 30), (96, 118, 136), (244, 244, 240)


def draw_face(opening: float, yaw: float, blink: float, side: int) -> tuple[Image, Vector]:
    """Return a face uint8 (side, side, 3) and its 10 landmarks (20,) in pixels of the crop."""
    scale = 4 * side / CROP  # drawn large, then reduced: soft edges
    image: Image = np.full((4 * side, 4 * side, 3), BACK, np.uint8)
    x, y = 128 + 40 * yaw, 132.0

    def oval(cx: float, cy: float, rx: float, ry: float, colour: tuple[int, int, int]) -> None:
        centre, axes = (
            (round(cx * scale), round(cy * scale)),
            (round(rx * scale), round(ry * scale)),
        )
        cv2.ellipse(image, centre, axes, 0, 0, 360, colour, -1)

    oval(x, y - 20, 76, 92, HAIR)
    oval(x, y + 8, 64, 86, SKIN)
    points = [(x - 64, y), (x + 64, y), (x, y + 94)]
    for eye in (-26, 26):
        oval(x + eye, y - 14, 13, 1.5 + 8 * (1 - blink), WHITE)
        oval(x + eye + 6 * yaw, y - 14, 5, 1 + 5 * (1 - blink), DARK)
        points += [(x + eye, y - 14 - 8 * (1 - blink)), (x + eye, y - 14 + 8 * (1 - blink))]
    oval(x, y + 50, 26, 6 + 14 * opening, LIPS)
    oval(x, y + 50, 18, 0.5 + 10 * opening, DARK)
    points += [(x - 26, y + 50), (x, y + 50 - 14 * opening), (x, y + 50 + 14 * opening)]
    small = cv2.resize(image, (side, side), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8), np.array(points, np.float32).ravel()


def drawn_faces(count: int, side: int, seed: int = 0) -> Faces:
    """Return frames of one identity: the sound tells the mouth, and nothing else does."""
    random = np.random.default_rng(seed)
    opening, yaw, blink = random.uniform((0, -0.8, 0), (1, 0.8, 1), (count, 3)).T
    drawn = [draw_face(*row, side) for row in zip(opening, yaw, blink, strict=True)]
    tone = np.sin(np.arange(64)[:, None] * 0.3 + np.arange(60) * 0.2)
    audio = opening[:, None, None] * tone + (1 - opening)[:, None, None] * np.cos(2 * tone)
    rest, _ = draw_face(0.0, 0.0, 0.0, side)
    reference = torch.from_numpy(rest.copy()).permute(2, 0, 1).float() / 127.5 - 1.0
    return Faces(
        picture=torch.from_numpy(np.array([image for image, _ in drawn])).permute(0, 3, 1, 2),
        reference=reference.expand(count, -1, -1, -1),
        audio=torch.from_numpy(40 * audio.astype(np.float32))[:, None],
        pose=torch.from_numpy(np.stack([yaw, 0 * yaw, 0 * yaw], 1).astype(np.float32)),
        blink=torch.from_numpy(np.stack([blink, blink], 1).astype(np.float32)),
        landmarks=torch.from_numpy(np.array([points for _, points in drawn])),
    )
