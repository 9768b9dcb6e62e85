"""Which model draws: the best that the machine draws in time, and what the user is told of it."""

import threading
from typing import Any, cast

import pytest

from vcam.engines.card import AUTO, FACES, candidates, load_card
from vcam.errors import ModelError
from vcam.fitting import Fitted, fitted_painter, least_time_ms
from vcam.painter import FacePainter
from vcam.profile import Profile, load_profile

BEST, LIGHTER = FACES


class Drawn:
    """A painter that only knows which model draws."""

    def __init__(self, profile: Profile) -> None:
        self.model = profile.model
        self.pictures = 0

    def warm_up(self) -> None:
        self.pictures += 1


def fitted(model: str, took_ms: dict[str, float], fps: int = 30) -> Fitted:
    """Fit on a machine where a picture of each model takes so long."""
    flags: dict[str, tuple[str, object]] = {"model": ("", model), "video.fps": ("", fps)}
    built: list[Drawn] = []

    def build(profile: Profile) -> FacePainter:
        built.append(Drawn(profile))
        return cast(FacePainter, built[-1])

    return fitted_painter(
        load_profile("announcer3", flags).profile, build, lambda _: took_ms[built[-1].model]
    )


def model_of(found: Fitted) -> str:
    painter: Any = found.painter
    assert painter.pictures > 0  # the first one is slow: it is not left to the call
    return str(painter.model)


@pytest.mark.parametrize(
    ("took_ms", "fps", "model", "remark"),
    [
        ({BEST: 17.0}, 30, BEST, ""),
        ({BEST: 54.0}, 10, BEST, ""),
        (
            {BEST: 54.0, LIGHTER: 17.0}, 30, LIGHTER,
            "A picture of lite512 takes 54 ms on this machine, and at 30 a second it may take 22; "
            "lite256 draws instead, --engine lite512 insists.",
        ),
        (
            {BEST: 160.0, LIGHTER: 55.0}, 30, LIGHTER,
            "A picture of lite256 takes 55 ms on this machine, and at 30 a second it may take 22; "
            "some will be left out, --fps 11 draws evenly.",
        ),
    ],
)  # fmt: skip
def test_auto_takes_the_best_that_draws_in_time(
    took_ms: dict[str, float], fps: int, model: str, remark: str
) -> None:
    found = fitted(AUTO, took_ms, fps)
    assert (model_of(found), found.remark) == (model, remark)


def test_who_insists_gets_what_was_asked_for_and_is_told() -> None:
    found = fitted(BEST, {BEST: 54.0})
    assert model_of(found) == BEST
    assert found.remark.endswith("some will be left out, --fps 12 draws evenly.")


def test_what_it_advises_draws_evenly() -> None:
    assert fitted(BEST, {BEST: 54.0}, fps=12).remark == ""


def test_an_engine_slower_than_a_second_is_advised_one_picture_a_second() -> None:
    assert "--fps 1 " in fitted("apb2face", {"apb2face": 1500.0}).remark


def test_every_model_of_auto_is_shipped_and_hears_the_same_sound() -> None:
    nets = [load_card(name).net for name in candidates(AUTO)]
    assert len({net["fuser"] for net in nets}) == 1  # else the delay would not fit


def test_a_slip_of_the_pen_finds_auto() -> None:
    with pytest.raises(ModelError, match="did you mean 'auto'"):
        load_card("atuo")


def test_waiting_is_not_work() -> None:
    """What others hold up does not count: the processor has done nothing meanwhile."""
    took_ms = least_time_ms(lambda: threading.Event().wait(0.05))
    assert took_ms < 25.0
