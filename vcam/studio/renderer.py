"""Draws one announcer: a picture with exact labels for any controls.

The same code runs on Mesa's software rasteriser and on a graphics card; the same controls give
the same bytes on the same machine.
"""

from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from vcam.identity import PoseRange
from vcam.media import Controls, Image, Vector
from vcam.studio import gl
from vcam.studio.announcers import Announcer
from vcam.studio.arrays import Floats
from vcam.studio.backdrop import backdrop_image
from vcam.studio.camera import EYE_CM, FACE_BOX, Window, key_matrix, project, view_matrix
from vcam.studio.figure import Figure, build_figure
from vcam.studio.head import Shape
from vcam.studio.landmarks import LANDMARKS_68
from vcam.studio.pose import Turn, neck_weight, turn_of
from vcam.studio.stage import Stage

SUPERSAMPLE = 1.5
SAMPLES = 4
"""Coverage samples per picture element: nine for each pixel that is kept."""
EXPOSURE = 0.62
SHADOW_SIZE = 1024
FLOW_STEP = 4
DEPTH_TOLERANCE = 0.0022
"""Of the depth range (140 cm): 3 mm, the thickness of a lip's edge."""


@dataclass(frozen=True)
class Render:
    """One picture of an announcer and what is true about it. Pixels are of this picture."""

    rgba: Image
    """(height, width, 4); RGB is the announcer before their own backdrop, alpha is the person."""
    landmarks68: Vector
    """(68, 2) x, y"""
    visible68: NDArray[np.bool_]
    landmarks478: Vector
    """(478, 2) x, y"""
    visible478: NDArray[np.bool_]
    flow: Vector
    """(height / 4, width / 4, 2): what is seen at pixel (4 j + 2, 4 i + 2) stands `flow` further in
    the neutral reference picture, in pixels x, y."""
    flow_valid: NDArray[np.bool_]
    """Where the point seen is visible in the reference picture too."""
    parts: Image
    """(height, width) index into `vcam.studio.frames.PARTS`"""


class Renderer:
    """Draws one announcer at `size` pixels (the window's height). Not thread-safe."""

    def __init__(
        self,
        announcer: Announcer,
        size: int = 512,
        assets: Path | None = None,
        window: Window = FACE_BOX,
    ) -> None:
        """Build the announcer. Raises AssetError when assets or OpenGL are missing."""
        self.announcer = announcer
        self.height = size
        self.width = round(size * window.width / window.height)
        self.figure: Figure = build_figure(announcer, assets)
        self._view = view_matrix(window)
        self._backdrop = backdrop_image(announcer, window, self.width, self.height)
        self._context = gl.open_context()
        with self._context:
            self._stage = Stage(self._context, self.figure)
            self._targets = _Targets(self._context, self.width, self.height)
            self._frame_constants()
            fine = self._targets.samples_size
            self._stage.leave_out_unseen_hair(self._view, fine, PoseRange())
            self._reference_depth = self._neutral_depth()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Free the graphics device. Harmless when called twice."""
        self._context.release()

    def render(self, controls: Controls) -> Render:
        """Draw the announcer as the controls ask."""
        with self._context:  # another renderer may have made its own context current
            return self._render(controls)

    def _render(self, controls: Controls) -> Render:
        shape = self.figure.head.shape(controls)
        turn = turn_of(controls.pose)
        self._stage.move(shape, turn)
        self._shadows()
        rgba = self._picture()
        label, depth = self._labels()
        landmarks = self._landmarks(shape, turn, depth)
        flow, valid = self._flow(label)
        parts = label[..., 3].round().astype(np.uint8)
        return Render(rgba, *landmarks, flow, valid, parts)

    def _frame_constants(self) -> None:
        lighting = self.announcer.lighting
        self._stage.put(
            {
                "eye": tuple(float(x) for x in EYE_CM),
                "key_direction": lighting.key.direction,
                "key_colour": lighting.key.colour,
                "soft_direction": [light.direction for light in lighting.soft],
                "soft_colour": [light.colour for light in lighting.soft],
                "shadow_map": 0,
                "exposure": EXPOSURE,
                "key_view": key_matrix(lighting.key.direction).T,
            }
        )

    def _shadows(self) -> None:
        """Draw the key light's depth map."""
        self._targets.shadow_frame.use()
        self._targets.shadow_frame.clear(depth=1.0)
        key = self.announcer.lighting.key.direction
        self._stage.put({"view": key_matrix(key).T, "facing": key})
        self._stage.draw_shadows()

    def _picture(self) -> Image:
        targets = self._targets
        targets.samples.use()
        targets.samples.clear(0.0, 0.0, 0.0, 0.0)
        targets.shadow.use(0)
        self._stage.put({"view": self._view.T})
        self._stage.draw_colour()
        self._context.copy_framebuffer(targets.resolved, targets.samples)
        raw = np.frombuffer(targets.resolved.read(components=4), np.uint8)
        fine = raw.reshape(targets.resolved.height, targets.resolved.width, 4)
        person = cv2.resize(fine, (self.width, self.height), interpolation=cv2.INTER_AREA)
        return _over(np.asarray(person[::-1], np.uint8), self._backdrop)

    def _labels(self) -> tuple[Floats, Floats]:
        """Return reference position, reference depth and part (h, w, 4), and depth (h, w)."""
        frame = self._targets.label_frame
        frame.use()
        frame.clear(0.0, 0.0, 0.0, 0.0)
        self._stage.put({"view": self._view.T})
        self._stage.draw_labels()
        label = np.frombuffer(frame.read(components=4, dtype="f4"), np.float32)
        depth = np.frombuffer(frame.read(attachment=-1, components=1, dtype="f4"), np.float32)
        shape = (self.height, self.width)
        return label.reshape(*shape, 4)[::-1], depth.reshape(shape)[::-1]

    def _neutral_depth(self) -> Floats:
        """Return the depth (h, w) of the reference picture."""
        self._stage.move(self.figure.head.shape(Controls(0)), turn_of((0.0, 0.0, 0.0)))
        return self._labels()[1].copy()

    def _landmarks(
        self, shape: Shape, turn: Turn, depth: Floats
    ) -> tuple[Vector, NDArray[np.bool_], Vector, NDArray[np.bool_]]:
        rest = self.figure.head.rest
        sparse = shape.vertices[LANDMARKS_68]
        share = neck_weight(rest[LANDMARKS_68])
        dense = self.figure.mesh478.points(shape.vertices)
        dense_share = neck_weight(self.figure.mesh478.points(rest))
        found68 = self._project(turn.apply(sparse, share), depth)
        found478 = self._project(turn.apply(dense, dense_share), depth)
        return (*found68, *found478)

    def _project(self, points: Floats, depth: Floats) -> tuple[Vector, NDArray[np.bool_]]:
        """Return pixels (n, 2) of points (n, 3) and whether nothing stands before them."""
        found = project(points, self._view, self.height)
        found[:, 0] *= self.width / self.height
        return found[:, :2], _seen(found, depth)

    def _flow(self, label: Floats) -> tuple[Vector, NDArray[np.bool_]]:
        half = FLOW_STEP // 2
        at = label[half::FLOW_STEP, half::FLOW_STEP]
        here = np.stack(
            np.meshgrid(
                np.arange(half, self.width, FLOW_STEP) + 0.5,
                np.arange(half, self.height, FLOW_STEP) + 0.5,
            ),
            2,
        )
        there = np.stack([at[..., 0] * self.width, (1 - at[..., 1]) * self.height], 2)
        person = at[..., 3] > 0.5
        flow = np.where(person[..., None], there - here, 0.0).astype(np.float32)
        then = np.concatenate([np.where(person[..., None], there, here), at[..., 2:3]], 2)
        seen = _seen(then.reshape(-1, 3), self._reference_depth).reshape(person.shape)
        bare = self._reference_depth[half::FLOW_STEP, half::FLOW_STEP] >= 1.0
        return flow, np.where(person, seen, bare)


