"""The head: an identity drawn from the model's PCA, moved by expression, gaze and blink.

Works in head space (centimetres, before the head is turned); `vcam.studio.pose` turns it.
"""

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from vcam.arkit import ARKIT_INDEX
from vcam.media import Controls, Vector
from vcam.studio.announcers import Announcer
from vcam.studio.arrays import Floats, f32, smoothstep
from vcam.studio.assets import HeadAsset
from vcam.studio.eyes import EyeBall, find_eyeballs
from vcam.studio.landmarks import LANDMARKS_68
from vcam.studio.mesh import NormalMaker, triangles
from vcam.studio.mouth import Mouth
from vcam.studio.rig import ICT_INDEX, clamp, to_ict

FACE = slice(0, 9409)
SKIN = slice(0, 11248)
SOCKETS = slice(11248, 14062)
VERTEX_COUNT = 26719
SKIN_QUADS = slice(0, 14034)
MOUTH_QUADS = slice(14034, 21496)
EYE_QUADS = (slice(21496, 22296), slice(23094, 23894))
"""Scleras, the left eye first; the iris disks are not drawn, the eye shader refracts one."""

EYE_LEVEL_CM = 3.5
BLINKS = [ICT_INDEX["eyeBlink_L"], ICT_INDEX["eyeBlink_R"]]


@dataclass(frozen=True)
class Shape:
    """One moment of the head before it is turned."""

    vertices: Floats
    """(26719, 3) cm"""
    normals: Floats
    """(26719, 3)"""
    gaze: tuple[tuple[float, float], tuple[float, float]]
    """(x, y) in [-1, 1] of the left and the right eye."""
    blink: tuple[float, float]
    """(left, right), 0 open .. 1 shut."""


@dataclass(frozen=True)
class Identity:
    """Somebody who never lived."""

    rest: Floats
    """Neutral vertices (26719, 3), eyes at EYE_LEVEL_CM."""
    delta_scale: Floats
    """(26719,) how much larger the model's movements are here: eyes were made larger."""


def draw_identity(asset: HeadAsset, who: Announcer) -> Identity:
    """Draw an identity from the model's PCA.

    `spread` scales the coefficients (0.6: well inside the scans); `size_axis` is coefficient 0,
    which carries size and sex (+1 reads female, -1 male; measured: notes/synthetic_faces.md).
    Most of the asymmetry is taken out.
    """
    rng = np.random.default_rng(who.seed)
    coefficients = rng.normal(size=len(asset.identity_deltas)) * who.spread
    coefficients[0] = who.size_axis
    vertices = asset.vertices + np.tensordot(
        coefficients.astype(np.float32), asset.identity_deltas.astype(np.float32), 1
    )
    vertices = _evened(asset.vertices, vertices.astype(np.float32), 0.7)
    eyes = vertices[LANDMARKS_68[36:48]].mean(0)
    vertices -= np.array([eyes[0], eyes[1] - EYE_LEVEL_CM, eyes[2] - 8.6], np.float32)
    scale = np.ones(VERTEX_COUNT, np.float32)
    for ball in find_eyeballs(vertices):
        away = vertices - ball.centre
        near = smoothstep(5.0, 2.2, np.linalg.norm(away, axis=1))
        scale += (who.eye_scale - 1.0) * near
        vertices = ball.centre + away * (1.0 + (who.eye_scale - 1.0) * near)[:, None]
    open_front = who.garment.kind == "blazer"
    return Identity(_tuck_bust(f32(vertices), 1.6 if open_front else 3.5), scale)


def _evened(symmetric: Floats, vertices: Floats, amount: float) -> Floats:
    """Return `vertices` moved `amount` of the way to their own mirrored mean."""
    flip = np.array([-1.0, 1.0, 1.0], np.float32)
    distance, twin = cKDTree(symmetric).query(symmetric * flip, workers=1)
    mirrored = vertices[twin] * flip
    share = np.where(distance < 0.02, amount / 2, 0.0)[:, None]
    return f32(vertices * (1 - share) + mirrored * share)


