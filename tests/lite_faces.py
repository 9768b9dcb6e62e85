"""A drawn face that stands in for an announcer: pictures, look, and small nets that move it."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import torch
from torch import nn

from vcam.arkit import ARKIT_INDEX, ARKIT_NAMES
from vcam.media import Controls, Image, Vector
from vcam.nets.composing import Look
from vcam.nets.lite import Lite
from vcam.nets.lite_plan import PICTURES, LiteSize
from vcam.studio.frames import PARTS, write_card, write_shard

TINY = LiteSize(latent=16, deep=8, blocks=2, shallow=8, layers=1, fine=4, region=8, rank=4)
CORNERS = ((19, 11), (14, 16), (14, 11))


def draw_face(
    side: int, mouth: float = 0.0, shut: bool = False, tone: int = 0, person: bool = True
) -> Image:
    """Return a smooth picture of a head before a backdrop."""
    scale = side / 256
    picture = np.full((side, side, 3), (150, 160, 170), np.uint8)
    picture += np.linspace(0, 40, side).astype(np.uint8)[:, None, None]

    if not person:
        return picture

    def ellipse(x: float, y: float, across: float, down: float, colour: tuple[int, ...]) -> None:
        centre, axes = (round(x * scale), round(y * scale)), (across * scale, down * scale)
        cv2.ellipse(picture, centre, tuple(map(round, axes)), 0, 0, 360, colour, -1, cv2.LINE_AA)

    ellipse(128, 150, 50, 70, (200 - tone, 150 - tone, 120 - tone))
    for x in (108, 148):
        ellipse(x, 127, 10, 1 if shut else 6, (240, 240, 240))
        ellipse(x, 127, 5, 1 if shut else 5, (60, 40, 30))
    ellipse(128, 178, 18, 3 + 14 * mouth, (120, 50, 50))
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), 1.2 * scale), np.uint8)


def face_pictures(side: int, tone: int = 0) -> dict[str, Image]:
    """Return the pictures of an identity."""
    mouths = {"open": 1.0, "wide": 0.4, "parted": 0.2}
    return {name: draw_face(side, mouths.get(name, 0.0), name == "shut", tone) for name in PICTURES}


def landmarks() -> Vector:
    """Return 68 points of the drawn face at 256, those of mouth and eyes where they belong."""
    points = np.zeros((68, 2), np.float32)
    turn = np.linspace(0, 2 * np.pi, 17)
    points[:17] = np.stack([128 + 48 * np.cos(turn), 150 + 65 * np.sin(turn)], 1)
    points[17:36] = (128, 140)
    for first, last, x, y, across, down in ((36, 42, 108, 127, 10, 6), (42, 48, 148, 127, 10, 6),
                                            (48, 68, 128, 178, 18, 3)):  # fmt: skip
        turn = np.linspace(0, 2 * np.pi, last - first, endpoint=False)
        points[first:last] = np.stack([x + across * np.cos(turn), y + down * np.sin(turn)], 1)
    return points


def write_frames(folder: Path, count: int, tone: int = 0, side: int = 256) -> None:
    """Write a frame store of the drawn face whose mouth opens and eyes shut; the first at rest."""
    controls, drawn = [], []
    for index in range(count):
        mouth, shut = index / max(1, count - 1), index % 3 == 2
        weights = np.zeros(len(ARKIT_NAMES), np.float32)
        weights[ARKIT_INDEX["jawOpen"]] = mouth
        lids = (1.0, 1.0) if shut else (0.0, 0.0)
        controls.append(Controls(0, expression=weights, blink=lids))
        drawn.append(_drawn(draw_face(side, mouth, shut, tone), mouth))
    write_shard(folder, 0, controls, drawn)
    write_card(folder, {"announcer": "drawn", "size": side, "frames": count})


def _drawn(picture: Image, mouth: float) -> Any:
    side = len(picture)
    alpha = np.zeros((side, side), np.uint8)
    times = side // 256
    cv2.ellipse(alpha, (128 * times, 150 * times), (56 * times, 76 * times), 0, 0, 360, 255, -1)
    parts = np.zeros((side, side), np.uint8)
    teeth = slice(170 * times, round((170 + 4 * mouth) * times)), slice(118 * times, 138 * times)
    parts[teeth] = PARTS.index("teeth")
    nowhere = np.zeros((478, 2), np.float32)
    return SimpleNamespace(
        rgba=np.dstack([picture, alpha]),
        landmarks68=landmarks() * np.float32(times),
        visible68=np.ones(68, np.bool_),
        landmarks478=nowhere,
        visible478=np.ones(478, np.bool_),
        flow=np.full((side // 4, side // 4, 2), 2.0 * times, np.float32),
        flow_valid=np.ones((side // 4, side // 4), np.bool_),
        parts=parts,
    )


def make_face(side: int, tone: int = 0) -> Look:
    """Return the look of the drawn face."""
    pictures = face_pictures(side, tone)
    planes = {name: _planes(picture) for name, picture in pictures.items()}
    backdrop = cv2.GaussianBlur(pictures["rest"], (0, 0), side / 10)
    return Look(
        torch.cat([planes[name] for name in PICTURES], 1),
        _planes(np.asarray(backdrop, np.uint8)),
        torch.tensor(CORNERS),
    )


def lively_net(size: LiteSize = TINY, seed: int = 0) -> Lite:
    """Return a net with random weights whose flows reach some pixels and whose shares differ."""
    torch.manual_seed(seed)
    net = Lite(size).eval()
    with torch.no_grad():
        for name, parameter in net.named_parameters():
            if "flow" in name and parameter.dim() > 1:
                parameter.normal_(0.0, 0.3 / parameter[0].numel() ** 0.5)
            if "planes" in name:
                parameter.normal_(0.0, 0.2 / parameter[0].numel() ** 0.5)
        net.latent.layers[0][0].weight.mul_(4.0)
        calm(net.pose_flow, 0.1)
    return net


def calm(module: nn.Module, factor: float) -> None:
    """Scale the weights of the last layer of a module's `layers`."""
    for parameter in list(module.parameters())[-2:]:
        parameter.data.mul_(factor)


def _planes(picture: Image) -> torch.Tensor:
    return torch.from_numpy(picture).permute(2, 0, 1)[None].float() / 255
