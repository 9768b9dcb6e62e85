"""APB2Face: one reenactor for each identity, and the picture of landmarks it sees."""

from pathlib import Path

import numpy as np
import pytest

from tests.engines.tiny import apb2face
from vcam.engines import build_engine
from vcam.engines.landmark_image import draw_landmarks, face_mask
from vcam.errors import ModelError
from vcam.identity import load_identity
from vcam.profile import EngineSettings

POINTS = np.array([64, 64, 192, 64, 128, 192], np.float32)


def test_an_identity_without_reenactor_is_one_sentence(tmp_path: Path) -> None:
    card = apb2face(tmp_path)
    with pytest.raises(ModelError, match=r"has no reenactor for 'announcer1'.*trained: announcer3"):
        build_engine(card, load_identity("announcer1"), EngineSettings())


@pytest.mark.parametrize("side", [128, 256])
def test_landmarks_are_discs_of_four_pixels_at_256(side: int) -> None:
    drawing = draw_landmarks(POINTS, side)
    assert drawing.shape == (side, side)
    assert drawing.max() == pytest.approx(1.0)
    for x, y in POINTS.reshape(-1, 2) * (side / 256):
        assert drawing[int(y), int(x)] == pytest.approx(1.0)
    area = drawing.sum() / 3 / (side / 256) ** 2
    assert np.pi * 2**2 <= area <= np.pi * (2 + 256 / side / 2) ** 2 * 1.1  # and a soft edge


def test_a_tenth_of_a_pixel_shows_in_the_drawing() -> None:
    moved = draw_landmarks(POINTS + 0.1, 256)
    assert np.abs(moved - draw_landmarks(POINTS, 256)).max() > 0.01


def test_landmarks_outside_the_picture_are_left_out() -> None:
    assert draw_landmarks(np.array([-50, -50, 400, 20], np.float32), 128).max() == 0.0


def test_the_mask_covers_the_face_and_the_forehead_but_not_the_corners() -> None:
    mask = face_mask(POINTS, 256)
    assert set(np.unique(mask)) == {0.0, 1.0}
    assert mask[100, 128] == mask[48, 128] == 1.0
    assert mask[5, 5] == mask[250, 250] == 0.0
