"""Hours of speech for the papers' geometry: sound, pose and blink with the landmarks they mean.

Taken from the speech set, not from pictures: its curves say how a mouth moves, the head model says
where the landmarks are. Poses and blinks are drawn at random, so none of them tells the others.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor

from vcam.audio.features import MFCC_ROWS
from vcam.engines.landmark_image import CROP
from vcam.errors import InputError
from vcam.identity import PoseRange
from vcam.media import SECOND_NS, Vector, frame_due_ns
from vcam.studio.clips import FPS
from vcam.studio.points import LandmarkModel
from vcam.studio.speechset import CURVE_HZ, SpeechClip, read_clip, read_manifest
from vcam.studio.sweeps import draw_turns
from vcam.training.hearing import Places, hear, window_at

RUN, RUN_STRIDE = 16, 2
RUN_SPAN = RUN * RUN_STRIDE


@dataclass(frozen=True)
class Said:
    """A batch of B frames in runs: frames of a run share most of the rows of their windows."""

    rows: Tensor
    """(R, 60) MFCC"""
    starts: Tensor
    """(B,) the row with which each frame's window starts."""
    pose: Tensor
    """(B, 3)"""
    blink: Tensor
    """(B, 2)"""
    landmarks: Tensor
    """(B, 136) pixels of a crop of 256"""

    def to(self, device: str) -> Self:
        """Return the same on a device."""
        return type(self)(**{spec.name: vars(self)[spec.name].to(device) for spec in fields(self)})


@dataclass(frozen=True)
class Talk:
    """N frames of speech."""

    rows: Vector
    """MFCC rows (R, 60) of all recordings, one after the other."""
    starts: Places
    """(N,) the first row of each frame's window."""
    pose: Vector
    """(N, 3)"""
    blink: Vector
    """(N, 2)"""
    landmarks: Vector
    """(N, 136)"""

    def __len__(self) -> int:
        return len(self.starts)

    def batch(self, step: int, runs: int, seed: int = 0) -> Said:
        """Return the batch of a step: runs of frames from random places, the same whenever asked.

        A run is RUN frames of a recording, RUN_STRIDE apart.
        """
        places = np.random.default_rng([seed, step]).integers(len(self) - RUN_SPAN, size=runs)
        return self.take((places[:, None] + np.arange(0, RUN_SPAN, RUN_STRIDE)).ravel())

    def take(self, chosen: Places) -> Said:
        """Return these frames (B,) as a batch."""
        needed = np.unique(self.starts[chosen][:, None] + np.arange(MFCC_ROWS))
        return Said(
            rows=torch.from_numpy(self.rows[needed]),
            starts=torch.from_numpy(np.searchsorted(needed, self.starts[chosen])),
            pose=torch.from_numpy(self.pose[chosen]),
            blink=torch.from_numpy(self.blink[chosen]),
            landmarks=torch.from_numpy(self.landmarks[chosen]),
        )


def read_talk(
    speech: Path, announcers: Sequence[str], hours: float, seed: int, split: str = "train"
) -> Talk:
    """Read up to `hours` of one part of the speech set, with the announcers' mean landmarks.

    Raises:
        InputError: no speech set, or nothing in it.
        AssetError: the head model is missing.
    """
    model = LandmarkModel(announcers, CROP)
    random = np.random.default_rng([seed, len(announcers)])
    rows_of = [row for row in read_manifest(speech) if row["split"] == split and row["curves"]]
    if not rows_of:
        raise InputError(f"the speech set {speech} has no clip with curves in its part {split}")
    parts, total = [], 0
    for row in _some(rows_of, hours, random):
        clip = read_clip(speech, row["path"])
        rows, starts = hear(clip.samples), _starts(clip)
        pose, blink = draw_turns(len(starts), random, PoseRange())
        points = model.landmarks(_curves(clip, len(starts)), pose, blink).reshape(len(starts), -1)
        parts.append((rows, starts + total, pose, blink, points))
        total += len(rows)
    return Talk(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _some(
    rows: list[dict[str, Any]], hours: float, random: np.random.Generator
) -> Iterator[dict[str, Any]]:
    """Yield rows of the manifest in random order until they last `hours`."""
    spent_s = 0.0
    for place in random.permutation(len(rows)):
        if spent_s >= 3600 * hours:
            return
        spent_s += rows[place]["duration_s"]
        yield rows[place]


def _frames(clip: SpeechClip) -> range:
    return range(int(len(clip.weights) / CURVE_HZ * FPS))


def _starts(clip: SpeechClip) -> Places:
    return np.array([window_at(frame_due_ns(index, FPS)) for index in _frames(clip)])


def _curves(clip: SpeechClip, count: int) -> Vector:
    """Return the expression (N, 52) of each frame."""
    times = [frame_due_ns(index, FPS) for index in range(count)]
    return clip.weights[[t_ns * CURVE_HZ // SECOND_NS for t_ns in times]]
