"""Pictures as people have them."""

import struct
from pathlib import Path

import cv2
import numpy as np
import pytest

from vcam.errors import ProfileError
from vcam.identity import read_picture

UPSIDE_DOWN = 3


def turned_photo(orientation: int) -> bytes:
    """Return a JPEG of 8 x 16 pixels, its upper half white, with an EXIF orientation."""
    picture = np.zeros((16, 8, 3), np.uint8)
    picture[:8] = 255
    jpeg = cv2.imencode(".jpg", picture)[1].tobytes()
    entry = struct.pack("<HHIHH", 0x0112, 3, 1, orientation, 0)
    exif = b"Exif\0\0II*\0" + struct.pack("<IH", 8, 1) + entry + bytes(4)
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + jpeg[2:]


def test_a_photo_is_upright_as_its_camera_was(tmp_path: Path) -> None:
    file = tmp_path / "photo.jpg"
    file.write_bytes(turned_photo(UPSIDE_DOWN))
    picture = read_picture(file)
    assert picture.shape == (16, 8, 3)
    assert picture[:8].max() < 20
    assert picture[8:].min() > 235


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_a_png_keeps_its_channels(tmp_path: Path, channels: int) -> None:
    file = tmp_path / "picture.png"
    cv2.imwrite(str(file), np.full((4, 6, channels), 9, np.uint8))
    assert read_picture(file).shape == (4, 6, 4 if channels == 4 else 3)


@pytest.mark.parametrize("content", [b"", b"\xff\xd8", b"words"])
def test_what_is_no_picture_is_said(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "picture.jpg"
    file.write_bytes(content)
    with pytest.raises(ProfileError, match=r"picture\.jpg' is not a picture; wanted PNG, JPEG"):
        read_picture(file)
