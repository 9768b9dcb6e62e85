"""What hides what: how much light from every direction reaches each point of a figure at rest.

For each of a few dozen directions one depth map of the whole figure is drawn; a point is lit from
there if nothing stands before it. Skin gets transfer vectors (`vcam.studio.light`), strands a
single openness, for hair lets light seep in.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import scipy.sparse as sparse
from numpy.typing import NDArray

from vcam.studio import gl
from vcam.studio.arrays import Floats, f32
from vcam.studio.light import HARMONICS, harmonics, sphere

MAP_SIZE = 512
REACH_CM = 30.0
"""Half the side of a depth map, and of its depth range."""
MIDDLE_CM = np.array([0.0, 0.0, 0.0], np.float32)
BIAS_CM = 0.10
SEEP_CM = 0.9
"""Depth of hair in which light falls to 1/e."""


def _matrix(direction: Floats) -> Floats:
    """Return the orthographic view (4, 4) from far away in `direction`."""
    pole = np.array([0.0, 0.0, 1.0]) if abs(direction[1]) > 0.9 else np.array([0.0, 1.0, 0.0])
    side = np.cross(-direction, pole)
    side /= np.linalg.norm(side)
    up = np.cross(side, -direction)
    matrix = np.eye(4)
    for row, axis in enumerate((side, up, -direction)):
        matrix[row, :3] = axis / REACH_CM
        matrix[row, 3] = -(axis @ MIDDLE_CM) / REACH_CM
    return matrix.astype(np.float32)


class DepthMaps:
    """Depth maps of a set of vertex arrays from `count` directions."""

    def __init__(
        self, context: Any, targets: Sequence[Any], arrays: Sequence[Any], count: int
    ) -> None:
        self.directions = sphere(count)
        depth = context.depth_texture((MAP_SIZE, MAP_SIZE))
        frame = context.framebuffer(depth_attachment=depth)
        frame.use()
        self.matrices: list[Floats] = []
        self.maps: list[Floats] = []
        for target in targets:
            gl.put(target, {"turn_axis": (0.0, 1.0, 0.0), "turn_angle": 0.0, "widen": 1.5})
        for direction in self.directions:
            matrix = _matrix(direction)
            for target in targets:
                gl.put(target, {"view": matrix.T, "facing": tuple(float(d) for d in direction)})
            frame.clear(depth=1.0)
            for array in arrays:
                array.render()
            raw = np.frombuffer(frame.read(attachment=-1, components=1, dtype="f4"), np.float32)
            self.matrices.append(matrix)
            self.maps.append(raw.reshape(MAP_SIZE, MAP_SIZE))
        frame.release()
        depth.release()

    def behind_cm(self, number: int, points: Floats) -> Floats:
        """Return how far each point (n, 3) lies behind the first surface in one map, in cm."""
        matrix, depths = self.matrices[number], self.maps[number]
        at = points @ matrix[:3, :3].T + matrix[:3, 3]
        pixel = np.clip((at[:, :2] * 0.5 + 0.5) * MAP_SIZE, 0, MAP_SIZE - 1).astype(np.int32)
        first = depths[pixel[:, 1], pixel[:, 0]] * 2 - 1
        return np.asarray((at[:, 2] - first) * REACH_CM, np.float32)


def transfer(maps: DepthMaps, points: Floats, normals: Floats) -> Floats:
    """Return transfer vectors (n, 16) of points (n, 3) with their normals."""
    total = np.zeros((len(points), HARMONICS), np.float32)
    lifted = points + normals * 0.06
    solid_angle = 4 * np.pi / len(maps.directions)
    basis = harmonics(maps.directions)
    for number, direction in enumerate(maps.directions):
        cosine = np.maximum(normals @ direction, 0.0)
        lit = np.clip(1.0 - (maps.behind_cm(number, lifted) - BIAS_CM) / 0.15, 0.0, 1.0)
        total += (cosine * lit * solid_angle)[:, None] * basis[number]
    return total


def open_transfer(normals: Floats) -> Floats:
    """Return the transfer (n, 16) of points that nothing shades."""
    bands = np.repeat(np.array([np.pi, 2 * np.pi / 3, np.pi / 4, 0.0]), (1, 3, 5, 7))
    return f32(harmonics(normals) * bands)


def openness(vectors: Floats) -> Floats:
    """Return the share of light (n,) that transfer vectors (n, 16) let through, 1 in the open."""
    return f32(np.clip(vectors[:, 0] / (0.282095 * np.pi), 0.0, 1.0))


def seeping(maps: DepthMaps, points: Floats, step: int = 2) -> Floats:
    """Return how open each point (n, 3) inside hair lies to light, 0..1."""
    total = np.zeros(len(points), np.float32)
    numbers = range(0, len(maps.directions), step)
    for number in numbers:
        total += np.exp(-np.maximum(maps.behind_cm(number, points), 0.0) / SEEP_CM)
    # A point on a head sees half of all directions at most.
    return np.clip(total / len(numbers) * 1.9, 0.0, 1.0)


def scatter(vectors: Floats, smooth: sparse.csr_matrix) -> NDArray[np.float32]:
    """Return transfer (3, n, 16) for red, green and blue, spread under the skin.

    Red light wanders furthest; each is smoothed over the mesh by its own number of steps.
    """
    channels, steps = [], 0
    spread = vectors
    for wanted in (1, 3, 9):
        while steps < wanted:
            spread, steps = smooth @ spread, steps + 1
        channels.append(spread)
    return np.stack(channels[::-1]).astype(np.float32)
