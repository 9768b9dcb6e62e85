"""Eyeballs that turn, and lids that never cut into them."""

from dataclasses import dataclass

import numpy as np

from vcam.studio.arrays import Floats, Ints, f32

LEFT_EYE = slice(21451, 22221)
RIGHT_EYE = slice(23021, 23791)
LID_SKIN_END = 14062
"""Lids are made of skin and of the socket behind it, not of what comes after."""

YAW_PER_GAZE_RAD = 0.50
PITCH_PER_GAZE_RAD = 0.42
LID_GAP_CM = 0.035
IRIS_RAD = 0.40
"""Angle of the iris' rim seen from the centre of the eyeball."""


@dataclass(frozen=True)
class EyeBall:
    """One eyeball of an identity: a sphere with a cornea bulging out of its front."""

    vertices: slice
    centre: Floats
    radius: float
    bulge: Floats
    """Distance from the centre at 0, 1, .. 45 degrees from the optical axis."""
    lids: Ints
    """Skin vertices that may touch the ball, in front of it."""

    def rotation(self, gaze: tuple[float, float]) -> Floats:
        """Return the rotation (3, 3) for a gaze (x, y)."""
        yaw, pitch = gaze[0] * YAW_PER_GAZE_RAD, -gaze[1] * PITCH_PER_GAZE_RAD
        cy, sy, cp, sp = np.cos(yaw), np.sin(yaw), np.cos(pitch), np.sin(pitch)
        turn = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
        nod = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
        return f32(turn @ nod)

    def turn(self, moved: Floats, rest: Floats, gaze: tuple[float, float]) -> None:
        """Turn the ball's vertices in `moved` about its centre."""
        ball = rest[self.vertices] - self.centre
        moved[self.vertices] = ball @ self.rotation(gaze).T + self.centre

    def surface(self, away: Floats, gaze: tuple[float, float]) -> Floats:
        """Return how far the ball reaches (n,) along directions `away` (n, 3) from its centre."""
        length = np.maximum(np.linalg.norm(away, axis=1), 1e-6)
        axis = self.rotation(gaze)[:, 2]
        degrees = np.rad2deg(np.arccos(np.clip(away @ axis / length, -1, 1)))
        return f32(np.interp(degrees, np.arange(len(self.bulge)), self.bulge))

    def lift_lids(self, moved: Floats, gaze: tuple[float, float]) -> None:
        """Push lid vertices out to a small gap above the ball: a straight path would cut it."""
        away = moved[self.lids] - self.centre
        length = np.linalg.norm(away, axis=1)
        least = self.surface(away, gaze) + LID_GAP_CM
        # A soft maximum keeps the lid's curve smooth where it begins to rest on the ball.
        gap = (length - least) / 0.03
        lifted = least + 0.03 * np.logaddexp(0.0, gap)
        moved[self.lids] = self.centre + away * (lifted / length)[:, None]


def find_eyeballs(rest: Floats) -> tuple[EyeBall, EyeBall]:
    """Return the left and the right eyeball of a neutral head (26719, 3)."""
    return _find(rest, LEFT_EYE), _find(rest, RIGHT_EYE)


def _find(rest: Floats, vertices: slice) -> EyeBall:
    ball = rest[vertices]
    # Least-squares sphere through the rear half, where there is no cornea.
    rear = ball[ball[:, 2] < np.median(ball[:, 2])]
    system = np.hstack([2 * rear, np.ones((len(rear), 1))])
    solution = np.linalg.lstsq(system, (rear**2).sum(1), rcond=None)[0]
    centre = solution[:3].astype(np.float32)
    radius = float(np.sqrt(solution[3] + (solution[:3] ** 2).sum()))
    away = ball - centre
    length = np.linalg.norm(away, axis=1)
    degrees = np.rad2deg(np.arccos(np.clip(away[:, 2] / length, -1, 1)))
    bulge = [
        float(length[(degrees >= d - 2.5) & (degrees <= d + 2.5)].max(initial=radius))
        for d in range(46)
    ]
    skin = rest[:LID_SKIN_END] - centre
    near = np.linalg.norm(skin, axis=1) < radius * 1.45
    outside = np.linalg.norm(skin, axis=1) > radius * 0.97
    front = skin[:, 2] > 0.25 * radius
    lids = np.flatnonzero(near & outside & front).astype(np.int32)
    return EyeBall(vertices, centre, radius, np.array(bulge, np.float32), lids)