def _seen(points: Floats, depth: Floats) -> NDArray[np.bool_]:
    """Return which points (n, 3), x, y in pixels and depth, lie on the surface in `depth`."""
    x, y = points[:, 0].astype(np.int64), points[:, 1].astype(np.int64)
    inside = (points[:, 0] >= 0) & (x < depth.shape[1]) & (points[:, 1] >= 0) & (y < depth.shape[0])
    nearest = depth[np.clip(y, 0, depth.shape[0] - 1), np.clip(x, 0, depth.shape[1] - 1)]
    return np.asarray(inside & (points[:, 2] <= nearest + DEPTH_TOLERANCE))


def _over(person: Image, backdrop: Floats) -> Image:
    """Return RGBA of a person, premultiplied (h, w, 4), before the backdrop."""
    alpha = person[..., 3:].astype(np.float32)
    colour = person[..., :3] + backdrop * (1.0 - alpha / 255.0)
    rgba = np.concatenate([colour, alpha], 2)
    return np.clip(rgba + 0.5, 0, 255).astype(np.uint8)


class _Targets:
    """The frame buffers of one renderer."""

    def __init__(self, context: Any, width: int, height: int) -> None:
        fine = (round(width * SUPERSAMPLE), round(height * SUPERSAMPLE))
        across = round(SAMPLES**0.5)
        self.samples_size = (fine[1] * across, fine[0] * across)
        """(height, width) of a picture with a pixel for each sample."""
        self.samples = context.framebuffer(
            [context.renderbuffer(fine, 4, samples=SAMPLES)],
            context.depth_renderbuffer(fine, samples=SAMPLES),
        )
        self.resolved = context.framebuffer([context.renderbuffer(fine, 4)])
        size = (width, height)
        self.label_frame = context.framebuffer(
            [context.texture(size, 4, dtype="f4")], context.depth_texture(size)
        )
        self.shadow = context.depth_texture((SHADOW_SIZE, SHADOW_SIZE))
        self.shadow.compare_func = ""
        self.shadow.repeat_x = self.shadow.repeat_y = False
        self.shadow_frame = context.framebuffer(depth_attachment=self.shadow)
