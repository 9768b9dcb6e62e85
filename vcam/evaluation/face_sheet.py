"""Contact sheets of a face: truth, engine, nearest training frame, and the parts that matter."""

import cv2
import numpy as np
from numpy.typing import NDArray

from vcam.arkit import ARKIT_INDEX
from vcam.evaluation.face import FaceJudge
from vcam.media import Image
from vcam.studio.frames import FrameStore
from vcam.studio.sheet import captioned
from vcam.training.face_boxes import FaceBoxes, face_boxes
from vcam.training.face_frames import shrink

Box = NDArray[np.int64]
_SQUARE = 320

COLUMNS = ("truth", "engine", "nearest training frame", "difference x 4")


def hard_frames(clip: FrameStore) -> dict[str, int]:
    """Return the frames to look at: widest jaw, most teeth, shut eyes, far gaze, far turn, rest."""
    labels = clip.labels
    at = ARKIT_INDEX
    jaw = labels.expression[:, at["jawOpen"]]
    teeth = labels.expression[:, [at["mouthUpperUpLeft"], at["mouthLowerDownLeft"]]].sum(1)
    closed = labels.expression[:, [at["mouthPressLeft"], at["mouthRollLower"]]].sum(1) - jaw
    effort = np.abs(labels.expression).sum(1) + labels.blink.sum(1) + np.abs(labels.pose).sum(1)
    found = {
        "open": jaw.argmax(),
        "teeth": (teeth - jaw).argmax(),
        "lips shut": closed.argmax(),
        "blink": labels.blink.min(1).argmax(),
        "gaze": (np.abs(labels.gaze[:, 0]) - labels.blink.max(1)).argmax(),
        "turn": np.abs(labels.pose[:, 0]).argmax(),
        "nod": np.abs(labels.pose[:, 1]).argmax(),
        "rest": effort.argmin(),
    }
    return {name: int(index) for name, index in found.items()}


def make_sheet(judge: FaceJudge, clip: FrameStore) -> Image:
    """Return a sheet: a row for each hard frame, faces, then eyes and mouths."""
    landmarks = clip.labels.landmarks68 * np.float32(judge.side / int(clip.card["size"]))
    boxes = face_boxes(landmarks, judge.side)
    lines = []
    for name, index in hard_frames(clip).items():
        truth = shrink(clip.colour(index), judge.side)
        drawn, near = judge.draw(clip, index), judge.nearest(landmarks[index])
        apart = np.clip(cv2.absdiff(drawn, truth).astype(np.int32) * 4, 0, 255).astype(np.uint8)
        pictures = (truth, drawn, near, apart)
        line = [_cut(boxes.face[index], picture, judge.side) for picture in pictures]
        line += [_close(boxes, index, picture) for picture in pictures[:2]]
        captions = (*(f"{name}: {column}" for column in COLUMNS), "truth", "engine")
        lines.append(np.hstack([captioned(*pair) for pair in zip(line, captions, strict=True)]))
    return np.vstack(lines)


def _cut(box: Box, picture: Image, side: int) -> Image:
    """Return a square of 0.6 of the side round a box, enlarged to some 500 pixels."""
    size = round(0.6 * side)
    centre = (box[:2] + box[2:]) // 2
    left, top = np.clip(centre - size // 2, 0, side - size).tolist()
    return _fit(picture[top : top + size, left : left + size], _SQUARE, _SQUARE)


def _close(boxes: FaceBoxes, index: int, picture: Image) -> Image:
    """Return both eyes, as they stand in the picture, over the mouth."""
    eyes = [_part(table[index], picture) for table in (boxes.right_eye, boxes.left_eye)]
    height, width = _SQUARE // 2, _SQUARE // 2
    upper = np.hstack([_fit(eye, height, width) for eye in eyes])
    lower = _fit(_part(boxes.mouth[index], picture), _SQUARE - height, _SQUARE)
    return np.vstack([upper, lower])


def _part(box: Box, picture: Image) -> Image:
    left, top, right, bottom = box
    return picture[top:bottom, left:right]


def _fit(picture: Image, height: int, width: int) -> Image:
    """Return a picture enlarged, its shape kept, in the middle of a dark field."""
    scale = min(height / picture.shape[0], width / picture.shape[1])
    size = (round(picture.shape[1] * scale), round(picture.shape[0] * scale))
    large = cv2.resize(picture, size, interpolation=cv2.INTER_CUBIC)
    field = np.zeros((height, width, 3), np.uint8)
    top, left = (height - size[1]) // 2, (width - size[0]) // 2
    field[top : top + size[1], left : left + size[0]] = large
    return field
