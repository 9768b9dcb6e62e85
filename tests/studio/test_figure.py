"""One figure at rest: hair, brows and lashes, skin masks, clothes."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from vcam.media import Controls, Vector
from vcam.studio.announcers import ANNOUNCERS
from vcam.studio.arrays import Floats
from vcam.studio.assets import HeadAsset
from vcam.studio.figure import Figure
from vcam.studio.growth import Growth
from vcam.studio.hair import grow_hair
from vcam.studio.head import FACE, draw_identity
from vcam.studio.landmarks import INNER_LIPS, LANDMARKS_68
from vcam.studio.mesh import triangles
from vcam.studio.neckwear import TIE, UNDER
from vcam.studio.renderer import Renderer
from vcam.studio.skull import Skull
from vcam.studio.visemes import expression


@pytest.fixture(scope="module")
def figure(renderer: Renderer) -> Figure:
    return renderer.figure


def growth(figure: Figure, kind: str) -> Growth:
    return next(g for g in figure.growths if g.kind == kind)


def test_bound_strands_stand_at_rest_where_they_grew(figure: Figure) -> None:
    for grown in figure.growths:
        placed = grown.follow(figure.head.rest)
        np.testing.assert_allclose(placed, grown.strands.points, atol=2e-3)


def test_lashes_swing_down_when_the_eyes_shut(figure: Figure) -> None:
    lashes = growth(figure, "lash")
    wide = lashes.follow(figure.head.shape(Controls(0)).vertices)
    shut = lashes.follow(figure.head.shape(Controls(0, blink=(1.0, 1.0))).vertices)
    upper = wide[:, -1, 1] > wide[:, 0, 1]
    lifted_wide = (wide[:, -1, 1] - wide[:, 0, 1])[upper].mean()
    lifted_shut = (shut[:, -1, 1] - shut[:, 0, 1])[upper].mean()
    assert lifted_shut < lifted_wide - 0.04


def test_brows_rise_with_their_weights(figure: Figure) -> None:
    brows = growth(figure, "brow")
    still = brows.follow(figure.head.shape(Controls(0)).vertices)
    raised = expression(browInnerUp=1.0, browOuterUp=1.0)
    up = brows.follow(figure.head.shape(Controls(0, expression=raised)).vertices)
    assert (up - still)[..., 1].mean() > 0.3


def test_lips_are_inside_their_border_and_the_nose_is_not(figure: Figure) -> None:
    lip = figure.masks.lip_cm
    assert lip[LANDMARKS_68[INNER_LIPS][[1, 2, 3, 5, 6, 7]]].min() > 0.2
    assert lip[LANDMARKS_68[27:36]].max() < 0.0
    assert lip[LANDMARKS_68[:17]].max() < -1.0


def test_no_hair_grows_on_the_face_and_no_beard_on_the_brow(figure: Figure) -> None:
    marks = LANDMARKS_68[17:]
    assert figure.masks.scalp[marks].max() < 0.05
    assert figure.masks.stubble[LANDMARKS_68[17:31]].max() < 0.05
    assert figure.masks.beard[LANDMARKS_68[8]] > 0.3


def test_a_beard_leaves_lips_and_cheeks_free(figure: Figure) -> None:
    masks, rest = figure.masks, figure.head.rest
    assert (masks.beard <= masks.stubble).all()
    assert masks.beard[masks.lip_cm > 0.03].max() == 0.0
    mark = rest[LANDMARKS_68]
    for nostril, corner in ((31, 48), (35, 54)):
        cheek = np.array([1.6 * mark[corner, 0], mark[nostril, 1]])
        near = np.linalg.norm(rest[:, :2] - cheek, axis=1) < 0.4
        assert masks.beard[near & (rest[:, 2] > 0)].max() < 0.1


def test_a_short_beard_is_an_even_shade(assets: Path) -> None:
    """Drawn hair by hair it once was noise, which no network follows."""
    with Renderer(ANNOUNCERS["announcer4"], 256, assets) as opened:
        drawn = opened.render(Controls(0))
    grey = drawn.rgba[..., :3].mean(2).astype(np.float32)
    mark = drawn.landmarks68
    chin, cheek = (mark[57] + mark[8]) / 2, (mark[31] + mark[2]) / 2
    beard, skin = (patch(grey, spot, 7) for spot in (chin, cheek))
    assert beard.mean() < 0.85 * skin.mean()
    grain = beard - cv2.GaussianBlur(beard, (0, 0), 2.0)
    assert 0.005 < grain.std() / beard.mean() < 0.05


def patch(grey: Floats, spot: Vector, reach: int) -> Floats:
    x, y = spot.round().astype(int)
    return grey[y - reach : y + reach + 1, x - reach : x + reach + 1]


def test_a_suit_has_a_shirt_and_a_tie_that_keep_still(figure: Figure) -> None:
    assert {UNDER, TIE} <= set(np.unique(figure.cloth.material))
    assert figure.cloth.share.max() == 0.0
    assert np.isfinite(figure.cloth.vertices).all()
    np.testing.assert_allclose(np.linalg.norm(figure.cloth.normals, axis=1), 1.0, atol=1e-3)


@pytest.mark.parametrize("name", ["announcer1", "announcer2", "announcer6"])
def test_hair_stays_out_of_the_skull_and_grows_the_same_twice(
    name: str, head_asset: HeadAsset
) -> None:
    who = ANNOUNCERS[name]
    rest = draw_identity(head_asset, who).rest
    faces = triangles(head_asset.quads[:11144])
    first, second = (grow_hair(who, rest, faces) for _ in range(2))
    np.testing.assert_array_equal(first.strands.points, second.strands.points)
    points = first.strands.points[:, 2:]
    high = points[points[..., 1] > 3.0]
    height, _ = Skull(rest, faces).height(high)
    assert (height < -0.15).mean() < 0.02
    assert FACE.stop < len(first.scalp)
