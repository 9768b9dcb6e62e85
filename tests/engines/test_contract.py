"""What every engine promises: one test of each promise for every family of the table."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest

from tests.engines.tiny import FAMILIES, IDENTITY
from vcam.engines import ENGINES, build_engine
from vcam.engines.base import Engine
from vcam.engines.card import ModelCard
from vcam.errors import ModelError
from vcam.identity import load_identity
from vcam.media import Controls, Image
from vcam.profile import EngineSettings

CHANGES = {"audio", "pose", "blink"}
PLAIN = EngineSettings(runtime="torch", precision="fp32")
FAST = EngineSettings(runtime="openvino", precision="fp32")


@pytest.fixture(scope="module")
def cards(tmp_path_factory: pytest.TempPathFactory) -> dict[str, ModelCard]:
    """Return a small model of every family."""
    return {name: family.write(tmp_path_factory.mktemp(name)) for name, family in FAMILIES.items()}


@pytest.fixture(params=sorted(ENGINES))
def family(request: pytest.FixtureRequest) -> str:
    """Return each family in turn."""
    return str(request.param)


@pytest.fixture
def engine(family: str, cards: dict[str, ModelCard]) -> Engine:
    """Return its engine."""
    return build_engine(cards[family], load_identity(IDENTITY), FAST)


def moment(engine: Engine, **changed: object) -> Controls:
    """Return controls with as much sound as the engine wants."""
    window, audio = engine.spec.window, None
    if window is not None:
        shape = (
            (64, 60)
            if window.kind == "mfcc"
            else ((window.past_ms + window.look_ahead_ms) // 10, 80)
        )
        unit = 40.0 if window.kind == "mfcc" else 1.0  # what such features differ by
        audio = (unit * np.random.default_rng(0).normal(-0.5, 0.2, shape)).astype(np.float32)
    plain = Controls(t_ns=0, audio=audio, voiced=True, pose=(0.1, 0.0, 0.0))
    return replace(plain, **changed)  # type: ignore[arg-type]


def difference(a: Image, b: Image) -> float:
    """Return the mean difference of two pictures in grey levels."""
    return float(np.abs(a.astype(float) - b.astype(float)).mean())


def test_every_family_can_be_tried() -> None:
    assert set(FAMILIES) == set(ENGINES)


def test_the_picture_is_what_the_spec_says(engine: Engine) -> None:
    image = engine.render(moment(engine))
    height, width = engine.spec.size
    assert image.shape == (height, width, 4 if engine.spec.alpha else 3)
    assert image.dtype == np.uint8
    assert image.flags.c_contiguous
    assert image.std() > 1.0


def test_the_same_controls_give_the_same_picture_whatever_came_between(engine: Engine) -> None:
    first = engine.render(moment(engine))
    kept = first.copy()
    engine.render(moment(engine, pose=(-0.3, 0.2, 0.1)))
    assert np.array_equal(engine.render(moment(engine)), kept)
    assert np.array_equal(first, kept)


@pytest.mark.parametrize("change", sorted(CHANGES))
def test_what_should_move_the_face_moves_it(engine: Engine, family: str, change: str) -> None:
    other: dict[str, object] = {"pose": (-0.3, 0.2, 0.1), "blink": (1.0, 1.0)}
    still = moment(engine)
    if change == "audio":
        heard = np.eye(48, 80, dtype=np.float32) if still.audio is None else still.audio
        bands = 1.0 + np.sin(np.arange(heard.shape[1]), dtype=np.float32)
        other["audio"] = heard + 2.0 * heard.std() * bands
    moved = engine.render(replace(still, **{change: other[change]}))  # type: ignore[arg-type]
    found = difference(moved, engine.render(still))
    assert (found > 0.02) == (change in FAMILIES[family].moves), found


def test_controls_without_sound_are_drawn_too(engine: Engine) -> None:
    assert engine.render(moment(engine, audio=None)).shape[:2] == engine.spec.size


def test_the_fast_path_draws_what_the_plain_path_draws(
    family: str, cards: dict[str, ModelCard], engine: Engine
) -> None:
    plain = build_engine(cards[family], load_identity(IDENTITY), PLAIN)
    a, b = engine.render(moment(engine)), plain.render(moment(plain))
    off = np.abs(a.astype(int) - b.astype(int))
    assert (off > 1).mean() < 1e-4  # rounding may fall either way, rarely of a colour's place too
    assert off.max() <= 4


def test_hundreds_of_pictures_leave_nothing_in_memory(engine: Engine) -> None:
    process, controls = psutil.Process(), moment(engine)
    for _ in range(100):
        engine.render(controls)
    before = process.memory_info().rss
    for _ in range(300):
        engine.render(controls)
    assert process.memory_info().rss - before < 8 * 2**20


def test_an_unknown_key_of_the_card_is_named(family: str, cards: dict[str, ModelCard]) -> None:
    wrong = replace(cards[family], net={**cards[family].net, "sidd": 3})
    with pytest.raises(ModelError, match=r"model\.yaml: net.*sidd"):
        build_engine(wrong, load_identity(IDENTITY), FAST)


def test_a_model_of_another_family_is_one_sentence(
    cards: dict[str, ModelCard], tmp_path: Path
) -> None:
    shutil.copytree(cards["apb2face"].folder, tmp_path / "other")
    wrong = replace(cards["apb2facev2"], folder=tmp_path / "other")
    with pytest.raises(ModelError, match=r"encode.xml' is missing; install vcam again"):
        build_engine(wrong, load_identity(IDENTITY), FAST)
    with pytest.raises(ModelError, match=r"are not those of APB2FaceV2 \(.*\); install"):
        build_engine(wrong, load_identity(IDENTITY), PLAIN)
    unknown = replace(cards["still"], family="apb2facev3")
    with pytest.raises(ModelError, match="unknown; did you mean 'apb2facev2'"):
        build_engine(unknown, load_identity(IDENTITY), FAST)


def test_a_side_that_was_not_exported_is_one_sentence(cards: dict[str, ModelCard]) -> None:
    card = cards["apb2facev2"]
    larger = replace(card, net={**card.net, "side": 64})
    with pytest.raises(ModelError, match=r"encode.xml' takes reference of 1x3x32x32, found 1x3x64"):
        build_engine(larger, load_identity(IDENTITY), FAST)