def _tuck_bust(vertices: Floats, back_cm: float) -> Floats:
    """Narrow and sink the bust below the collar bones, so that it stays inside the garment.

    Its front moves back by `back_cm`: further where no garment leaves it open to sight.
    """
    tucked = vertices.copy()
    depth = smoothstep(-12.5, -17.0, vertices[:, 1])
    wide = smoothstep(4.5, 8.5, np.abs(vertices[:, 0]))
    tucked[:, 0] *= 1.0 - 0.22 * depth
    tucked[:, 2] -= back_cm * depth * (vertices[:, 2] > 0)
    tucked[:, 1] -= 3.0 * depth * wide
    # The scanned shoulders stand higher than any garment's.
    slope = smoothstep(6.0, 9.5, np.abs(vertices[:, 0])) * smoothstep(-7.5, -11.0, vertices[:, 1])
    tucked[:, 1] -= 5.0 * slope
    return tucked


class Head:
    """One identity's head; `shape` is a pure function of the controls."""

    def __init__(self, asset: HeadAsset, identity: Identity, habit: Vector) -> None:
        """`habit` is the expression (52,) that the identity wears at rest."""
        rest = identity.rest
        self.rest = rest
        self.habit = habit
        self.skin_triangles = triangles(asset.quads[SKIN_QUADS])
        self.mouth_triangles = triangles(asset.quads[MOUTH_QUADS])
        self.eye_triangles = [triangles(asset.quads[quads]) for quads in EYE_QUADS]
        self.eyeballs: tuple[EyeBall, EyeBall] = find_eyeballs(rest)
        self._mouth = Mouth(rest, asset)
        self.tongue = self._mouth.tongue
        deltas = asset.expression_deltas.astype(np.float32) * identity.delta_scale[:, None]
        self._deltas = deltas.reshape(len(deltas), -1)
        everything = np.concatenate(
            [self.skin_triangles, self.mouth_triangles, *self.eye_triangles]
        )
        self._normals = NormalMaker(everything, VERTEX_COUNT)

    def expression(self, controls: Controls) -> Vector:
        """Return the clamped expression (52,) that the controls ask for, blink merged in."""
        asked = np.zeros(52, np.float32) if controls.expression is None else controls.expression
        merged = np.array(asked, np.float32) + self.habit
        for name, amount in zip(("eyeBlinkLeft", "eyeBlinkRight"), controls.blink, strict=True):
            merged[ARKIT_INDEX[name]] = max(merged[ARKIT_INDEX[name]], amount)
        return _look(merged, controls.gaze)

    def shape(self, controls: Controls) -> Shape:
        """Return the head as the controls ask, not yet turned."""
        expression = clamp(self.expression(controls))
        weights = to_ict(expression)
        # Lids that rest on the ball, a gap above it, need a little more way to meet.
        weights[BLINKS] *= 1.0 + 0.05 * weights[BLINKS]
        active = np.flatnonzero(weights)
        moved = self.rest + (weights[active] @ self._deltas[active]).reshape(-1, 3)
        gaze = (_gaze_of(expression, "Left"), _gaze_of(expression, "Right"))
        for eyeball, direction in zip(self.eyeballs, gaze, strict=True):
            eyeball.turn(moved, self.rest, direction)
            eyeball.lift_lids(moved, direction)
        self._mouth.settle(moved, expression)
        at = ARKIT_INDEX
        blink = (float(expression[at["eyeBlinkLeft"]]), float(expression[at["eyeBlinkRight"]]))
        return Shape(moved, self._normals(moved), gaze, blink)


def _look(expression: Vector, gaze: tuple[float, float]) -> Vector:
    """Add a gaze to the eight eyeLook weights, opposite pairs cancelled out."""
    looking = expression.copy()
    for side, outward in (("Left", 1.0), ("Right", -1.0)):
        x, y = _gaze_of(expression, side)
        x, y = outward * (x + gaze[0]), y + gaze[1]
        for name, amount in (("Out", x), ("In", -x), ("Up", y), ("Down", -y)):
            looking[ARKIT_INDEX[f"eyeLook{name}{side}"]] = min(max(amount, 0.0), 1.0)
    return looking


def _gaze_of(expression: Vector, side: str) -> tuple[float, float]:
    """Return the gaze (x, y) that one eye's four eyeLook weights mean."""
    amount = {
        way: float(expression[ARKIT_INDEX[f"eyeLook{way}{side}"]])
        for way in ("Out", "In", "Up", "Down")
    }
    outward = 1.0 if side == "Left" else -1.0
    return outward * (amount["Out"] - amount["In"]), amount["Up"] - amount["Down"]
