"""Turning the head about the neck: one rotation, faded out down the neck.

The shaders do the same in `pose.glsl`; a test compares the two.
"""

from dataclasses import dataclass

import numpy as np

from vcam.studio.arrays import Floats, f32

PIVOT_CM = np.array([0.0, -4.0, -1.5], np.float32)
NECK_LOW_CM = -13.0
NECK_HIGH_CM = -4.0
"""Below the first nothing turns, above the second everything does."""


@dataclass(frozen=True)
class Turn:
    """A rotation as an axis and an angle, so that a share of it is again a rotation."""

    axis: Floats
    angle_rad: float

    def matrix(self, share: float = 1.0) -> Floats:
        """Return `share` of the rotation as a matrix (3, 3)."""
        x, y, z = self.axis
        cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]], np.float32)
        angle = self.angle_rad * share
        turn = np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * (cross @ cross)
        return np.asarray(turn, np.float32)

    def apply(self, points: Floats, weights: Floats) -> Floats:
        """Turn points (n, 3) about the pivot, each by its share `weights` (n,) of the angle."""
        arm = points - PIVOT_CM
        angle = (weights * self.angle_rad)[:, None]
        along = (arm @ self.axis)[:, None] * self.axis
        turned = arm * np.cos(angle) + np.cross(self.axis, arm) * np.sin(angle)
        return f32(turned + along * (1 - np.cos(angle)) + PIVOT_CM)


def turn_of(pose: tuple[float, float, float]) -> Turn:
    """Return the rotation of a pose (yaw, pitch, roll) rad, signs as in `vcam.media.Controls`."""
    yaw, pitch, roll = pose
    cy, sy, cp, sp = np.cos(yaw), np.sin(yaw), np.cos(pitch), np.sin(pitch)
    cr, sr = np.cos(roll), np.sin(roll)
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_x = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
    about_z = np.array([[cr, sr, 0], [-sr, cr, 0], [0, 0, 1]])
    matrix = about_y @ about_x @ about_z
    angle = float(np.arccos(np.clip((np.trace(matrix) - 1) / 2, -1, 1)))
    if angle < 1e-6:
        return Turn(np.array([0, 1, 0], np.float32), 0.0)
    skew = matrix - matrix.T
    axis = np.array([skew[2, 1], skew[0, 2], skew[1, 0]]) / (2 * np.sin(angle))
    return Turn(axis.astype(np.float32), angle)


def neck_weight(points: Floats) -> Floats:
    """Return how much of the pose each point (n, 3) of a head at rest follows (n,)."""
    t = np.clip((points[:, 1] - NECK_LOW_CM) / (NECK_HIGH_CM - NECK_LOW_CM), 0.0, 1.0)
    return f32(t * t * (3.0 - 2.0 * t))
