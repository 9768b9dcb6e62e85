"""One face: its plate, where the face region lies in it, and how far the head may turn."""

from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from vcam.errors import ProfileError
from vcam.media import Image
from vcam.resources import search_path
from vcam.strict import Reader, nearest, read_yaml

FACES = "announcers"
_JPEG = b"\xff\xd8"


@dataclass(frozen=True)
class PoseRange:
    """The head turns at most this far to either side, in radians."""

    yaw_rad: float = 0.35
    pitch_rad: float = 0.30
    roll_rad: float = 0.30


@dataclass(frozen=True)
class IdentityCard:
    """`identity.yaml`: pictures are named relative to its folder."""

    name: str
    plate: str
    """1280x720, RGB or RGBA (alpha: person against backdrop)."""
    face_box: tuple[int, int, int, int]
    """(x, y, width, height) of the face region in the plate."""
    reference: str = ""
    """The face region at rest, 512x512."""
    thumb: str = ""
    pose_range: PoseRange = field(default_factory=PoseRange)
    seed: int = 0
    licence: str = ""
    command: str = ""
    """What made the pictures."""


@dataclass(frozen=True)
class Identity:
    """A face, read and checked."""

    card: IdentityCard
    folder: Path
    plate: Image = field(repr=False)
    """uint8 (H, W, 3) RGB or (H, W, 4) RGBA."""


def load_identity(name: str) -> Identity:
    """Read the face called `name`.

    Raises:
        ProfileError: there is no such face, or its card or plate is damaged.
    """
    folders = [folder / FACES / name for folder in search_path("models")]
    folder = next((f for f in folders if (f / "identity.yaml").is_file()), None)
    if folder is None:
        known = identities()
        close = nearest(name, known)
        hint = f"did you mean '{close}'? " if close else ""
        raise ProfileError(f"unknown identity '{name}'; {hint}Known: {', '.join(known) or 'none'}")
    file = folder / "identity.yaml"
    reader = Reader(IdentityCard, ProfileError)
    card: IdentityCard = reader.build(reader.flatten(read_yaml(file, ProfileError), str(file)))
    plate = read_picture(folder / card.plate)
    _check_box(card, plate, file)
    return Identity(card, folder, plate)


def identities() -> list[str]:
    """Return the names of all faces."""
    found = {
        file.parent.name
        for folder in search_path("models")
        for file in (folder / FACES).glob("*/identity.yaml")
    }
    return sorted(found)


def read_picture(file: Path) -> Image:
    """Read a picture as uint8 RGB (H, W, 3), or RGBA (H, W, 4) where it has alpha.

    Raises:
        ProfileError: missing, or not a picture.
    """
    try:
        raw = np.frombuffer(file.read_bytes(), np.uint8)
    except OSError as problem:
        raise ProfileError(f"picture '{file}' cannot be read: {problem.strerror}") from None
    # Photos from phones lie on their side, and say so; of alpha OpenCV says nothing unless asked.
    flags = cv2.IMREAD_COLOR if raw[:2].tobytes() == _JPEG else cv2.IMREAD_UNCHANGED
    image = cv2.imdecode(raw, flags) if raw.size else None
    if image is None or image.dtype != np.uint8:
        raise ProfileError(f"'{file}' is not a picture; wanted PNG, JPEG or WebP with 8 bits")
    code = {2: cv2.COLOR_GRAY2RGB, 3: cv2.COLOR_BGR2RGB, 4: cv2.COLOR_BGRA2RGBA}
    return cv2.cvtColor(image, code[image.shape[2] if image.ndim == 3 else 2]).astype(np.uint8)


def _check_box(card: IdentityCard, plate: Image, file: Path) -> None:
    x, y, width, height = card.face_box
    rows, columns = plate.shape[:2]
    if min(x, y) < 0 or min(width, height) < 1 or x + width > columns or y + height > rows:
        raise ProfileError(
            f"{file}: face_box = {list(card.face_box)}: lies outside the {columns}x{rows} plate"
        )
