"""APB2Face: one reenactor for each identity, and the picture of landmarks it sees."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from tests.engines.tiny import apb2face, apb2facev2
from vcam.engines import apb2face as v1
from vcam.engines import apb2facev2 as v2
from vcam.engines import build_engine
from vcam.engines.card import ModelCard
from vcam.engines.landmark_image import draw_landmarks, face_mask
from vcam.errors import ModelError
from vcam.identity import load_identity
from vcam.profile import EngineSettings
from vcam.runtimes import load_program
from vcam.runtimes.base import Graph, Program

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


@pytest.mark.parametrize(
    ("module", "write", "graphs"),
    [
        (v1, apb2face, {"predict": "fp32", "face": "bf16"}),
        (v2, apb2facev2, {"encode": "bf16", "latent": "fp32", "frame": "bf16"}),
    ],
)
def test_what_says_where_a_face_is_keeps_its_digits(
    module: ModuleType,
    write: Callable[[Path], ModelCard],
    graphs: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: dict[str, str] = {}

    def load(graph: Graph, settings: EngineSettings) -> Program:
        asked[graph.name] = settings.precision
        return load_program(graph, replace(settings, precision="fp32"))

    monkeypatch.setattr(module, "load_program", load)
    settings = EngineSettings(runtime="openvino", precision="bf16")
    module.build(write(tmp_path), load_identity("announcer3"), settings)
    assert asked == graphs
