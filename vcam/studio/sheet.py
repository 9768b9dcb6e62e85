"""Contact sheets: each announcer through visemes, blink, gaze, moods and pose, to be looked at."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from PIL import Image as Pictures

from vcam.media import Controls, Image
from vcam.studio.announcers import Announcer
from vcam.studio.renderer import Renderer
from vcam.studio.visemes import MOODS, VISEMES

COLUMNS = 6
INK = (255, 255, 255)


def shots() -> dict[str, Controls]:
    """Return every shot of a sheet by its caption."""
    listed: dict[str, Controls] = {
        name: Controls(0, expression=shape) for name, shape in VISEMES.items()
    }
    for step in range(5):
        listed[f"blink {step / 4:.2f}"] = Controls(0, blink=(step / 4, step / 4))
    for name, gaze in {
        "gaze left": (0.8, 0.0),
        "gaze right": (-0.8, 0.0),
        "gaze up": (0.0, 0.7),
        "gaze down": (0.0, -0.7),
    }.items():
        listed[name] = Controls(0, gaze=gaze)
    for name, shape in MOODS.items():
        listed[name] = Controls(0, expression=shape)
    for name, pose in {
        "yaw +0.35": (0.35, 0.0, 0.0),
        "yaw -0.35": (-0.35, 0.0, 0.0),
        "pitch +0.30": (0.0, 0.30, 0.0),
        "pitch -0.30": (0.0, -0.30, 0.0),
        "roll +0.30": (0.0, 0.0, 0.30),
        "roll -0.30": (0.0, 0.0, -0.30),
        "all three": (-0.30, 0.20, 0.25),
        "and speaking": (0.25, -0.15, -0.10),
    }.items():
        spoken = VISEMES["AA"] if name == "and speaking" else None
        listed[name] = Controls(0, pose=pose, expression=spoken)
    return listed


def captioned(image: Image, text: str) -> Image:
    """Return a copy of `image` (h, w, 3) with its name in the corner."""
    marked = np.ascontiguousarray(image[..., :3])
    cv2.putText(marked, text, (6, 16), cv2.FONT_HERSHEY_SIMPLEX, 0.45, INK, 1, cv2.LINE_AA)
    return marked


def tiled(images: list[Image], columns: int) -> Image:
    """Return pictures of one size (h, w, 3) side by side, `columns` in a row."""
    empty = [np.zeros_like(images[0])] * (-len(images) % columns)
    full = images + empty
    rows = [np.concatenate(full[n : n + columns], 1) for n in range(0, len(full), columns)]
    return np.concatenate(rows, 0)


def make_sheet(
    who: Announcer, folder: Path, size: int, assets: Path | None, report: Callable[[str], None]
) -> Path:
    """Write the contact sheet of one announcer and return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    with Renderer(who, size, assets) as renderer:
        images = [
            captioned(renderer.render(controls).rgba, name) for name, controls in shots().items()
        ]
    path = folder / f"{who.name}.jpg"
    Pictures.fromarray(tiled(images, COLUMNS)).save(path, quality=90)
    report(f"{who.name}: {len(images)} shots in {path}")
    return path
