"""Decoupling: one input moves, the others rest; what leaks into the rest of the face?

The papers show this as a picture (APB2Face, figure 4: `decoupling_sheet`); here it is also measured
on what is drawn. Whoever reads turned heads off pictures sees lids move a little that do not; so
each picture is read beside the studio's own of the same controls, by a reader that knows neither,
and what counts is by how much they differ.

A single reading of lids is off by 2 to 3 % of their range: between nine steps of a sweep, true
pictures packed as JPEG seem to move them by 5 to 9 % (measured at 128 pixels). So the differences
of hundreds of frames, heads and lids by chance, are explained by all inputs together (`effects`).
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
INPUTS = ("yaw", "pitch", "roll", "blink")
"""What moves by chance; lids: the mean of both."""
_RANGE = PoseRange()
_REACH = {"yaw": _RANGE.yaw_rad, "pitch": _RANGE.pitch_rad, "roll": _RANGE.roll_rad}
_LEAST = 1e-6
_GRID, _RESAMPLED = 41, 200
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


def heads_by_chance(labels: Labels, turned: bool) -> NDArray[np.int64]:
    """Return the frames of a store in which heads and lids move and nothing tells one from another.

    Of a `turned` set that is all of them, of training frames those at rest.
    """
    if turned:
        return np.arange(len(labels.pose))
    return np.flatnonzero(labels.at_rest & ~labels.gaze.any(axis=1))


def ranges(clip: Labels) -> dict[str, float]:
    """Return the whole range of each measure: poses asked for, lids, a clip's lips."""
    lips = np.percentile(mouth_opening(clip.landmarks68), [2, 98])
    turns = {name: 2 * limit for name, limit in _REACH.items()}
    return turns | {"blink": 1.0, "sound": float(lips[1] - lips[0])}


def leakage(read: Mapping[str, Floats], whole: Mapping[str, float]) -> Leakage:
    """Return how far each measure moves while each input does, as a share of its whole range.

    `read`: MEASURES (N, 5) along the way of each input.
    """
    return {
        moved: {
            measure: float(np.ptp(column)) / max(whole[measure], _LEAST)
            for measure, column in zip(MEASURES, values.T, strict=True)
        }
        for moved, values in read.items()
    }


def effects(read: Floats, inputs: Floats, whole: Mapping[str, float]) -> Leakage:
    """Return how far each input by itself moves each measure, as a share of its whole range.

    `read`: MEASURES (N, 5) of N frames, or by how much two readings differ; `inputs`: their INPUTS
    (N, 4). A sum of one cubic of each input is fitted; counted is how far each one goes.
    """
    scaled = np.column_stack([inputs[:, :3] / list(_REACH.values()), 2 * inputs[:, 3] - 1])
    terms = np.hstack([np.ones((len(read), 1)), *(_cubic(column) for column in scaled.T)])
    weights = np.linalg.lstsq(terms, read, rcond=None)[0][1:].reshape(len(INPUTS), 3, -1)
    curves = _cubic(np.linspace(-1, 1, _GRID)) @ weights  # (4, _GRID, 5)
    return leakage(dict(zip(INPUTS, curves, strict=True)), whole)


def doubt(read: Floats, inputs: Floats, whole: Mapping[str, float]) -> Leakage:
    """Return half the width of the 95 % interval of `effects`, by resampling the frames."""
    random = np.random.default_rng(0)
    tables = []
    for _ in range(_RESAMPLED):
        chosen = random.integers(len(read), size=len(read))
        tables.append(effects(read[chosen], inputs[chosen], whole))
    return {
        moved: {
            measure: float(1.96 * np.std([table[moved][measure] for table in tables]))
            for measure in MEASURES
        }
        for moved in INPUTS
    }


def decoupling_sheet(pictures: Mapping[str, list[Image]], planned: Mapping[str, Sweep]) -> Image:
    """Return a row of pictures for each input, in the order of the paper's figure 4."""
    shown = []
    for name, drawn in pictures.items():
        for place in np.linspace(0, len(drawn) - 1, SHOWN).round().astype(int).tolist():
            large = np.kron(drawn[place], _TWICE) if len(drawn[place]) < 256 else drawn[place]
            shown.append(captioned(large, f"{name} {planned[name].values[place]:+.2f}"))
    return tiled(shown, SHOWN)


def _cubic(values: Floats) -> Floats:
    return np.stack([values, values**2, values**3], axis=-1)


def _pose(place: int, value: float) -> tuple[float, float, float]:
    pose = [0.0, 0.0, 0.0]
    pose[place] = value
    return pose[0], pose[1], pose[2]
