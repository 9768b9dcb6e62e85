"""What the call path reads of each announcer."""

from pathlib import Path

import numpy as np
import pytest
import yaml
from PIL import Image as Pictures

from tests.studio.conftest import SIZE
from vcam.media import Controls
from vcam.studio.announcers import ANNOUNCERS
from vcam.studio.camera import PLATE
from vcam.studio.frames import PARTS
from vcam.studio.plates import PLATE_BYTES, encode, identity_card
from vcam.studio.renderer import Renderer

MODELS = Path(__file__).parents[2] / "models" / "announcers"


@pytest.mark.parametrize("name", ANNOUNCERS)
def test_the_shipped_card_is_the_one_that_the_studio_writes(name: str) -> None:
    shipped = (MODELS / name / "identity.yaml").read_text()
    assert shipped == identity_card(ANNOUNCERS[name])


@pytest.mark.parametrize("name", ANNOUNCERS)
def test_shipped_pictures_have_their_sizes(name: str) -> None:
    card = yaml.safe_load((MODELS / name / "identity.yaml").read_text())
    sizes = {"plate": (1280, 720), "reference": (512, 512), "thumb": (160, 160)}
    for part, size in sizes.items():
        path = MODELS / name / card[part]
        assert path.stat().st_size <= PLATE_BYTES
        with Pictures.open(path) as picture:
            assert picture.size == size


@pytest.mark.parametrize("name", ANNOUNCERS)
def test_the_reference_lies_in_the_plate_without_a_seam(name: str) -> None:
    card = yaml.safe_load((MODELS / name / "identity.yaml").read_text())
    x, y, width, height = card["face_box"]
    pictures = [
        np.asarray(Pictures.open(MODELS / name / card[part]).convert("RGBA"), np.int16)
        for part in ("plate", "reference")
    ]
    difference = np.abs(pictures[0][y : y + height, x : x + width] - pictures[1])
    assert difference.mean() < 2.0  # two WebP files of the same pixels


def test_a_small_limit_lowers_the_quality() -> None:
    noise = np.random.default_rng(0).integers(0, 255, (128, 128, 3), np.uint8)
    assert len(encode(noise, 15_000)) < len(encode(noise))


def test_colours_under_transparent_pixels_are_kept(tmp_path: Path) -> None:
    image = np.full((32, 32, 4), 120, np.uint8)
    image[..., 3] = 0
    (tmp_path / "clear.webp").write_bytes(encode(image))
    with Pictures.open(tmp_path / "clear.webp") as picture:
        assert abs(int(np.asarray(picture)[16, 16, 0]) - 120) <= 3


def test_no_skin_shows_through_a_shirt_below_its_collar(renderer: Renderer, assets: Path) -> None:
    """Between collar and lapel one once saw the skin."""
    with Renderer(ANNOUNCERS["announcer6"], SIZE, assets, PLATE) as opened:
        parts = opened.render(Controls(0)).parts
    below_collar = parts[round(0.7 * SIZE) :] == PARTS.index("skin")
    assert not below_collar.any()
