"""The papers' engines with the weights that are shipped: they look like somebody, and they talk."""

from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from vcam.audio.features import Mfcc
from vcam.cli import main
from vcam.engines import build_engine
from vcam.engines.apb2facev2 import reference
from vcam.engines.base import Engine
from vcam.engines.card import load_card
from vcam.engines.senses import STEPS
from vcam.errors import ModelError
from vcam.identity import load_identity
from vcam.media import Controls, Image, Vector
from vcam.profile import EngineSettings
from vcam.runtimes.openvino import has_bf16
from vcam.similarity import ssim_map

DEMO = Path(__file__).parents[2] / "vcam" / "audio" / "demo.ogg"
WHO = tuple(f"announcer{number}" for number in range(1, 7))
DRAWN = [("apb2facev2", who) for who in WHO] + [("apb2face", "announcer3")]
FAMILIES = ("apb2facev2", "apb2face")


def engine_of(family: str, who: str) -> Engine:
    return build_engine(load_card(family), load_identity(who), EngineSettings())


def quiet(**given: tuple[float, ...]) -> Controls:
    """Return controls in silence, with what is `given`."""
    return Controls(0, audio=np.tile(Mfcc().silence, (STEPS, 1)), **given)  # type: ignore[arg-type]


def still(who: str, side: int) -> Vector:
    """Return an announcer at rest, (side, side, 3) in 0 .. 255."""
    picture = reference(load_identity(who), side)[0].transpose(1, 2, 0)
    return np.asarray((picture + 1.0) * 127.5, np.float32)


def band(picture: Image, top: float, bottom: float) -> Vector:
    """Return the middle of a picture from one height to another, as shares of its side."""
    side = len(picture)
    inner = picture[round(top * side) : round(bottom * side), round(0.3 * side) : round(0.7 * side)]
    return np.asarray(inner, np.float32)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_weights_are_small_and_the_card_says_what_they_are(family: str) -> None:
    card = load_card(family)
    files = [file for file in card.folder.rglob("*") if file.is_file()]
    assert sum(file.stat().st_size for file in files) <= 20e6
    assert "licence" in card.data
    assert f"train {family}" in card.retrain
    assert card.measured


@pytest.mark.parametrize(("family", "who"), DRAWN)
def test_at_rest_it_is_the_announcer_and_nobody_else(family: str, who: str) -> None:
    picture = engine_of(family, who).render(quiet())
    side = len(picture)
    likeness = {
        name: float(ssim_map(picture, still(name, side).round().astype(np.uint8)).mean())
        for name in WHO
    }
    assert max(likeness, key=lambda name: likeness[name]) == who
    assert likeness[who] > 0.8


@pytest.mark.parametrize(("family", "who"), DRAWN)
def test_lids_and_head_move_what_they_name(family: str, who: str) -> None:
    engine = engine_of(family, who)
    rest = engine.render(quiet())
    shut, turned = engine.render(quiet(blink=(1.0, 1.0))), engine.render(quiet(pose=(0.2, 0, 0)))

    def moved(picture: Image, top: float, bottom: float) -> float:
        return float(np.abs(band(picture, top, bottom) - band(rest, top, bottom)).mean())

    assert moved(shut, 0.42, 0.56) > 2 * moved(shut, 0.62, 0.75)
    assert moved(turned, 0.2, 0.8) > 2 * moved(shut, 0.2, 0.8)


@pytest.mark.parametrize(("family", "who"), DRAWN)
def test_in_bf16_it_is_the_same_face(family: str, who: str) -> None:
    if not has_bf16():
        pytest.skip("this processor has no bf16")
    card, identity = load_card(family), load_identity(who)
    exact, fast = (
        build_engine(card, identity, EngineSettings(precision=precision)).render(quiet())
        for precision in ("fp32", "bf16")
    )
    assert np.abs(exact.astype(float) - fast).mean() < 0.5


@pytest.mark.parametrize("family", FAMILIES)
def test_the_announcer_talks_into_a_file(family: str, tmp_path: Path) -> None:
    video = tmp_path / "out.mp4"
    words = ["--profile", "announcer3", "--engine", family, "--life", "still", "--fast", "--quiet"]
    ways = ["--audio", str(DEMO), "--to", f"file:{video}", "--duration", "4"]
    assert main([*words, *ways]) == 0
    with av.open(str(video)) as file:
        frames = [frame.to_ndarray(format="rgb24") for frame in file.decode(video=0)]
    assert len(frames) == pytest.approx(120, abs=1)
    small = [cv2.resize(f, (320, 180), interpolation=cv2.INTER_AREA).astype(float) for f in frames]
    change = np.array([np.abs(frame - small[0]).mean() for frame in small])
    assert change.max() > 0.1
    assert np.abs(np.diff(change)).max() > 0.02


def test_torch_that_has_no_weights_says_what_to_do() -> None:
    card, torch = load_card("apb2facev2"), EngineSettings(runtime="torch")
    with pytest.raises(ModelError, match=r"for torch are missing; choose engine.runtime openvino"):
        build_engine(card, load_identity("announcer1"), torch)
