"""An announcer's look for `lite`: portraits, the bare backdrop, and where the regions lie."""

from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor

from vcam.engines.lite_state import FEATURES, LiteState
from vcam.identity import read_picture
from vcam.media import Controls, Image, Vector
from vcam.nets.composing import Look
from vcam.nets.lite import Lite
from vcam.nets.lite_plan import PICTURES, REGIONS, UNITS, Region
from vcam.studio.frames import FrameStore
from vcam.studio.visemes import VISEMES, expression
from vcam.training.face_frames import shrink

_ASIDE = 0.5
"""Between the gaze that is usual aside, 0.35, and 0.78, the studio's farthest."""
POSES = {
    "rest": Controls(0),
    "open": Controls(0, expression=VISEMES["AA"]),
    "wide": Controls(
        0,
        expression=expression(
            jawOpen=0.20, mouthSmile=0.38, mouthStretch=0.35, mouthUpperUp=0.30, mouthLowerDown=0.80
        ),
    ),
    "shut": Controls(0, blink=(1.0, 1.0)),
    "parted": Controls(
        0,
        expression=expression(
            jawOpen=0.13,
            mouthPucker=0.13,
            mouthFunnel=0.07,
            mouthSmile=0.05,
            mouthStretch=0.07,
            mouthLowerDown=0.19,
            mouthUpperUp=0.10,
        ),
    ),
    "left": Controls(0, gaze=(_ASIDE, 0.0)),
    "right": Controls(0, gaze=(-_ASIDE, 0.0)),
}
"""How the announcer sits for each of PICTURES.

Wide shows both rows of teeth: what no picture shows cannot be carried from one, and four of the six
announcers' lower teeth were drawn as lip while it was the viseme EE, which hides them (seen).
Parted: of 1,500 moments of training speech 1,362 were nearer to rest than to open or wide, and far
from it (mouth landmarks as one vector, in distances of the eyes: 0.114); this one is the nearest to
them all (0.068 with it; a script's figures). Left, right: a highlight stays where it is when an
iris moves, so irises that were carried from rest alone were dented when eyes looked aside (seen).
"""
PORTRAITS = "portraits"
_POINTS = {"mouth": slice(48, 60), "left_eye": slice(42, 48), "right_eye": slice(36, 42)}
_CHIN_SHARE = 0.18
"""A mouth opens downwards: its region lies lower than the lips by this share of its height."""
_BACKDROP_FRAMES = 80


def portraits(folder: Path, announcer: str, assets: Path | None) -> dict[str, Image]:
    """Return the announcer's PICTURES, uint8 (512, 512, 3): from `folder`, else drawn and kept.

    Raises:
        AssetError: they are not there, and the studio cannot draw.
    """
    files = {name: folder / PORTRAITS / f"{name}.png" for name in PICTURES}
    if not all(file.is_file() for file in files.values()):
        from vcam.studio.announcers import announcer_named
        from vcam.studio.renderer import Renderer

        (folder / PORTRAITS).mkdir(parents=True, exist_ok=True)
        with Renderer(announcer_named(announcer), assets=assets) as renderer:
            for name, file in files.items():
                drawn = renderer.render(POSES[name]).rgba
                cv2.imwrite(str(file), np.ascontiguousarray(drawn[..., 2::-1]))
    return {name: read_picture(file)[..., :3] for name, file in files.items()}


def make_look(pictures: dict[str, Image], store: FrameStore, side: int) -> Look:
    """Return the look of an announcer; frame 0 of the store shows the face at rest."""
    small = {name: shrink(picture, side) for name, picture in pictures.items()}
    landmarks = store.labels.landmarks68[0] * (UNITS / int(store.card["size"]))
    return Look(
        torch.cat([_tensor(small[name]) for name in PICTURES], 1),
        _tensor(bare_backdrop(store, side)),
        torch.tensor(find_corners(landmarks), dtype=torch.int64),
    )


def find_corners(landmarks: Vector) -> tuple[tuple[int, int], ...]:
    """Return (row, column) of each region for landmarks (68, 2) of the face at rest, in units."""
    return tuple(_corner(region, landmarks[_POINTS[region.name]]) for region in REGIONS)


def _corner(region: Region, points: Vector) -> tuple[int, int]:
    column, row = (points.min(0) + points.max(0)) / 2
    if region.name == "mouth":
        row += _CHIN_SHARE * region.height
    top, left = round(row - region.height / 2), round(column - region.width / 2)
    return (
        min(max(top, 0), UNITS - region.height),
        min(max(left, 0), UNITS - region.width),
    )


def bare_backdrop(store: FrameStore, side: int) -> Image:
    """Return the picture without the announcer: what shows in frames, the rest filled in."""
    summed = np.zeros((side, side, 3), np.float64)
    count = np.zeros((side, side, 1), np.float64)
    chosen = np.linspace(0, len(store) - 1, min(len(store), _BACKDROP_FRAMES)).astype(int)
    for index in chosen:
        bare = (shrink(store.alpha(int(index)), side) == 0)[..., None]
        summed += shrink(store.colour(int(index)), side) * bare
        count += bare
    seen = (summed / np.maximum(count, 1)).round().astype(np.uint8)
    hidden = (count[..., 0] == 0).astype(np.uint8)
    return np.asarray(cv2.inpaint(seen, hidden, 3, cv2.INPAINT_TELEA), np.uint8)


@torch.inference_mode()
def make_state(net: Lite, look: Look, identity: str, weights: str) -> LiteState:
    """Return what a call needs of an identity; `weights` is the sha256 of the net's file."""
    features = net.eval().encode(*look)
    return LiteState(
        identity,
        weights,
        look.backdrop.shape[-1],
        tuple((int(row), int(column)) for row, column in look.corners),
        {name: tensor.numpy() for name, tensor in zip(FEATURES, features, strict=True)},
        {name: _bytes(look.picture(name)) for name in PICTURES},
        _bytes(look.backdrop),
    )


def _tensor(picture: Image) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(picture)).permute(2, 0, 1)[None].float() / 255


def _bytes(picture: Tensor) -> Image:
    return (picture[0].permute(1, 2, 0) * 255).round().to(torch.uint8).contiguous().numpy()
