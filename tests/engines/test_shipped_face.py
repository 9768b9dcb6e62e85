"""The face that is shipped: every profile draws its own announcer, and the announcer speaks."""

from pathlib import Path

import av
import numpy as np
import pytest

from vcam.arkit import ARKIT_INDEX, ARKIT_NAMES
from vcam.cli import main
from vcam.engines import build_engine
from vcam.engines.base import Engine
from vcam.engines.card import ModelCard, candidates, load_card
from vcam.engines.lite import find_state
from vcam.engines.lite_state import SUFFIX, LiteState
from vcam.identity import load_identity
from vcam.media import Controls, Image, Vector
from vcam.nets.lite_plan import LEFT_EYE, MOUTH, RIGHT_EYE, Region
from vcam.profile import EngineSettings, load_profile
from vcam.similarity import ssim_map

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "vcam" / "audio" / "demo.ogg"
WHO = tuple(f"announcer{number}" for number in range(1, 7))
MODELS = ("lite512", "lite256")


@pytest.fixture(scope="module", params=MODELS)
def card(request: pytest.FixtureRequest) -> ModelCard:
    """Return each shipped model."""
    return load_card(request.param)


def engine_of(card: ModelCard, who: str) -> Engine:
    return build_engine(card, load_identity(who), EngineSettings())


def state_of(card: ModelCard, who: str) -> LiteState:
    return find_state(card, who, card.net["side"])


def part(picture: Image, state: LiteState, region: Region) -> Image:
    corners = dict(zip(("mouth", "left_eye", "right_eye"), state.corners, strict=True))
    return picture[region.slices(corners[region.name], state.side)][..., :3]


def moved(a: Image, b: Image) -> float:
    return float(np.abs(a.astype(float) - b.astype(float)).mean())


def weights(**given: float) -> Vector:
    expression = np.zeros(len(ARKIT_NAMES), np.float32)
    for name, weight in given.items():
        expression[ARKIT_INDEX[name]] = weight
    return expression


@pytest.mark.parametrize("who", WHO)
def test_every_profile_is_drawn_by_it(who: str) -> None:
    profile = load_profile(who).profile
    assert candidates(profile.model)[0] == MODELS[0]
    assert profile.identity == who


def test_the_files_are_small(card: ModelCard) -> None:
    files = {file.name: file.stat().st_size for file in card.folder.iterdir()}
    known = {f"{who}{SUFFIX}" for who in WHO}
    assert known <= set(files)
    assert sum(size for name, size in files.items() if name not in known) <= 12e6
    assert max(files[name] for name in known) <= 3e6


@pytest.mark.parametrize("who", WHO)
def test_at_rest_it_is_the_announcer_and_nobody_else(card: ModelCard, who: str) -> None:
    picture = engine_of(card, who).render(Controls(0))[..., :3]
    likeness = {
        name: float(ssim_map(picture, state_of(card, name).pictures["rest"]).mean()) for name in WHO
    }
    assert likeness[who] > 0.93
    assert max(likeness, key=lambda name: likeness[name]) == who
    assert sorted(likeness.values())[-2] < likeness[who] - 0.1


@pytest.mark.parametrize("who", WHO)
def test_controls_move_what_they_name_and_little_else(card: ModelCard, who: str) -> None:
    engine, state = engine_of(card, who), state_of(card, who)
    rest = engine.render(Controls(0))
    changed = {
        "mouth": engine.render(Controls(0, expression=weights(jawOpen=0.5))),
        "eyes": engine.render(Controls(0, blink=(1.0, 1.0))),
        "gaze": engine.render(Controls(0, gaze=(0.6, 0.0))),
    }
    by_part = {
        (name, region.name): moved(part(picture, state, region), part(rest, state, region))
        for name, picture in changed.items()
        for region in (MOUTH, LEFT_EYE, RIGHT_EYE)
    }
    assert by_part["mouth", "mouth"] > 4 * by_part["mouth", "left_eye"]
    for eye in ("left_eye", "right_eye"):
        assert by_part["eyes", eye] > 4 * by_part["eyes", "mouth"]
        assert by_part["gaze", eye] > 3 * by_part["gaze", "mouth"]
        assert by_part["gaze", eye] > 1.5


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize(("blink", "region"), [((1.0, 0.0), LEFT_EYE), ((0.0, 1.0), RIGHT_EYE)])
def test_a_lid_shuts_alone(
    card: ModelCard, who: str, blink: tuple[float, float], region: Region
) -> None:
    engine, state = engine_of(card, who), state_of(card, who)
    rest, both = engine.render(Controls(0)), engine.render(Controls(0, blink=(1.0, 1.0)))
    winking = engine.render(Controls(0, blink=blink))
    for eye in (LEFT_EYE, RIGHT_EYE):
        change = moved(part(winking, state, eye), part(rest, state, eye))
        shut = moved(part(both, state, eye), part(rest, state, eye))
        assert change > 0.7 * shut if eye is region else change < 0.3 * shut


def test_constant_controls_are_a_constant_picture(card: ModelCard) -> None:
    engine = engine_of(card, "announcer3")
    controls = Controls(0, pose=(0.1, 0.05, 0.0), expression=weights(jawOpen=0.3))
    assert np.array_equal(engine.render(controls), engine.render(controls))


def test_the_announcer_speaks_when_there_is_a_voice_and_is_silent_before(tmp_path: Path) -> None:
    video = tmp_path / "out.mp4"
    given = ["--profile", "announcer3", "--life", "still", "--audio", str(DEMO), "--fast"]
    assert main([*given, "--to", f"file:{video}", "--duration", "4", "--quiet"]) == 0
    with av.open(str(video)) as file:
        frames = [frame.to_ndarray(format="rgb24") for frame in file.decode(video=0)]
    assert len(frames) == pytest.approx(120, abs=1)
    change = np.array([np.abs(frame.astype(int) - frames[0]).mean() for frame in frames])
    assert change[:3].max() < 0.05
    assert change.max() > 0.2
