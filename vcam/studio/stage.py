"""The figure on the graphics device: its layers, its materials, and the light baked into it."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from vcam.identity import PoseRange
from vcam.media import Controls
from vcam.studio import gl
from vcam.studio.arrays import Floats
from vcam.studio.eyes import IRIS_RAD
from vcam.studio.figure import Figure
from vcam.studio.head import SOCKETS, Shape
from vcam.studio.landmarks import INNER_LIPS, LANDMARKS_68
from vcam.studio.layers import MeshLayer, Programs, StrandLayer
from vcam.studio.light import environment
from vcam.studio.mesh import averager
from vcam.studio.mouth import GUMS_AND_TONGUE, TEETH
from vcam.studio.occlusion import (
    DepthMaps,
    open_transfer,
    openness,
    scatter,
    seeping,
    transfer,
)
from vcam.studio.pose import Turn, neck_weight
from vcam.studio.skin import bake, lid_rims
from vcam.studio.skull import CENTRE_CM
from vcam.studio.visibility import seen_pieces

SKIN_PART, LIPS, TEETH_PART, EYES, HAIR, CLOTH_PART = (float(n) for n in range(1, 7))
DIRECTIONS = 64
GUM_COLOUR = (0.42, 0.115, 0.10)
TONGUE_COLOUR = (0.46, 0.145, 0.13)
TEETH_COLOUR = (0.72, 0.67, 0.58)


class Stage:
    """Holds the layers of one figure; `move` then the `draw_` calls make one frame."""

    def __init__(self, context: Any, figure: Figure) -> None:
        self._context = context
        self._figure = figure
        head = figure.head
        self._neutral = head.shape(Controls(0))
        self._share = neck_weight(head.rest)
        self._rims = lid_rims(head.rest, head.skin_triangles)
        self._mesh_label = gl.program(context, "label.vert", "label.frag")
        self._mesh_depth = gl.program(context, "depth.vert", "depth.frag")
        self._strand_programs = Programs(
            gl.program(context, "strand.vert", "strand.frag"),
            gl.program(context, "strand_depth.vert", "depth.frag"),
            gl.program(context, "strand_label.vert", "label.frag"),
        )
        self._skin = self._skin_layer()
        self._mouth = self._mouth_layer()
        self._eyes = [self._eye_layer(number) for number in range(2)]
        self._cloth = self._cloth_layer()
        self._hair = StrandLayer(
            context,
            self._strand_programs,
            figure.hair.strands,
            np.ones(figure.hair.share.shape, np.float32),
            figure.hair.share,
            HAIR,
        )
        self._growths = [self._growth_layer(number) for number in range(len(figure.growths))]
        self._bake_light()
        self._constants()

    def _programs(self, fragment: str) -> Programs:
        colour = gl.program(self._context, "surface.vert", fragment)
        return Programs(colour, self._mesh_depth, self._mesh_label)

    def _skin_layer(self) -> MeshLayer:
        mesh, mask = self._figure.skin, self._figure.masks
        at = mesh.source
        on_lips = (mask.lip_cm[at] > 0.0) & (at < SOCKETS.stop)
        part = np.where(on_lips, LIPS, SKIN_PART).astype(np.float32)
        neutral = self._neutral.vertices[at]
        return MeshLayer(
            self._context, self._programs("skin.frag"), mesh.faces, neutral, self._share[at], part
        )

    def _mouth_layer(self) -> MeshLayer:
        faces = self._figure.head.mouth_triangles - GUMS_AND_TONGUE.start
        neutral = self._neutral.vertices[GUMS_AND_TONGUE.start : TEETH.stop]
        count = len(neutral)
        tooth = np.arange(count) >= TEETH.start - GUMS_AND_TONGUE.start
        part = np.where(tooth, TEETH_PART, LIPS).astype(np.float32)
        trait = np.zeros((count, 4), np.float32)
        trait[:] = (*GUM_COLOUR, 0.33)
        trait[self._figure.head.tongue - GUMS_AND_TONGUE.start] = (*TONGUE_COLOUR, 0.42)
        trait[tooth] = (*TEETH_COLOUR, 0.22)
        self._mouth_trait = trait
        self._tooth_share = tooth.astype(np.float32)
        return MeshLayer(
            self._context,
            self._programs("mouth.frag"),
            faces,
            neutral,
            np.ones(count, np.float32),
            part,
        )

    def _eye_layer(self, number: int) -> MeshLayer:
        ball = self._figure.head.eyeballs[number]
        faces = self._figure.head.eye_triangles[number] - ball.vertices.start
        neutral = self._neutral.vertices[ball.vertices]
        ones = np.ones(len(neutral), np.float32)
        return MeshLayer(
            self._context, self._programs("eye.frag"), faces, neutral, ones, ones * EYES
        )

    def _cloth_layer(self) -> MeshLayer:
        cloth = self._figure.cloth
        part = np.full(len(cloth.vertices), CLOTH_PART, np.float32)
        return MeshLayer(
            self._context,
            self._programs("cloth.frag"),
            cloth.faces,
            cloth.vertices,
            cloth.share,
            part,
        )

    def _growth_layer(self, number: int) -> StrandLayer:
        growth = self._figure.growths[number]
        points = growth.follow(self._neutral.vertices)
        strands = growth.strands
        shape = points.shape[:2]
        open_to = 0.75 if growth.kind == "lash" else 0.95
        placed = type(strands)(points, strands.width_cm, strands.tint, strands.taper)
        share = neck_weight(points.reshape(-1, 3)).reshape(shape)
        # Brows and lashes are labelled skin: they belong to the face, not to the hair.
        return StrandLayer(
            self._context,
            self._strand_programs,
            placed,
            np.full(shape, open_to, np.float32),
            share,
            SKIN_PART,
        )

    def _bake_light(self) -> None:
        """Find how much soft light reaches the figure at rest; see `vcam.studio.occlusion`."""
        figure, shape = self._figure, self._neutral
        self._place(shape)
        meshes = (self._skin, self._cloth, *self._eyes)
        occluders = [*(mesh.depth for mesh in meshes), self._hair.depth]
        maps = DepthMaps(
            self._context, (self._mesh_depth, self._strand_programs.depth), occluders, DIRECTIONS
        )
        points, normals = shape.vertices[: SOCKETS.stop], shape.normals[: SOCKETS.stop]
        raw = transfer(maps, points, normals)
        smooth = averager(figure.head.skin_triangles, SOCKETS.stop, 0.45)
        self._transfer = scatter(raw, smooth)
        self._openness = openness(smooth @ raw)
        cloth = figure.cloth
        cloth_transfer = transfer(maps, cloth.vertices, cloth.normals)
        # The body keeps still, so its light does not change.
        still = environment(figure.announcer.lighting, np.eye(3, dtype=np.float32))
        self._cloth.move(cloth.vertices, cloth.normals, np.maximum(cloth_transfer @ still, 0.0))
        flat = figure.hair.strands.points
        seep = seeping(maps, flat[:, ::2].reshape(-1, 3)).reshape(len(flat), -1)
        full = np.repeat(seep, 2, axis=1)[:, : flat.shape[1]]
        self._hair.set_openness(full)
        at = figure.skin.source
        mask = figure.masks
        inside = mask.inside[at]
        self._skin.paint(
            np.concatenate([figure.skin.uvs, np.zeros((len(at), 1), np.float32)], 1),
            np.stack([mask.lip_cm[at], self._openness[at], inside, 0 * inside], 1),
        )
        self._cloth.paint(
            cloth.vertices,
            np.stack(
                [
                    cloth.material,
                    openness(cloth_transfer),
                    *np.zeros((2, len(cloth.vertices))),
                ],
                1,
            ),
        )
        for eye, ball in zip(self._eyes, figure.head.eyeballs, strict=True):
            eye.paint(figure.head.rest[ball.vertices] - ball.centre, np.zeros((770, 4), np.float32))

    def _constants(self) -> None:
        who, head = self._figure.announcer, self._figure.head
        self._textures = bake(self._context, self._figure.skin, head.rest, self._figure.masks, who)
        garment = who.garment
        self.put(
            {
                "skin": 1,
                "relief": 2,
                "relief_cm": 0.006,
                "scatter": who.skin.scatter,
                "iris_colour": who.iris,
                "pupil": 0.36,
                "seed": float(who.seed),
                "cloth_colour": garment.cloth,
                "under_colour": garment.under,
                "accent_colour": garment.accent,
                "knit": int(garment.kind == "turtleneck"),
                "centre": tuple(float(x) for x in CENTRE_CM),
                "gloss": 1.0,
                "widen": 1.0,
            }
        )

    def put(self, values: Mapping[str, Any]) -> None:
        """Set uniforms in every program that has them."""
        for target in self._all_programs():
            gl.put(target, values)

    def _all_programs(self) -> list[Any]:
        layers = (self._skin, self._mouth, *self._eyes, self._cloth)
        return [
            *(layer.programs.colour for layer in layers),
            self._mesh_depth,
            self._mesh_label,
            self._strand_programs.colour,
            self._strand_programs.depth,
            self._strand_programs.label,
        ]

    def leave_out_unseen_hair(self, view: Floats, size: tuple[int, int], reach: PoseRange) -> None:
        """Draw only the hair that `view` shows in some pose; `size` is (height, width)."""
        self._hair.show_only(seen_pieces(self._context, self._hair, view, size, reach))

    def move(self, shape: Shape, turn: Turn) -> None:
        """Put the figure into a shape and a turn."""
        x, y, z = (float(value) for value in turn.axis)
        self.put({"turn_axis": (x, y, z), "turn_angle": turn.angle_rad})
        self._light(shape, turn)
        self._mouth_traits(shape)
        for number in range(2):
            self._eye_traits(number, shape, turn)
        for growth, layer in zip(self._figure.growths, self._growths, strict=True):
            layer.move(growth.follow(shape.vertices))

    def _place(self, shape: Shape) -> None:
        """Place what hides light, itself without any yet: used while baking."""
        at = self._figure.skin.source
        zeros = np.zeros((len(at), 3), np.float32)
        self._skin.move(shape.vertices[at], shape.normals[at], zeros)
        cloth = self._figure.cloth
        self._cloth.move(cloth.vertices, cloth.normals, 0 * cloth.vertices)
        for eye, ball in zip(self._eyes, self._figure.head.eyeballs, strict=True):
            points = shape.vertices[ball.vertices]
            eye.move(points, shape.normals[ball.vertices], 0 * points)

    def _light(self, shape: Shape, turn: Turn) -> None:
        """Light skin, cloth, eyes and mouth for the head's turn."""
        lighting = self._figure.announcer.lighting
        turned, still = (
            environment(lighting, turn.matrix()),
            environment(lighting, np.eye(3, dtype=np.float32)),
        )
        share = self._share[: SOCKETS.stop, None]
        light = np.empty((SOCKETS.stop, 3), np.float32)
        for channel in range(3):
            both = self._transfer[channel] @ np.stack([still[:, channel], turned[:, channel]], 1)
            light[:, channel] = both[:, 0] * (1 - share[:, 0]) + both[:, 1] * share[:, 0]
        light = np.maximum(light, 0.0)
        at = self._figure.skin.source
        self._skin.move(shape.vertices[at], shape.normals[at], light[at])
        for eye, ball in zip(self._eyes, self._figure.head.eyeballs, strict=True):
            normals = shape.normals[ball.vertices]
            soft = np.maximum(open_transfer(normals) @ turned, 0.0)
            eye.move(shape.vertices[ball.vertices], normals, soft)
        mouth = slice(GUMS_AND_TONGUE.start, TEETH.stop)
        soft = np.maximum(open_transfer(shape.normals[mouth]) @ turned, 0.0)
        self._mouth.move(shape.vertices[mouth], shape.normals[mouth], soft)

    def _mouth_traits(self, shape: Shape) -> None:
        lips = shape.vertices[LANDMARKS_68[INNER_LIPS]]
        opening = float(np.linalg.norm(lips[2] - lips[6]))
        depth = (
            lips[[1, 2, 3, 5, 6, 7], 2].mean()
            - shape.vertices[GUMS_AND_TONGUE.start : TEETH.stop, 2]
        )
        aside = np.abs(shape.vertices[GUMS_AND_TONGUE.start : TEETH.stop, 0])
        place = np.stack([depth, self._tooth_share, aside], 1)
        self._mouth.paint(place.astype(np.float32), self._mouth_trait)
        gl.put(self._mouth.programs.colour, {"opening": opening})

    def _eye_traits(self, number: int, shape: Shape, turn: Turn) -> None:
        """Tell each point of an eyeball how far it is from the lids."""
        ball = self._figure.head.eyeballs[number]
        upper, lower = self._rims["left" if number == 0 else "right"]
        points = shape.vertices[ball.vertices]
        edges = [shape.vertices[rim] for rim in (upper, lower)]
        heights = []
        for edge in edges:
            order = np.argsort(edge[:, 0])
            heights.append(np.interp(points[:, 0], edge[order, 0], edge[order, 1]))
        trait = np.stack(
            [
                heights[0] - points[:, 1],
                points[:, 1] - heights[1],
                np.full(len(points), IRIS_RAD),
                np.ones(len(points)),
            ],
            1,
        )
        place = self._figure.head.rest[ball.vertices] - ball.centre
        self._eyes[number].paint(place, trait.astype(np.float32))
        rotation = turn.matrix() @ ball.rotation(shape.gaze[number])
        gl.put(self._eyes[number].programs.colour, {"eye_turn": rotation.T})

    def draw_shadows(self) -> None:
        """Draw everything that throws a shadow, as depth."""
        for layer in (self._skin, self._cloth):
            layer.depth.render()
        gl.put(self._strand_programs.depth, {"widen": 2.0})
        self._hair.draw_half(self._hair.depth)

    def draw_colour(self) -> None:
        """Draw the picture."""
        who = self._figure.announcer
        skin, relief = self._textures
        skin.use(1)
        relief.use(2)
        self._context.enable(self._context.CULL_FACE)  # the back of the head is never seen
        self._skin.colour.render()
        self._context.disable(self._context.CULL_FACE)
        for mesh in (self._mouth, *self._eyes, self._cloth):
            mesh.colour.render()
        strands = self._strand_programs.colour
        gl.put(strands, {"hair_colour": who.hair.colour, "gloss": 1.0})
        self._hair.colour.render()
        for growth, layer in zip(self._figure.growths, self._growths, strict=True):
            shade = {"lash": 0.25, "brow": 0.8}[growth.kind]
            tone = tuple(channel * shade + 0.002 for channel in who.hair.colour)
            gl.put(strands, {"hair_colour": tone, "gloss": 0.25})
            layer.colour.render()

    def draw_labels(self) -> None:
        """Draw where everything is in the reference picture, and which part it is."""
        for mesh in (self._skin, self._mouth, *self._eyes, self._cloth):
            mesh.label.render()
        gl.put(self._strand_programs.label, {"widen": 1.8})
        self._hair.draw_half(self._hair.label)
        gl.put(self._strand_programs.label, {"widen": 1.0})
        for layer in self._growths:
            layer.label.render()
