"""One announcer's frames as batches for `lite`, hard moments more often than they happen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vcam.arkit import ARKIT_INDEX
from vcam.media import Image, Vector
from vcam.nets.lite import CELL
from vcam.nets.lite_plan import Window
from vcam.studio.frames import PARTS, FrameStore, Labels
from vcam.training.face_boxes import FaceBoxes, face_boxes

FACE, MOUTH, EYE, TEETH = 3.0, 12.0, 18.0, 30.0
"""How much a pixel of these counts beside one of the rest (tried for mouth and eyes: 9, 7, see
notes/lite_training.md). Lower teeth were drawn as lip where they show in a few frames only, so they
count most. Irises lost their outline where eyes looked aside: 18, not 9, mended little of it."""
RIM = 3
"""Cells of R/8 in which a window's edge can be felt: 1 by `up`, 1.5 by the convolutions at R/4."""
USUAL_TURN = 0.12
"""A head that turns so far, in rad, is drawn half as often as one that does not."""
USUAL_GAZE = 0.35
"""Eyes in a call seldom look farther aside (held-out clips of announcer1: .36 at most)."""
BOTH_ROWS = 4.0
"""A frame in which lower teeth show below upper ones is drawn so many times as often: 7 % of
announcer1's are (37 % of announcer5's), and lower teeth were drawn as lip (seen)."""
ANYWHERE = 0.15
"""The share of windows that are not placed by the face: hair, neck and shoulders."""
MISTAKEN = 0.5
"""The share of times that a frame comes with the fuser's mouth; else with its own, so that exact
weights still say exactly what is drawn."""
_UPPER_LIP, _REACH = 62, 10
"""Teeth are looked for so many columns to both sides of this landmark."""
_TEETH_PART = PARTS.index("teeth")
_TEETH = ("mouthLowerDownLeft", "mouthLowerDownRight", "mouthUpperUpLeft", "mouthUpperUpRight")


@dataclass(frozen=True)
class FaceBatch:
    """B frames of one announcer."""

    who: int
    """Which announcer, by place in the training's list."""
    window: Window | None
    """The part of the frames that the next three are of; None: all."""
    picture: Tensor
    """(B, 3, H, W) in 0..1"""
    alpha: Tensor
    """(B, 1, H, W) in 0..1"""
    weight: Tensor
    """(B, 1, H, W), mean 1; near edges that only a window has, 0: the net misses a part there."""
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
    teeth: NDArray[np.bool_]
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
        self._cache: dict[int, _Item] = {}
        self._room = cache_mb * 2**20 // (6 * side * side)

    def __len__(self) -> int:
        return len(self.store)

    @cached_property
    def odds(self) -> Vector:
        """How often each frame (N,) is drawn; sum 1."""
        landmarks = self.store.labels.landmarks68
        both = [both_rows(self.store.parts(n), landmarks[n]) for n in range(len(self))]
        odds = hardness(self.expression, self.gaze) * nearness(self.pose)
        odds[both] *= BOTH_ROWS
        return np.asarray(odds / odds.sum(), np.float32)

    def draw(
        self,
        random: np.random.Generator,
        count: int,
        crops: float = 0.0,
        mistakes: Mapping[int, Vector] | None = None,
    ) -> FaceBatch:
        """Return a batch by chance; a share of `crops` is only a window of its frames.

        `mistakes` (52,) of a frame are added to its expression, the picture being what it was, a
        share MISTAKEN of the times that it is drawn.
        """
        indices = random.choice(len(self), count, p=self.odds).tolist()
        batch = self.batch(indices, self._window(random, indices[0], crops))
        if mistakes is None:
            return batch
        expression = batch.expression.numpy()
        for row, index in enumerate(indices):
            if index in mistakes and random.random() < MISTAKEN:
                expression[row] = np.clip(expression[row] + mistakes[index], 0.0, 1.0)
        return replace(batch, expression=torch.from_numpy(expression))

    def batch(self, indices: Sequence[int], window: Window | None = None) -> FaceBatch:
        """Return these frames, or a window of them."""
        items = [self._item(index) for index in indices]
        place = window.slices(CELL) if window else np.s_[:, :]
        weights = [self._weight(*pair)[place] for pair in zip(indices, items, strict=True)]
        weight = np.stack(weights)[:, None]
        if window:
            weight *= inner(window, self.side)
        some = list(indices)
        return FaceBatch(
            self._who,
            window,
            _planes(np.stack([item.colour[place] for item in items])),
            _planes(np.stack([item.alpha[place][..., None] for item in items])),
            torch.from_numpy(weight / weight.mean()),
            torch.from_numpy(np.stack([item.flow for item in items])).float().permute(0, 3, 1, 2),
            torch.from_numpy(np.stack([item.valid for item in items])).float()[:, None],
            torch.from_numpy(self.expression[some]),
            torch.from_numpy(self.pose[some]),
            torch.from_numpy(self.gaze[some]),
        )

    def _window(self, random: np.random.Generator, index: int, crops: float) -> Window | None:
        """Choose by chance: all, or half a side round one of the face's landmarks, or anywhere."""
        if random.random() >= crops:
            return None
        cells = self.side // CELL
        size = cells // 2
        centre = random.uniform(0, cells, 2)
        if random.random() >= ANYWHERE:
            landmark = self.landmarks[index, random.integers(self.landmarks.shape[1])]
            centre = landmark[::-1] / CELL + random.normal(0, size / 8, 2)
        row, column = np.clip(np.round(centre - size / 2), 0, cells - size).astype(int).tolist()
        return Window(row, column, size, size)

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
            shrink(np.asarray(self.store.parts(index) == _TEETH_PART, np.uint8), self.side) > 0,
            flow[::step, ::step].astype(np.float16),
            valid[::step, ::step],
        )

    def _weight(self, index: int, item: _Item) -> Vector:
        weight = np.ones((self.side, self.side), np.float32)
        for boxes, amount in parts(self.boxes):
            left, top, right, bottom = boxes[index]
            weight[top:bottom, left:right] = amount
        weight[item.teeth] = TEETH
        return weight


