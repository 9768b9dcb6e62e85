"""Reads pose, lids and lips off pictures of one announcer, taught by the studio's exact labels.

A landmark detector mixes them up: on true pictures in which one input moves alone, MediaPipe sees
the others move by up to a third of their range. This reader knows only how this announcer looks,
so its own floor is far lower (measured beside the engines, on pictures that it was not fitted to).

Two kernel regressions, one after the other: the whole face says pose, eyes and nose; crops of eyes
and mouth, turned upright by these, say lids and lips.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from vcam.evaluation.geometry import mouth_opening
from vcam.media import Image, Vector
from vcam.studio.frames import FrameStore
from vcam.training.face_frames import shrink

MEASURES = ("yaw", "pitch", "roll", "blink", "sound")
"""Radians, 0 open .. 1 shut, and the lips' gap over the distance of the eyes' outer corners."""
FOLDS = 8

_FACE_SIDE = 48
_MARGIN = 0.03
_WIDTHS = (0.05, 0.5)
"""Of the two kernels, over the median distance of two pictures (tried: .02 .. 1)."""
_RIDGE = 1e-4
_POSE_WEIGHT = 3.0
"""Of the pose in rad beside a crop's pixels in 0 .. 1."""
_EYES = (48, 18), np.array([[11, 9], [37, 9], [24, 36]], np.float32)
_MOUTH = (40, 28), np.array([[8, -26], [32, -26], [20, -4]], np.float32)
"""Width and height of a crop, and where it has the eyes and the nose."""

Floats = NDArray[np.float64]
Regression = Callable[[Floats], Floats]


@dataclass(frozen=True)
class Known:
    """N pictures of an announcer with what is true of them."""

    pictures: Image
    """(N, S, S, 3)"""
    landmarks: Vector
    """(N, 68, 2) pixels of S"""
    pose: Vector
    """(N, 3)"""
    blink: Vector
    """(N, 2)"""

    def __len__(self) -> int:
        return len(self.pictures)

    def take(self, chosen: NDArray[np.int64]) -> Self:
        """Return some of them."""
        return type(self)(*(values[chosen] for values in vars(self).values()))


def known_frames(stores: Sequence[FrameStore], side: int) -> Known:
    """Return all frames of stores of an announcer at `side` x `side`."""
    parts = [_known(store, side) for store in stores]
    columns = zip(*(vars(part).values() for part in parts), strict=True)
    return Known(*map(np.concatenate, columns))


def _known(store: FrameStore, side: int) -> Known:
    labels = store.labels
    pictures = [shrink(store.colour(index), side) for index in range(len(store))]
    scale = np.float32(side / int(store.card["size"]))
    return Known(np.array(pictures), labels.landmarks68 * scale, labels.pose, labels.blink)


class FaceReader:
    """Reads pictures of the announcer it was fitted to."""

    def __init__(self, known: Known) -> None:
        """Fit. The second step sees eyes and nose as the first finds them in unknown pictures."""
        low, high = known.landmarks.min((0, 1)), known.landmarks.max((0, 1))
        margin = _MARGIN * known.pictures.shape[1]
        self._low = np.maximum(low - margin, 0).astype(int)
        self._high = (high + margin).astype(int)
        faces, first = self._faces(known.pictures), np.hstack([known.pose, _anchors(known)])
        self._first = _regression(faces, first, _WIDTHS[0])
        guessed = _guessed(faces, first)
        lids, lips = known.blink.mean(1, keepdims=True), mouth_opening(known.landmarks)[:, None]
        self._lids = _regression(_crops(known.pictures, guessed, _EYES), lids, _WIDTHS[1])
        self._lips = _regression(_crops(known.pictures, guessed, _MOUTH), lips, _WIDTHS[1])

    def read(self, pictures: Image) -> Floats:
        """Return MEASURES (N, 5) of pictures (N, S, S, 3) of the size that it was fitted to."""
        guessed = self._first(self._faces(pictures))
        lids = self._lids(_crops(pictures, guessed, _EYES))
        lips = self._lips(_crops(pictures, guessed, _MOUTH))
        return np.hstack([guessed[:, :3], lids, lips])

    def _faces(self, pictures: Image) -> Floats:
        (left, top), (right, bottom) = self._low, self._high
        return _flat([shrink(p[top:bottom, left:right], _FACE_SIDE) for p in pictures])


