"""The pictures of an identity that `lite` draws from: what none of them shows it cannot show."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from vcam.errors import AssetError
from vcam.studio.announcers import ANNOUNCERS
from vcam.studio.gl import open_context
from vcam.studio.renderer import Render, Renderer
from vcam.training.face_frames import both_rows
from vcam.training.lite_identity import POSES

IRISES = [468, 473]
"""Their centres in a face mesh."""


@pytest.fixture(scope="module", params=["announcer1", "announcer3"])
def drawn(request: pytest.FixtureRequest, assets: Path) -> Mapping[str, Render]:
    """Pictures of an announcer; skips where nothing can be drawn."""
    try:
        open_context().release()
    except AssetError as error:
        pytest.skip(str(error))
    with Renderer(ANNOUNCERS[request.param], 512, assets) as renderer:
        return {name: renderer.render(POSES[name]) for name in ("rest", "wide", "left", "right")}


def test_the_wide_mouth_shows_both_rows_of_teeth(drawn: Mapping[str, Render]) -> None:
    assert both_rows(drawn["wide"].parts, drawn["wide"].landmarks68)


def test_left_and_right_are_the_announcers_own(drawn: Mapping[str, Render]) -> None:
    right, ahead, left = (drawn[name].landmarks478[IRISES, 0] for name in ("right", "rest", "left"))
    assert (ahead - right > 4).all()
    assert (left - ahead > 4).all()
