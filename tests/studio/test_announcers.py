"""The table of announcers, and the six of them at rest."""

import pytest

from vcam.errors import InputError
from vcam.studio.announcers import ANNOUNCERS, announcer_named
from vcam.studio.backdrop import BACKDROPS, backdrop_image
from vcam.studio.camera import FACE_BOX, REGION
from vcam.studio.hairstyles import STYLES


def test_there_are_six_and_women_and_men_alternate() -> None:
    assert list(ANNOUNCERS) == [f"announcer{number}" for number in range(1, 7)]
    assert [who.woman for who in ANNOUNCERS.values()] == [True, False] * 3


def test_no_two_share_a_seed_a_haircut_or_a_backdrop() -> None:
    rows = list(ANNOUNCERS.values())
    for feature in ("seed", "backdrop"):
        assert len({vars(who)[feature] for who in rows}) == 6
    assert {who.hair.style for who in rows} == set(STYLES)
    assert {who.backdrop for who in rows} == set(BACKDROPS)


def test_an_unknown_name_is_answered_with_the_names_there_are() -> None:
    with pytest.raises(InputError) as caught:
        announcer_named("announcer7")
    assert str(caught.value) == (
        "No announcer 'announcer7'; there are announcer1, announcer2, announcer3, announcer4, "
        "announcer5, announcer6."
    )


@pytest.mark.parametrize("name", ANNOUNCERS)
def test_a_backdrop_is_calm_behind_the_head(name: str) -> None:
    image = backdrop_image(ANNOUNCERS[name], FACE_BOX, REGION, REGION)
    assert image.shape == (REGION, REGION, 3)
    assert image.min() >= -4
    step = abs(image[:, 4:] - image[:, :-4]).mean()
    assert step < 6.0
    assert (image == backdrop_image(ANNOUNCERS[name], FACE_BOX, REGION, REGION)).all()