def inner(window: Window, side: int) -> Vector:
    """Return 1 (H, W) in a window, and 0 near edges of its own, where the net lacks context."""
    cells = side // CELL
    weight = np.ones((window.height, window.width), np.float32)
    weight[: RIM if window.row else 0] = 0
    weight[:, : RIM if window.column else 0] = 0
    weight[window.height - (RIM if window.row + window.height < cells else 0) :] = 0
    weight[:, window.width - (RIM if window.column + window.width < cells else 0) :] = 0
    return weight.repeat(CELL, 0).repeat(CELL, 1)


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
    """Return how often each frame (N,) is drawn beside an easy one: mouths, teeth, lids, gaze.

    Lids are apart in 3 % of the frames, and a net that seldom sees it learns one lid for both.
    """
    jaw = np.clip(expression[:, ARKIT_INDEX["jawOpen"]] / 0.4, 0, 1)
    teeth = np.clip(expression[:, [ARKIT_INDEX[name] for name in _TEETH]].mean(1) / 0.3, 0, 1)
    lids = expression[:, [ARKIT_INDEX["eyeBlinkLeft"], ARKIT_INDEX["eyeBlinkRight"]]]
    winking = np.abs(lids[:, 0] - lids[:, 1])
    looking = np.clip(np.abs(gaze).max(1) / USUAL_GAZE, 0, 1)
    found = 1 + 2 * jaw + 2 * teeth + 2 * (lids.max(1) > 0.3) + 4 * looking + 6 * winking
    return np.asarray(found, np.float32)


def nearness(pose: Vector) -> Vector:
    """Return how often each frame (N,) is drawn beside one that looks ahead.

    A head in a call turns by 0.07 rad at most (99 % of held-out frames); the studio's by 0.35.
    """
    return np.asarray(1 / (1 + (np.abs(pose).max(1) / USUAL_TURN) ** 2), np.float32)


def both_rows(parts_of: Image, landmarks: Vector) -> bool:
    """Say whether lower teeth show below upper ones, by a frame's parts (H, W) and landmarks."""
    middle = int(landmarks[_UPPER_LIP, 0])
    teeth = parts_of[:, max(0, middle - _REACH) : middle + _REACH + 1] == _TEETH_PART
    begins = np.diff(teeth.astype(np.int8), axis=0, prepend=0) == 1
    return bool((begins.sum(0) > 1).mean() > 0.5)


def shrink(picture: Image, side: int) -> Image:
    """Return a picture at `side` x `side`."""
    if picture.shape[0] == side:
        return picture
    return np.asarray(cv2.resize(picture, (side, side), interpolation=cv2.INTER_AREA), np.uint8)


def _planes(pictures: Image) -> Tensor:
    return torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 255
