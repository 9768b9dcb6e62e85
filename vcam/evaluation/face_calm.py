"""Whether a face shimmers: how unevenly grey levels change while a head moves slowly.

The mean second difference in time is 0 for light that changes evenly. It is not 0 for a true face:
skin has grain, and grain that moves a tenth of a pixel more in this frame than in the last changes
its pixels unevenly; bytes alone add up to 0.6. So the studio's own pictures of the same moments
stand beside each figure (measured: they have more of it than ours, which are softer).
"""

from collections.abc import Callable, Iterator
from math import pi, sin

import numpy as np
from numpy.typing import NDArray

from vcam.arkit import ARKIT_INDEX, ARKIT_NAMES
from vcam.evaluation.lip_metrics import bootstrap
from vcam.evaluation.voice import Row
from vcam.media import Controls, Image, Vector, frame_due_ns

FPS, FRAMES = 30, 60
_BRIDGE, _EYES = slice(27, 29), (36, 45)
_BRIDGE_SHARE = 0.08
"""The patch on the bridge of the nose reaches so far to every side, in distances of the eyes."""
_BACKDROP_SHARE = 1 / 16
"""So much of the side, in the upper left corner, is backdrop whatever the head does."""

Levels = NDArray[np.float64]


def slow_controls() -> list[Controls]:
    """Return two seconds of a head that sways by 0.06 rad while the mouth opens and shuts once."""
    found = []
    for index in range(FRAMES):
        t_s = index / FPS
        expression = np.zeros(len(ARKIT_NAMES), np.float32)
        expression[ARKIT_INDEX["jawOpen"]] = 0.15 * (1 + sin(pi * t_s))
        pose = (0.06 * sin(pi * t_s / 2), 0.03 * sin(2 * pi * t_s / 3), 0.02 * sin(t_s))
        gaze = (0.2 * sin(t_s), 0.0)
        t_ns = frame_due_ns(index, FPS)
        found.append(Controls(t_ns, pose=pose, gaze=gaze, expression=expression))
    return found


def places(landmarks: Vector, side: int) -> dict[str, tuple[slice, slice]]:
    """Return rows and columns of what is watched, for landmarks (68, 2) of the face at rest."""
    reach = _BRIDGE_SHARE * float(np.linalg.norm(landmarks[_EYES[0]] - landmarks[_EYES[1]]))
    x, y = landmarks[_BRIDGE].mean(0)
    corner = slice(0, round(_BACKDROP_SHARE * side))
    across, down = (slice(round(at - reach), round(at + reach) + 1) for at in (x, y))
    return {"backdrop": (corner, corner), "nose bridge": (down, across)}


def unevenness(
    draw: Callable[[Controls], Image], watched: dict[str, tuple[slice, slice]]
) -> dict[str, Levels]:
    """Return the mean second difference in each place, (FRAMES - 2,), in grey levels."""
    kept: dict[str, list[Image]] = {name: [] for name in watched}
    for controls in slow_controls():
        picture = draw(controls)
        for name, place in watched.items():
            kept[name].append(picture[place][..., :3].copy())
    return {
        name: np.abs(np.diff(np.array(patches, np.float64), 2, axis=0)).mean((1, 2, 3))
        for name, patches in kept.items()
    }


def calm_rows(
    engine: str, identity: str, drawn: dict[str, Levels], true: dict[str, Levels]
) -> Iterator[Row]:
    """Yield a row for each place; the ceiling is the studio's own figure."""
    for name, levels in drawn.items():
        mean = bootstrap(levels.tolist())
        yield Row(
            f"{identity} slow", f"second difference, {name}", mean.value, mean.low, mean.high,
            None, float(true[name].mean()), "< 0.5 or true", engine, identity, len(levels),
        )  # fmt: skip
