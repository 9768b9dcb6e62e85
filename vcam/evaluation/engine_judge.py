"""Judges one engine on held-out clips beside its floors and its ceiling."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from vcam.engines.base import Engine
from vcam.errors import InputError
from vcam.evaluation.detector import Detector
from vcam.evaluation.engine_scores import Scores, judged_clip, score
from vcam.evaluation.lip_metrics import Interval, bootstrap
from vcam.evaluation.rehearsal import perform, transmitted, truth
from vcam.media import Image
from vcam.studio.frames import STORE, FrameStore
from vcam.studio.points import rest_points
from vcam.studio.shoot import SOUND, TRAINING
from vcam.studio.sound import read_sound
from vcam.training.face_frames import shrink

SUBJECTS = ("engine", "wrong sound", "still", "truth, transmitted")
"""What is judged: the engine, two floors, and the ceiling; the wrong sound is another clip's."""
CLIPS = "clip*"


@dataclass(frozen=True)
class Judgement:
    """One clip of one announcer: every measure of every subject; an only clip has three."""

    announcer: str
    clip: str
    scores: Mapping[str, Scores]
    drawn: list[Image]
    truth: list[Image]


def judge_announcer(
    engine: Engine, name: str, frames: Path, detector: Detector | None, seconds: float
) -> Iterator[Judgement]:
    """Yield a judgement for each clip of an announcer, of its first `seconds`.

    Raises InputError where there are no clips with sound.
    """
    folders = sorted(file.parent for file in (frames / name).glob(f"{CLIPS}/{STORE}"))
    if not folders:
        raise InputError(f"no held-out clips in '{frames / name}'; run_vcam.py studio render")
    side = engine.spec.size[0]
    rest = shrink(FrameStore(frames / name / TRAINING).colour(0), side)
    sounds = [read_sound(folder / SOUND) for folder in folders]
    head = rest_points(name)
    for folder, (sound, other) in zip(folders, pairwise([*sounds, sounds[0]]), strict=True):
        clip = FrameStore(folder)
        count = min(len(clip), round(seconds * int(clip.card["fps"])))
        pictures = truth(clip, side, count)
        judged = judged_clip(clip, pictures, head, detector)
        shown = {
            "engine": perform(engine, clip, sound, count),
            "still": [rest] * count,
            "truth, transmitted": transmitted(pictures, judged.fps),
        }
        if len(sounds) > 1:
            shown["wrong sound"] = perform(engine, clip, other, count)
        scores = {subject: score(drawn, judged, detector) for subject, drawn in shown.items()}
        yield Judgement(name, folder.name, scores, shown["engine"], pictures)


def intervals(judgements: Sequence[Judgement]) -> dict[str, dict[str, Interval]]:
    """Return by subject and measure the mean over clips with its interval of 95 %.

    What some clips lack is left out: its mean would be of other clips than the rest.
    """
    found: dict[str, dict[str, Interval]] = {}
    for subject in SUBJECTS:
        if any(subject not in judgement.scores for judgement in judgements):
            continue
        tables = [judgement.scores[subject] for judgement in judgements]
        found[subject] = {
            measure: bootstrap([table[measure] for table in tables])
            for measure in tables[0]
            if np.isfinite([table[measure] for table in tables]).all()
        }
    return found


def by_announcer(judgements: Sequence[Judgement]) -> dict[str, Scores]:
    """Return the engine's means by announcer."""
    found: dict[str, Scores] = {}
    for name in sorted({judgement.announcer for judgement in judgements}):
        tables = [j.scores["engine"] for j in judgements if j.announcer == name]
        found[name] = {
            measure: float(np.mean([table[measure] for table in tables])) for measure in tables[0]
        }
    return found
