"""The pictures of an identity that `lite` draws from: what none of them shows it cannot show."""

from pathlib import Path

import pytest

from vcam.errors import AssetError
from vcam.studio.announcers import ANNOUNCERS
from vcam.studio.gl import open_context
from vcam.studio.renderer import Renderer
from vcam.training.face_frames import both_rows
from vcam.training.lite_identity import POSES


@pytest.mark.parametrize("name", ["announcer1", "announcer3"])
def test_the_wide_mouth_shows_both_rows_of_teeth(name: str, assets: Path) -> None:
    try:
        open_context().release()
    except AssetError as error:
        pytest.skip(str(error))
    with Renderer(ANNOUNCERS[name], 512, assets) as renderer:
        drawn = renderer.render(POSES["wide"])
    assert both_rows(drawn.parts, drawn.landmarks68)
