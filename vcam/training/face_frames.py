"""One announcer's frames as batches for `lite`, hard moments more often than they happen."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vcam.arkit import ARKIT_INDEX
from vcam.media import Image, Vector
from vcam.studio.frames import FrameStore, Labels
from vcam.training.face_boxes import FaceBoxes, face_boxes

FACE, MOUTH, EYE = 3.0, 12.0, 9.0
"""How much a pixel of these counts beside one of the rest (tried: notes/lite_training.md: 9, 7)."""
_TEETH = ("mouthLowerDownLeft", "mouthLowerDownRight", "mouthUpperUpLeft", "mouthUpperUpRight")


@dataclass(frozen=True)
class FaceBatch:
    """B frames of one announcer."""

    who: int
    """Which announcer, by place in the training's list."""
    picture: Tensor
    """(B, 3, R, R) in 0..1"""
    alpha: Tensor
    """(B, 1, R, R) in 0..1"""
    weight: Tensor
    """(B, 1, R, R), mean 1"""
    flow: Tensor
    """(B, 2, R/4, R/4) to the reference picture, in halves of the picture"""
    flow_valid: Tensor
    """(B, 1, R/4, R/4), 0 or 1"""
    expression: Tensor
    pose: Tensor
    gaze: Tensor


@dataclass(frozen=True)
class _Item:
    """One frame at the side that is trained, as small as it keeps."""

    colour: Image
    alpha: Image
    flow: NDArray[np.float16]
    valid: NDArray[np.bool_]


class FaceFrames:
    """The frames of a store at one size. Decoded once where they fit into `cache_mb`."""

    def __init__(self, store: FrameStore, side: int, who: int = 0, cache_mb: int = 1500) -> None:
        self.store, self.side, self._who = store, side, who
        labels = store.labels
        scale = side / int(store.card["size"])
        self.landmarks = labels.landmarks68 * np.float32(scale)
        self.boxes = face_boxes(self.landmarks, side)
        self.expression = merged_expression(labels)
        self.pose, self.gaze = labels.pose, labels.gaze
        odds = hardness(self.expression, self.gaze)
        self._odds = odds / odds.sum()
        self._cache: dict[int, _Item] = {}
        self._room = cache_mb * 2**20 // (5 * side * side)

    def __len__(self) -> int:
        return len(self.store)

    def draw(self, random: np.random.Generator, count: int) -> FaceBatch:
        """Return a batch by chance."""
        return self.batch(random.choice(len(self), count, p=self._odds).tolist())

    def batch(self, indices: Sequence[int]) -> FaceBatch:
        """Return these frames."""
        items = [self._item(index) for index in indices]
        weights = np.stack([self._weight(index) for index in indices])[:, None]
        some = list(indices)
        return FaceBatch(
            self._who,
            _planes(np.stack([item.colour for item in items])),
            _planes(np.stack([item.alpha[..., None] for item in items])),
            torch.from_numpy(weights / weights.mean()),
            torch.from_numpy(np.stack([item.flow for item in items])).float().permute(0, 3, 1, 2),
            torch.from_numpy(np.stack([item.valid for item in items])).float()[:, None],
            torch.from_numpy(self.expression[some]),
            torch.from_numpy(self.pose[some]),
            torch.from_numpy(self.gaze[some]),
        )

    def _item(self, index: int) -> _Item:
        found = self._cache.get(index)
        if found is None:
            found = self._decode(index)
            if len(self._cache) < self._room:
                self._cache[index] = found
        return found

    def _decode(self, index: int) -> _Item:
        flow, valid = self.store.flow(index)
        flow = flow / np.float32(int(self.store.card["size"]) / 2)
        step = max(1, flow.shape[0] * 4 // self.side)
        return _Item(
            shrink(self.store.colour(index), self.side),
            shrink(self.store.alpha(index), self.side),
            flow[::step, ::step].astype(np.float16),
            valid[::step, ::step],
        )

    def _weight(self, index: int) -> Vector:
        weight = np.ones((self.side, self.side), np.float32)
        for boxes, amount in parts(self.boxes):
            left, top, right, bottom = boxes[index]
            weight[top:bottom, left:right] = amount
        return weight


def parts(boxes: FaceBoxes) -> tuple[tuple[NDArray[np.int64], float], ...]:
    """Return boxes and weights, the later ones over the earlier."""
    eyes = ((boxes.left_eye, EYE), (boxes.right_eye, EYE))
    return (boxes.face, FACE), (boxes.mouth, MOUTH), *eyes


def merged_expression(labels: Labels) -> Vector:
    """Return expressions (N, 52) as `lite` gets them: blink merged in, eyeLook* 0."""
    merged = labels.expression.copy()
    for side, name in enumerate(("eyeBlinkLeft", "eyeBlinkRight")):
        column = ARKIT_INDEX[name]
        merged[:, column] = np.maximum(merged[:, column], labels.blink[:, side])
    return np.clip(merged, 0.0, 1.0)


def hardness(expression: Vector, gaze: Vector) -> Vector:
    """Return how often each frame (N,) is drawn beside an easy one: mouths, teeth, lids, gaze."""
    jaw = np.clip(expression[:, ARKIT_INDEX["jawOpen"]] / 0.4, 0, 1)
    teeth = np.clip(expression[:, [ARKIT_INDEX[name] for name in _TEETH]].mean(1) / 0.3, 0, 1)
    lids = expression[:, [ARKIT_INDEX["eyeBlinkLeft"], ARKIT_INDEX["eyeBlinkRight"]]].max(1)
    looking = np.clip(np.abs(gaze).max(1) / 0.5, 0, 1)
    found = 1 + 2 * jaw + 2 * teeth + 2 * (lids > 0.3) + looking
    return np.asarray(found, np.float32)


def shrink(picture: Image, side: int) -> Image:
    """Return a picture at `side` x `side`."""
    if picture.shape[0] == side:
        return picture
    return np.asarray(cv2.resize(picture, (side, side), interpolation=cv2.INTER_AREA), np.uint8)


def _planes(pictures: Image) -> Tensor:
    return torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 255