def read_pairs(known: Known, asked: NDArray[np.int64], drawn: Image) -> tuple[Floats, Floats]:
    """Return MEASURES (N, 5) of the known pictures `asked` (N,), and of `drawn` beside each.

    By readers that were not fitted to the picture in question, nor to its neighbour in the pair.
    """
    true, found = (np.empty((len(asked), len(MEASURES))) for _ in range(2))
    for places in folds(len(asked)):
        rest = np.setdiff1d(np.arange(len(known)), asked[places])
        reader = FaceReader(known.take(rest))
        true[places] = reader.read(known.pictures[asked[places]])
        found[places] = reader.read(drawn[places])
    return true, found


def folds(count: int) -> list[NDArray[np.int64]]:
    """Return up to FOLDS parts of `count` places, the same whenever asked."""
    return np.array_split(np.random.default_rng(0).permutation(count), max(1, min(FOLDS, count)))


def _anchors(known: Known) -> Vector:
    """Return the middles of both eyes and the foot of the nose, (N, 6)."""
    parts = (slice(36, 42), slice(42, 48), slice(31, 36))
    return np.hstack([known.landmarks[:, part].mean(1) for part in parts])


def _crops(
    pictures: Image, guessed: Floats, crop: tuple[tuple[int, int], NDArray[np.float32]]
) -> Floats:
    """Return crops set upright by the anchors in `guessed` (N, 9), beside its poses."""
    size, places = crop
    upright: list[Image] = []
    for picture, anchors in zip(pictures, guessed[:, 3:].astype(np.float32), strict=True):
        turn = cv2.getAffineTransform(anchors.reshape(3, 2), places)
        warped = cv2.warpAffine(picture, turn, size, borderMode=cv2.BORDER_REPLICATE)
        upright.append(np.asarray(warped, np.uint8))
    return np.hstack([_flat(upright), _POSE_WEIGHT * guessed[:, :3]])


def _flat(pictures: list[Image]) -> Floats:
    return np.array(pictures, np.float64).reshape(len(pictures), -1) / 255


def _guessed(inputs: Floats, outputs: NDArray[np.floating]) -> Floats:
    """Return the first step's outputs (N, M), each by a regression that was not fitted to it."""
    apart, found = _distances(inputs, inputs), np.empty(outputs.shape)
    kernel = np.exp(-_scale(apart, _WIDTHS[0]) * apart)
    for fold in folds(len(inputs)):
        rest = np.setdiff1d(np.arange(len(inputs)), fold)
        weights, mean = _solve(kernel[np.ix_(rest, rest)], outputs[rest])
        found[fold] = kernel[np.ix_(fold, rest)] @ weights + mean
    return found


def _regression(inputs: Floats, outputs: NDArray[np.floating], width: float) -> Regression:
    """Return the kernel ridge regression of outputs (N, M) on inputs (N, D)."""
    apart = _distances(inputs, inputs)
    scale = _scale(apart, width)
    weights, mean = _solve(np.exp(-scale * apart), outputs)

    def predict(asked: Floats) -> Floats:
        found: Floats = np.exp(-scale * _distances(asked, inputs)) @ weights + mean
        return found

    return predict


def _solve(kernel: Floats, outputs: NDArray[np.floating]) -> tuple[Floats, Floats]:
    """Return the weights (N, M) of the ridge regression, and the mean (M,) it goes out from."""
    mean = outputs.mean(0, dtype=np.float64)
    return np.linalg.solve(kernel + _RIDGE * np.eye(len(kernel)), outputs - mean), mean


def _scale(apart: Floats, width: float) -> float:
    return width / max(float(np.median(apart)), 1e-9)


def _distances(a: Floats, b: Floats) -> Floats:
    squares: Floats = (a**2).sum(1)[:, None] + (b**2).sum(1) - 2 * a @ b.T
    return squares
