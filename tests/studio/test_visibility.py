"""Hair that nobody can see is left out of the picture, and nobody can see it."""

from pathlib import Path

import numpy as np
import pytest

from tests.studio.conftest import SIZE
from vcam.media import Controls
from vcam.studio.announcers import ANNOUNCERS
from vcam.studio.renderer import Renderer

BETWEEN = [(0.17, 0.0, -0.1), (-0.25, 0.13, 0.2), (0.08, -0.22, 0.05)]
"""Poses (yaw, pitch, roll) rad that were not looked at to find what is seen."""


@pytest.fixture(scope="module")
def pictures(renderer: Renderer, assets: Path) -> tuple[list[np.ndarray], list[np.ndarray], float]:
    """Long hair in the poses between: as drawn, with every piece, and the share that is drawn."""
    with Renderer(ANNOUNCERS["announcer1"], SIZE, assets) as opened:
        hair = opened._stage._hair
        drawn = [opened.render(Controls(0, pose=pose)).rgba for pose in BETWEEN]
        share = hair.colour.vertices / hair.depth.vertices
        with opened._context:
            hair.show_only(np.ones(hair.pieces, np.bool_))
        whole = [opened.render(Controls(0, pose=pose)).rgba for pose in BETWEEN]
    return drawn, whole, share


def test_the_picture_is_all_but_the_same_as_with_all_hair(pictures) -> None:
    for drawn, whole in zip(*pictures[:2], strict=True):
        error = np.mean((drawn.astype(np.float64) - whole) ** 2)
        assert 10 * np.log10(255**2 / max(error, 1e-9)) > 45


def test_most_of_long_hair_is_left_out(pictures) -> None:
    assert 0.1 < pictures[2] < 0.5


def test_a_piece_that_is_left_out_is_missed_where_it_was_seen(renderer: Renderer) -> None:
    """The comparison above can fail: without its hair the head looks different."""
    hair, pose = renderer._stage._hair, Controls(0, pose=BETWEEN[0])
    before = renderer.render(pose).rgba
    shown = hair.colour
    try:
        with renderer._context:
            hair.show_only(np.zeros(hair.pieces, np.bool_) | (np.arange(hair.pieces[1]) == 0))
        bald = renderer.render(pose).rgba
    finally:
        hair.colour = shown
    assert np.abs(before.astype(int) - bald).mean() > 1.0
