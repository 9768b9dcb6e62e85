"""How near an engine's pictures come to the studio's: SSIM of held-out frames, and its floors.

The expression is given exactly, so this judges the face alone, not the voice in front of it; or,
by other controls (`vcam.evaluation.face_heard`), both together.
Beside each figure: the floor, the better of the still reference and the nearest training frame
(by landmarks), which need no network at all.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np

from vcam.arkit import ARKIT_INDEX
from vcam.engines.base import Engine
from vcam.evaluation.lip_metrics import bootstrap
from vcam.evaluation.voice import Row
from vcam.media import Controls, Image, Vector
from vcam.similarity import ssim_map
from vcam.studio.frames import FrameStore
from vcam.training.face_boxes import Boxes, FaceBoxes, face_boxes
from vcam.training.face_frames import shrink

WANTED = {
    512: {"whole": 0.960, "face": 0.930, "mouth": 0.900, "eyes": 0.890, "mouth, open": 0.86,
          "eyes, blinking": 0.86},
    256: {"whole": 0.965, "face": 0.935, "mouth": 0.915, "eyes": 0.905, "mouth, open": 0.88,
          "eyes, blinking": 0.87},
}  # fmt: skip
"""Least SSIM by side and part (figures of the default engine's issue)."""
OPEN_JAW, SHUT_LID = 0.3, 0.5

Scores = dict[str, float]


@dataclass(frozen=True)
class Judged:
    """One held-out frame, as each of the three ways has it: SSIM by part."""

    engine: Scores
    still: Scores
    nearest: Scores


class FaceJudge:
    """Judges one engine on one announcer's clips."""

    def __init__(self, engine: Engine, training: FrameStore) -> None:
        self.side = engine.spec.size[0]
        self._engine, self._training = engine, training
        self._still = shrink(training.colour(0), self.side)
        self._scale = np.float32(self.side / int(training.card["size"]))
        self._known = training.labels.landmarks68 * self._scale

    def frames(self, clip: FrameStore, indices: Sequence[int]) -> Iterator[Judged]:
        """Judge these frames of a clip, the expression being given."""
        for index in indices:
            yield self.judge(clip, index, self.draw(clip, index))

    def perform(self, controls: Iterable[Controls]) -> Iterator[Image]:
        """Draw frame after frame, RGB: what hears has to hear everything, in order."""
        for moment in controls:
            yield self._engine.render(moment)[..., :3]

    def judge(self, clip: FrameStore, index: int, picture: Image) -> Judged:
        """Judge a picture of one frame of a clip."""
        landmarks = self.landmarks(clip)
        boxes = face_boxes(landmarks, self.side)
        truth = shrink(clip.colour(index), self.side)
        parts = _parts(clip, index)
        return Judged(
            scores(picture, truth, boxes, index, parts),
            scores(self._still, truth, boxes, index, parts),
            scores(self.nearest(landmarks[index]), truth, boxes, index, parts),
        )

    def landmarks(self, clip: FrameStore) -> Vector:
        """Return the true landmarks (N, 68, 2) of a clip in pixels of the engine's pictures."""
        scale = np.float32(self.side / int(clip.card["size"]))
        return np.asarray(clip.labels.landmarks68 * scale, np.float32)

    def draw(self, clip: FrameStore, index: int) -> Image:
        """Return the engine's picture of a frame, RGB."""
        return self._engine.render(controls_of(clip, index))[..., :3]

    def nearest(self, landmarks: Vector) -> Image:
        """Return the training frame whose landmarks are nearest to these (68, 2)."""
        apart = np.abs(self._known - landmarks).sum(2).mean(1)
        return shrink(self._training.colour(int(apart.argmin())), self.side)


def controls_of(clip: FrameStore, index: int) -> Controls:
    """Return the controls that a frame was drawn with."""
    labels = clip.labels
    yaw, pitch, roll = (float(angle) for angle in labels.pose[index])
    left, right = (float(lid) for lid in labels.blink[index])
    x, y = (float(way) for way in labels.gaze[index])
    return Controls(
        t_ns=int(labels.t_ns[index]),
        pose=(yaw, pitch, roll),
        blink=(left, right),
        gaze=(x, y),
        expression=labels.expression[index],
    )


def scores(
    picture: Image, truth: Image, boxes: FaceBoxes, index: int, parts: Sequence[str]
) -> Scores:
    """Return the mean SSIM of the whole and of each part that counts in this frame."""
    similar = ssim_map(picture, truth)

    def within(table: Boxes) -> float:
        left, top, right, bottom = table[index]
        return float(similar[top:bottom, left:right].mean())

    eyes = fmean((within(boxes.left_eye), within(boxes.right_eye)))
    found = {"whole": float(similar.mean()), "face": within(boxes.face),
             "mouth": within(boxes.mouth), "eyes": eyes}  # fmt: skip
    return {part: found[part.partition(",")[0]] for part in parts}


def _parts(clip: FrameStore, index: int) -> list[str]:
    """Return the parts that count in a frame: an open mouth and a blink have their own figure."""
    labels = clip.labels
    parts = ["whole", "face", "mouth", "eyes"]
    if labels.expression[index][ARKIT_INDEX["jawOpen"]] >= OPEN_JAW:
        parts.append("mouth, open")
    if labels.blink[index].max() >= SHUT_LID:
        parts.append("eyes, blinking")
    return parts


def rows(
    engine: str, identity: str, name: str, side: int, judged: Sequence[Judged], seed: int = 0
) -> Iterator[Row]:
    """Yield a row for each part: mean, its 95 % interval over frames, floor and what is wanted."""
    for part, least in WANTED.get(side, WANTED[512]).items():
        values = _of(part, [frame.engine for frame in judged])
        if not values:
            continue
        mean = bootstrap(values, seed)
        floor = max(
            fmean(_of(part, [frame.still for frame in judged])),
            fmean(_of(part, [frame.nearest for frame in judged])),
        )
        yield Row(
            f"{identity} {name}", f"SSIM {part}", mean.value, mean.low, mean.high,
            floor, 1.0, f">= {least:.3f}", engine, identity, len(values),
        )  # fmt: skip


def _of(part: str, frames: Sequence[Mapping[str, float]]) -> list[float]:
    return [frame[part] for frame in frames if part in frame]
