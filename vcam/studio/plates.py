"""What a call needs of each announcer: plate, reference picture, thumbnail, identity card.

The face region is drawn with the plate's own camera, so that region pixel (x, y) is plate pixel
(face_box.x + x, face_box.y + y): pasting one onto the other shows no seam.
"""

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import yaml
from PIL import Image as Pictures

from vcam.media import Controls, Image
from vcam.studio.announcers import Announcer
from vcam.studio.camera import FACE_BOX, PLATE, PLATE_HEIGHT, REGION
from vcam.studio.renderer import Renderer

PLATE_BYTES = 300_000
THUMB_SIZE = 160
THUMB_CROP = (96, 56, 416, 376)
"""The head in the reference picture: left, top, right, bottom."""
POSE_RANGE_RAD = {"yaw_rad": 0.35, "pitch_rad": 0.30, "roll_rad": 0.30}
LICENCE = "MIT; own rendering, drawn from the ICT-FaceKit Light model (MIT) and MakeHuman (CC0)"


def encode(image: Image, limit_bytes: int = PLATE_BYTES) -> bytes:
    """Return `image` (h, w, 3 or 4) as WebP of at most `limit_bytes`, alpha lossless."""
    picture = Pictures.fromarray(image)
    for quality in (95, 92, 88, 82, 75, 65):
        buffer = io.BytesIO()
        # exact: keep the backdrop's colours where alpha is 0.
        picture.save(buffer, "WEBP", quality=quality, method=4, exact=True)
        if buffer.tell() <= limit_bytes:
            break
    return buffer.getvalue()


def identity_card(who: Announcer) -> str:
    """Return the text of identity.yaml."""
    card = {
        "name": who.name,
        "plate": "plate.webp",
        "reference": "reference.webp",
        "thumb": "thumb.webp",
        "face_box": [FACE_BOX.x, FACE_BOX.y, FACE_BOX.width, FACE_BOX.height],
        "pose_range": dict(POSE_RANGE_RAD),
        "seed": who.seed,
        "licence": LICENCE,
        "command": "run_vcam.py studio plates",
    }
    return yaml.safe_dump(card, sort_keys=False, default_flow_style=None, width=100)


def thumbnail(reference: Image) -> Image:
    """Return a small square picture (160, 160, 3) of the head."""
    picture = Pictures.fromarray(reference[..., :3]).crop(THUMB_CROP)
    small = picture.resize((THUMB_SIZE, THUMB_SIZE), Pictures.Resampling.LANCZOS)
    return np.asarray(small, np.uint8)


def make_plates(
    who: Announcer, folder: Path, assets: Path | None, report: Callable[[str], None]
) -> None:
    """Write the four files of one announcer into `folder`/<name>."""
    target = folder / who.name
    target.mkdir(parents=True, exist_ok=True)
    with Renderer(who, PLATE_HEIGHT, assets, PLATE) as renderer:
        plate = renderer.render(Controls(0)).rgba
    with Renderer(who, REGION, assets) as renderer:
        reference = renderer.render(Controls(0)).rgba
    plate = plate.copy()
    x, y = FACE_BOX.x, FACE_BOX.y
    plate[y : y + REGION, x : x + REGION] = reference
    for name, image in (
        ("plate.webp", plate),
        ("reference.webp", reference),
        ("thumb.webp", thumbnail(reference)),
    ):
        (target / name).write_bytes(encode(image))
    (target / "identity.yaml").write_text(identity_card(who))
    report(f"{who.name}: plate, reference, thumbnail and card in {target}")
