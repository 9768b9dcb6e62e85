"""Decoupling: one input moves, the others rest; what leaks into the rest of the face?

The papers show this as a picture (APB2Face, figure 4); here it is also measured, on what is drawn.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from vcam.evaluation.detector import Detector, find_all
from vcam.evaluation.geometry import eye_openness, mouth_opening
from vcam.evaluation.head_pose import fit_pose
from vcam.identity import PoseRange
from vcam.media import Controls, Image, Vector
from vcam.studio.frames import FrameStore, Labels
from vcam.studio.sheet import captioned, tiled

STEPS = 9
SHOWN = 7
_RANGE = PoseRange()
_REACH = {"yaw": _RANGE.yaw_rad, "pitch": _RANGE.pitch_rad, "roll": _RANGE.roll_rad}
_LEAST = 1e-6
_TWICE = np.ones((2, 2, 1), np.uint8)

Draw = Callable[[Controls], Image]
Leakage = dict[str, dict[str, float]]
"""Moved input -> measure -> how far it moves, as a share of its range."""


@dataclass(frozen=True)
class Sweep:
    """One input through its range, the others at rest."""

    controls: tuple[Controls, ...]
    values: tuple[float, ...]


def sweeps(rest: Controls, loud: tuple[Controls, ...]) -> dict[str, Sweep]:
    """Return the sweep of each input from `rest`; `loud` are moments of a voice, head at rest."""
    found = {}
    for place, (name, limit) in enumerate(_REACH.items()):
        values = [float(value) for value in np.linspace(-limit, limit, STEPS)]
        turned = [replace(rest, pose=_pose(place, value)) for value in values]
        found[name] = Sweep(tuple(turned), tuple(values))
    lids = [float(value) for value in np.linspace(0.0, 1.0, STEPS)]
    shut = [replace(rest, blink=(lid, lid)) for lid in lids]
    found["blink"] = Sweep(tuple(shut), tuple(lids))
    found["sound"] = Sweep(loud, tuple(float(n) for n in range(len(loud))))
    return found


def draw_sweeps(draw: Draw, planned: Mapping[str, Sweep]) -> dict[str, list[Image]]:
    """Return the pictures of every sweep."""
    return {
        name: [np.ascontiguousarray(draw(moment)[..., :3]) for moment in sweep.controls]
        for name, sweep in planned.items()
    }


def studio_sweeps(training: FrameStore) -> dict[str, list[Image]]:
    """Return the same sweeps, but for the sound, as the studio drew them: what nothing leaks in."""
    labels = training.labels
    rest = ~labels.expression.any(axis=1) & ~labels.gaze.any(axis=1)
    turned, lids = labels.pose != 0, labels.blink != 0
    found = {}
    for place, name in enumerate(_REACH):
        alone = turned[:, place] & (turned.sum(axis=1) == 1) & ~lids.any(axis=1)
        found[name] = [training.colour(int(index)) for index in np.flatnonzero(rest & alone)]
    both = lids.all(axis=1) & ~turned.any(axis=1)
    found["blink"] = [training.colour(int(index)) for index in np.flatnonzero(rest & both)]
    return {name: shown for name, shown in found.items() if shown}


def ranges(training: Labels, clip: Labels) -> dict[str, float]:
    """Return the whole range of each measure: poses asked for, lids shut, a clip's mouth."""
    both = training.blink.min(axis=1)
    lids = eye_openness(training.landmarks68[[0, int(both.argmax())]]).mean(axis=1)
    mouth = np.percentile(mouth_opening(clip.landmarks68), [2, 98])
    turns = {name: 2 * limit for name, limit in _REACH.items()}
    return turns | {"blink": float(lids[0] - lids[1]), "sound": float(mouth[1] - mouth[0])}


def leakage(
    pictures: Mapping[str, Sequence[Image]],
    head: Vector,
    whole: Mapping[str, float],
    detector: Detector,
) -> Leakage:
    """Return how far each measure moves while each input does, as a share of its whole range."""
    found = {}
    for moved, shown in pictures.items():
        spans = _spans(find_all(detector, list(shown)), head)
        found[moved] = {m: span / max(whole[m], _LEAST) for m, span in spans.items()}
    return found


def decoupling_sheet(pictures: Mapping[str, list[Image]], planned: Mapping[str, Sweep]) -> Image:
    """Return a row of pictures for each input, in the order of the paper's figure 4."""
    shown = []
    for name, drawn in pictures.items():
        for place in np.linspace(0, len(drawn) - 1, SHOWN).round().astype(int).tolist():
            large = np.kron(drawn[place], _TWICE) if len(drawn[place]) < 256 else drawn[place]
            shown.append(captioned(large, f"{name} {planned[name].values[place]:+.2f}"))
    return tiled(shown, SHOWN)


def _spans(landmarks: Vector, head: Vector) -> dict[str, float]:
    """Return how far each measure moves within a sweep: its largest less its smallest value."""
    yaw, pitch, roll = fit_pose(landmarks, head).T
    measures = {
        "yaw": yaw,
        "pitch": pitch,
        "roll": roll,
        "blink": eye_openness(landmarks).mean(axis=1),
        "sound": mouth_opening(landmarks),
    }
    return {name: float(np.nanmax(found) - np.nanmin(found)) for name, found in measures.items()}


def _pose(place: int, value: float) -> tuple[float, float, float]:
    pose = [0.0, 0.0, 0.0]
    pose[place] = value
    return pose[0], pose[1], pose[2]
