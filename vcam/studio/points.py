"""The 68 landmarks of announcers for any controls, without drawing them: linear algebra alone.

Pixels of the renderer's own landmarks (`vcam.studio.renderer`), many frames at a time.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from vcam.arkit import ARKIT_INDEX
from vcam.media import Vector
from vcam.studio.announcers import announcer_named
from vcam.studio.arrays import Floats, f32
from vcam.studio.assets import HeadAsset, find_assets, load_head
from vcam.studio.camera import FACE_BOX, project, view_matrix
from vcam.studio.eyes import EyeBall, find_eyeballs
from vcam.studio.figure import habit
from vcam.studio.head import BLINKS, draw_identity
from vcam.studio.landmarks import LANDMARKS_68
from vcam.studio.pose import neck_weight, turn_of
from vcam.studio.rig import clamp, to_ict

_LIDS = [ARKIT_INDEX["eyeBlinkLeft"], ARKIT_INDEX["eyeBlinkRight"]]


@dataclass(frozen=True)
class _Points:
    """The landmarks of one announcer at rest, and what moves them."""

    rest: Floats
    """(68, 3) cm"""
    deltas: Floats
    """(57, 204)"""
    habit: Vector
    eyeballs: tuple[EyeBall, EyeBall]
    """Their `lids` are places among the 68."""


class LandmarkModel:
    """The mean of one or several announcers' landmarks."""

    def __init__(self, announcers: Sequence[str], size: float, assets: Path | None = None) -> None:
        """`size` is the side of the face region in pixels.

        Raises:
            InputError: no such announcer.
            AssetError: the head model is missing.
        """
        asset = load_head(find_assets(assets))
        self._people = [_points_of(asset, name) for name in announcers]
        self._view, self._size = view_matrix(FACE_BOX), size
        self._shares = neck_weight(np.concatenate([who.rest for who in self._people]))

    def landmarks(self, expression: Vector, pose: Vector, blink: Vector) -> Vector:
        """Return pixels (N, 68, 2) for expressions (N, 52), poses (N, 3) and blinks (N, 2)."""
        shapes = np.concatenate([_moved(w, expression, blink) for w in self._people], axis=1)
        turned = np.stack(
            [
                turn_of((float(yaw), float(pitch), float(roll))).apply(points, self._shares)
                for points, (yaw, pitch, roll) in zip(shapes, pose, strict=True)
            ]
        )
        seen = project(f32(turned.reshape(-1, 3)), self._view, 1)[:, :2] * np.float32(self._size)
        return f32(seen.reshape(len(pose), len(self._people), 68, 2).mean(axis=1))


def _points_of(asset: HeadAsset, name: str) -> _Points:
    who = announcer_named(name)
    identity = draw_identity(asset, who)
    deltas = asset.expression_deltas[:, LANDMARKS_68].astype(np.float32)
    deltas *= identity.delta_scale[LANDMARKS_68, None]
    left, right = (_on_lids(ball) for ball in find_eyeballs(identity.rest))
    rest = identity.rest[LANDMARKS_68]
    return _Points(rest, deltas.reshape(len(deltas), -1), habit(who.woman), (left, right))


def _on_lids(ball: EyeBall) -> EyeBall:
    """Return the same eyeball with the landmarks on its lids in place of the lids' vertices."""
    return replace(ball, lids=np.flatnonzero(np.isin(LANDMARKS_68, ball.lids)).astype(np.int32))


def _moved(who: _Points, expression: Vector, blink: Vector) -> Floats:
    """Return the landmarks (N, 68, 3) before the head is turned, eyes straight ahead."""
    asked = expression + who.habit
    asked[:, _LIDS] = np.maximum(asked[:, _LIDS], blink)
    weights = np.stack([to_ict(clamp(row)) for row in asked])
    weights[:, BLINKS] *= 1.0 + 0.05 * weights[:, BLINKS]
    moved = who.rest + (weights @ who.deltas).reshape(-1, 68, 3)
    flat = moved.reshape(-1, 3)
    first = 68 * np.arange(len(moved))[:, None]
    for ball in who.eyeballs:
        every = replace(ball, lids=(first + ball.lids).ravel().astype(np.int32))
        every.lift_lids(flat, (0.0, 0.0))
    return f32(flat.reshape(-1, 68, 3))


def rest_points(announcer: str, assets: Path | None = None) -> Floats:
    """Return the landmarks (68, 3) in cm of an announcer at rest; raises as `LandmarkModel`."""
    return _points_of(load_head(find_assets(assets)), announcer).rest
