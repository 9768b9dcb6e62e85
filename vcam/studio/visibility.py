"""Which pieces of hair anybody can ever see.

Most of a head of hair lies under other hair. A piece (the ribbon between two points of a strand)
that other hair hides in all poses at the edges of the range is left out of every picture; it still
throws its shadow. What hides behind the head is kept: between two poses that were looked at the
face uncovers a little more than either shows. Measured at 512 pixels: a frame with long hair costs
.43-.46 core-s, not .50, and ten pictures in poses between agree with those with all hair to 62 dB
at least.
"""

import itertools
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcam.identity import PoseRange
from vcam.studio import gl
from vcam.studio.arrays import Floats
from vcam.studio.camera import EYE_CM
from vcam.studio.layers import StrandLayer
from vcam.studio.pose import turn_of

TRIANGLES = 2
"""That make a piece."""
_NOTHING = -1.0


def _poses(reach: PoseRange) -> list[tuple[float, float, float]]:
    """Return the pose at rest and all corners of the range."""
    signs = [(0, 0, 0), *itertools.product((-1, 1), repeat=3)]
    return [(y * reach.yaw_rad, p * reach.pitch_rad, r * reach.roll_rad) for y, p, r in signs]


def seen_pieces(
    context: Any, hair: StrandLayer, view: Floats, size: tuple[int, int], reach: PoseRange
) -> NDArray[np.bool_]:
    """Return which pieces (strands, points - 1) of `hair` show in some pose, or touch one so.

    `view` (4, 4) is the camera's; `size` (height, width) that of the pictures that are looked at.
    """
    target = gl.program(context, "strand_label.vert", "piece.frag")
    array = hair.bound_to(target)
    height, width = size
    numbers = context.texture((width, height), 1, dtype="f4")
    frame = context.framebuffer([numbers], context.depth_texture((width, height)))
    frame.use()
    gl.put(target, {"view": view.T, "eye": tuple(float(x) for x in EYE_CM), "widen": 1.0})
    seen = np.zeros(hair.pieces, np.bool_)
    for pose in _poses(reach):
        x, y, z = (float(value) for value in turn_of(pose).axis)
        gl.put(target, {"turn_axis": (x, y, z), "turn_angle": turn_of(pose).angle_rad})
        frame.clear(_NOTHING, _NOTHING, _NOTHING, _NOTHING)
        array.render()
        found = np.frombuffer(frame.read(components=1, dtype="f4"), np.float32)
        seen.flat[np.unique(found[found != _NOTHING]).astype(np.int64) // TRIANGLES] = True
    for resource in (frame, numbers, array, target):
        resource.release()
    return _with_neighbours(seen)


def _with_neighbours(seen: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Add the piece before and the piece behind each that is seen, for the poses between."""
    grown = seen.copy()
    grown[:, 1:] |= seen[:, :-1]
    grown[:, :-1] |= seen[:, 1:]
    return grown
