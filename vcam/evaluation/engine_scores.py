"""The papers' measures, and ours, of one clip that was drawn."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan
from statistics import fmean

import numpy as np

from vcam.evaluation.detector import SIDE, Detector, find_all
from vcam.evaluation.geometry import (
    Floats,
    blink_error,
    detection_rate,
    jitter,
    landmark_error,
    mouth_error,
    mouth_opening,
    pose_error,
)
from vcam.evaluation.head_pose import fit_pose
from vcam.evaluation.lipsync import lip_sync
from vcam.evaluation.sharpness import cpbd
from vcam.media import Image, Vector
from vcam.similarity import boxes_of, compare
from vcam.studio.frames import FrameStore

SHARPNESS_EVERY = 15
"""Sharpness is slow to measure and changes little from frame to frame."""

Scores = dict[str, float]


@dataclass(frozen=True)
class JudgedClip:
    """A held-out clip with all that is true about it."""

    truth: list[Image]
    exact: Vector
    """(N, 68, 2) the studio's landmarks, in pixels of SIDE."""
    found: Vector
    """(N, 68, 2) the same by the detector, on the true pictures."""
    head: Vector
    """(68, 3) cm, the announcer at rest."""
    fps: int


def judged_clip(
    clip: FrameStore, truth: list[Image], head: Vector, detector: Detector | None
) -> JudgedClip:
    """Return a clip ready to judge pictures by."""
    exact = clip.labels.landmarks68[: len(truth)] * np.float32(SIDE / int(clip.card["size"]))
    return JudgedClip(truth, exact, find_all(detector, truth), head, int(clip.card["fps"]))


def score(drawn: Sequence[Image], clip: JudgedClip, detector: Detector | None) -> Scores:
    """Return every measure by name; what needs a detector is left out without one."""
    scores = _pictures(drawn, clip)
    scores["cpbd"] = fmean(cpbd(picture) for picture in drawn[::SHARPNESS_EVERY])
    if detector is None:
        return scores
    found = find_all(detector, list(drawn))
    scores |= {
        "dr": 100.0 * detection_rate(found),
        "ale": landmark_error(found, clip.found),
        "akd_m": mouth_error(found, clip.found),
        "ape": pose_error(fit_pose(found, clip.head), fit_pose(clip.found, clip.head)),
        "abe": blink_error(found, clip.found),
        "jitter": jitter(found),
    }
    return scores | _lips(mouth_opening(found), mouth_opening(clip.exact), clip.fps)


def _lips(drawn: Floats, true: Floats, fps: int) -> Scores:
    """Return how well lips follow; frames without a face are filled in from their neighbours.

    Lips that rest follow nothing, and come neither early nor late. Of a face that nobody finds
    nothing is known of its closures either.
    """
    seen = np.flatnonzero(np.isfinite(drawn))
    if not len(seen):
        return {"lip_r": 0.0, "lip_r_0": 0.0, "lip_lag_ms": nan, "closure_f1": nan}
    opening = np.interp(np.arange(len(drawn)), seen, drawn[seen])
    sync = lip_sync(opening, true.astype(np.float64), fps)
    moving = bool(opening.std() > 1e-6)
    return {
        "lip_r": sync.correlation if moving else 0.0,
        "lip_r_0": sync.correlation_at_0,
        "lip_lag_ms": sync.lag_ms if moving else nan,
        "closure_f1": sync.closure_f1,
    }


def _pictures(drawn: Sequence[Image], clip: JudgedClip) -> Scores:
    """Return the means of SSIM and PSNR, whole and within the boxes."""
    side = clip.truth[0].shape[0]
    found = [
        compare(picture, true, boxes_of(points * np.float32(side / SIDE), side))
        for picture, true, points in zip(drawn, clip.truth, clip.exact, strict=True)
    ]
    return {name: fmean(scores[name] for scores in found) for name in found[0]}
