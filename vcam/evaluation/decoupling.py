"""Decoupling: one input moves, the others rest; what leaks into the rest of the face?

The papers show this as a picture (APB2Face, figure 4); here it is also measured, on what is drawn.
Whoever reads turned heads off pictures sees lids move a little that do not; so each picture is read
beside the studio's own of the same controls, by a reader that knows neither, and what counts is
by how much they differ.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vcam.evaluation.face_reader import MEASURES
from vcam.evaluation.geometry import mouth_opening
from vcam.identity import PoseRange
from vcam.media import Controls, Image
from vcam.studio.frames import Labels
from vcam.studio.sheet import captioned, tiled
from vcam.studio.sweeps import LIDS, TURNS

SHOWN = 7
_RANGE = PoseRange()
_REACH = {"yaw": _RANGE.yaw_rad, "pitch": _RANGE.pitch_rad, "roll": _RANGE.roll_rad}
_LEAST = 1e-6
_TWICE = np.ones((2, 2, 1), np.uint8)

Floats = NDArray[np.float64]
Draw = Callable[[Controls], Image]
Leakage = dict[str, dict[str, float]]
"""Moved input -> measure -> how far it moves, as a share of its range."""


@dataclass(frozen=True)
class Sweep:
    """One input through its range, the others at rest."""

    controls: tuple[Controls, ...]
    values: tuple[float, ...]


def sweeps(rest: Controls, loud: tuple[Controls, ...]) -> dict[str, Sweep]:
    """Return the sweep of each input from `rest`; `loud` are moments of a voice, head at rest.

    Heads and lids move in the steps of the studio's training frames.
    """
    found = {}
    for place, (name, limit) in enumerate(_REACH.items()):
        values = sorted(limit * step for step in (0.0, *TURNS))
        turned = [replace(rest, pose=_pose(place, value)) for value in values]
        found[name] = Sweep(tuple(turned), tuple(values))
    lids = (0.0, *LIDS)
    shut = [replace(rest, blink=(lid, lid)) for lid in lids]
    found["blink"] = Sweep(tuple(shut), lids)
    found["sound"] = Sweep(loud, tuple(float(n) for n in range(len(loud))))
    return found


def draw_sweeps(draw: Draw, planned: Mapping[str, Sweep]) -> dict[str, list[Image]]:
    """Return the pictures of every sweep."""
    return {
        name: [np.ascontiguousarray(draw(moment)[..., :3]) for moment in sweep.controls]
        for name, sweep in planned.items()
    }


def studio_sweeps(labels: Labels) -> dict[str, NDArray[np.int64]]:
    """Return which training frames are the same sweeps, step by step, but for the sound.

    In these the studio moved one input and nothing else. A sweep that is not whole is left out.
    """
    inputs = np.column_stack([labels.pose, labels.blink])
    columns = {name: [place] for place, name in enumerate(_REACH)} | {"blink": [3, 4]}
    found = {}
    for name, own in columns.items():
        value = inputs[:, own].mean(axis=1)
        alone = labels.at_rest & (inputs[:, own] == value[:, None]).all(axis=1)
        frames = np.flatnonzero(alone & ~np.delete(inputs, own, axis=1).any(axis=1))
        steps, first = np.unique(value[frames], return_index=True)
        if len(steps) == 1 + len(LIDS if name == "blink" else TURNS):
            found[name] = frames[first]
    return found


def ranges(clip: Labels) -> dict[str, float]:
    """Return the whole range of each measure: poses asked for, lids, a clip's lips."""
    lips = np.percentile(mouth_opening(clip.landmarks68), [2, 98])
    turns = {name: 2 * limit for name, limit in _REACH.items()}
    return turns | {"blink": 1.0, "sound": float(lips[1] - lips[0])}


def leakage(read: Mapping[str, Floats], whole: Mapping[str, float]) -> Leakage:
    """Return how far each measure moves while each input does, as a share of its whole range.

    `read`: MEASURES (N, 5) of the pictures of each sweep.
    """
    return {
        moved: {
            measure: float(np.ptp(column)) / max(whole[measure], _LEAST)
            for measure, column in zip(MEASURES, values.T, strict=True)
        }
        for moved, values in read.items()
    }


def beyond(
    read: Mapping[str, Floats], true: Mapping[str, Floats], whole: Mapping[str, float]
) -> Leakage:
    """Return the same of what is read more of drawn pictures than of `true` ones, step by step."""
    return leakage({moved: read[moved] - values for moved, values in true.items()}, whole)


def decoupling_sheet(pictures: Mapping[str, list[Image]], planned: Mapping[str, Sweep]) -> Image:
    """Return a row of pictures for each input, in the order of the paper's figure 4."""
    shown = []
    for name, drawn in pictures.items():
        for place in np.linspace(0, len(drawn) - 1, SHOWN).round().astype(int).tolist():
            large = np.kron(drawn[place], _TWICE) if len(drawn[place]) < 256 else drawn[place]
            shown.append(captioned(large, f"{name} {planned[name].values[place]:+.2f}"))
    return tiled(shown, SHOWN)


def _pose(place: int, value: float) -> tuple[float, float, float]:
    pose = [0.0, 0.0, 0.0]
    pose[place] = value
    return pose[0], pose[1], pose[2]
