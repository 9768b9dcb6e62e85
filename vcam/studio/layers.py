"""What is drawn: meshes and strands on the graphics device, each with its three uses.

Every layer can be drawn in colour, as depth (for shadows) and as labels (for ground truth).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcam.studio import gl
from vcam.studio.arrays import Floats, Ints, f32


@dataclass(frozen=True)
class Programs:
    """The programs that all layers of one kind share."""

    colour: Any
    depth: Any
    label: Any


@dataclass(frozen=True)
class Strands:
    """Strands (count, points, 3) in cm at rest, root first, in random order."""

    points: Floats
    width_cm: Floats
    """Half width at the root (count,)."""
    tint: Floats
    """Brightness (count,), about 1."""
    taper: float = 0.7
    """Share of the width that is lost towards the tip."""


class MeshLayer:
    """A triangle mesh: skin, mouth, an eye, cloth."""

    def __init__(
        self,
        context: Any,
        programs: Programs,
        faces: Ints,
        neutral: Floats,
        share: Floats,
        part: Floats,
    ) -> None:
        """`neutral` (n, 3) is where the vertices are in the reference picture."""
        count = len(neutral)
        self.programs = programs
        self._moving = context.buffer(reserve=count * 9 * 4, dynamic=True)
        self._look = context.buffer(reserve=count * 7 * 4, dynamic=True)
        self._fixed = context.buffer(gl.columns(neutral, share, part))
        self._index = gl.index_buffer(context, faces)
        layout = [
            (self._moving, "3 3 3", ("position", "normal", "soft_light")),
            (self._look, "3 4", ("place", "trait")),
            (self._fixed, "3 1 1", ("neutral", "share", "part")),
        ]
        self.colour = gl.vertex_array(context, programs.colour, layout, self._index)
        self.depth = gl.vertex_array(context, programs.depth, layout, self._index)
        self.label = gl.vertex_array(context, programs.label, layout, self._index)

    def move(self, positions: Floats, normals: Floats, soft_light: Floats) -> None:
        """Place the vertices (n, 3), before the head's turn."""
        self._moving.write(gl.columns(positions, normals, soft_light))

    def paint(self, place: Floats, trait: Floats) -> None:
        """Set the material's own coordinates (n, 3) and traits (n, 4)."""
        self._look.write(gl.columns(place, trait))


class StrandLayer:
    """Strands of hair as ribbons that face the viewer."""

    def __init__(
        self,
        context: Any,
        programs: Programs,
        strands: Strands,
        openness: Floats,
        share: Floats,
        part: float,
    ) -> None:
        """`openness` and `share` are per point (strands, points)."""
        count, points, _ = strands.points.shape
        self.programs = programs
        self._shape = (count, points)
        self._moving = context.buffer(reserve=count * points * 2 * 6 * 4, dynamic=True)
        along = np.broadcast_to(np.linspace(0, 1, points, dtype=np.float32), (count, points))
        width = strands.width_cm[:, None] * _taper(along, strands.taper)
        columns = [width, along, np.repeat(strands.tint[:, None], points, 1), share]
        fixed = np.stack([np.broadcast_to(c, (count, points)) for c in columns], 2)
        doubled = np.repeat(fixed.reshape(-1, 4), 2, axis=0)
        doubled[1::2, 0] *= -1
        self._fixed = context.buffer(
            gl.columns(doubled, np.full(len(doubled), part), _twice(strands.points))
        )
        self._half = (count // 2) * (points - 1) * 6
        self._open = context.buffer(gl.columns(_twice(openness[..., None])))
        self._faces = _ribbon_faces(count, points)
        self._context = context
        self._index = gl.index_buffer(context, self._faces)
        self._layout = [
            (self._moving, "3 3", ("position", "tangent")),
            (self._open, "1", ("open",)),
            (
                self._fixed,
                "1 1 1 1 1 3",
                ("side", "along", "tint", "share", "part", "neutral"),
            ),
        ]
        self.colour = self.bound_to(programs.colour)
        self.depth = self.bound_to(programs.depth)
        self.label = self.bound_to(programs.label)
        self.move(strands.points)

    @property
    def pieces(self) -> tuple[int, int]:
        """How many strands, and of how many pieces each."""
        count, points = self._shape
        return count, points - 1

    def bound_to(self, target: Any) -> Any:
        """Return all strands as a vertex array for another program."""
        return gl.vertex_array(self._context, target, self._layout, self._index)

    def show_only(self, pieces: NDArray[np.bool_]) -> None:
        """Leave all but some pieces (strands, points - 1) out of the picture, not of shadows."""
        faces = self._faces.reshape(-1, 6)[pieces.ravel()].reshape(-1, 3)
        index = gl.index_buffer(self._context, faces)
        self.colour = gl.vertex_array(self._context, self.programs.colour, self._layout, index)

    def draw_half(self, array: Any) -> None:
        """Draw every other strand; strands stand in random order, so the first half will do."""
        array.render(vertices=self._half)

    def set_openness(self, openness: Floats) -> None:
        """Set how open to light each point (count, points) lies, 0..1."""
        self._open.write(gl.columns(_twice(openness[..., None])))

    def move(self, points: Floats) -> None:
        """Place the strands (count, points, 3), before the head's turn."""
        tangent = np.gradient(points, axis=1)
        length = np.linalg.norm(tangent, axis=2, keepdims=True)
        tangent = tangent / np.maximum(length, 1e-6)
        self._moving.write(gl.columns(_twice(points), _twice(tangent)))


def _taper(along: Floats, amount: float) -> Floats:
    return f32(1.0 - amount * along**2)


def _twice(points: Floats) -> Floats:
    return np.repeat(points.reshape(-1, points.shape[-1]), 2, axis=0)


def _ribbon_faces(count: int, points: int) -> Ints:
    """Return two triangles (n, 3) for each piece of each ribbon."""
    first = np.arange(count)[:, None] * points * 2 + np.arange(points - 1) * 2
    upper = np.stack([first, first + 1, first + 2], -1)
    lower = np.stack([first + 1, first + 3, first + 2], -1)
    return np.stack([upper, lower], 2).reshape(-1, 3).astype(np.int32)
