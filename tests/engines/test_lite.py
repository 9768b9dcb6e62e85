"""The default engine: its identities, what moves it, and what it says of wrong files."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml

from tests.engines import tiny
from tests.engines.tiny import IDENTITY
from tests.lite_faces import lively_net, make_face
from vcam.arkit import ARKIT_INDEX, ARKIT_NAMES
from vcam.engines import build_engine
from vcam.engines.card import ModelCard
from vcam.engines.lite import LiteEngine, build, find_state
from vcam.engines.lite_state import load_state, save_state
from vcam.engines.merging import merge
from vcam.errors import InputError, ModelError, ProfileError
from vcam.identity import load_identity
from vcam.media import Controls, Image, Vector
from vcam.nets.fuser import Fuser
from vcam.nets.lite_plan import LiteSize
from vcam.profile import EngineSettings
from vcam.runtimes import openvino
from vcam.training.export import export
from vcam.training.lite_identity import make_state

FAST = EngineSettings(runtime="openvino", precision="fp32")
PLAIN = EngineSettings(runtime="torch", precision="fp32")


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory) -> ModelCard:
    """Return a small model that knows announcer3 and announcer1."""
    return tiny.lite(tmp_path_factory.mktemp("lite"))


def made(card: ModelCard, name: str = IDENTITY, settings: EngineSettings = FAST) -> LiteEngine:
    engine = build(card, load_identity(name), settings)
    assert isinstance(engine, LiteEngine)
    return engine


def weights(**some: float) -> Vector:
    expression = np.zeros(len(ARKIT_NAMES), np.float32)
    for name, weight in some.items():
        expression[ARKIT_INDEX[name]] = weight
    return expression


def far(a: Image, b: Image) -> float:
    return float(np.abs(a.astype(float) - b.astype(float)).mean())


def test_constant_controls_give_constant_pixels(card: ModelCard) -> None:
    engine = made(card)
    first = engine.render(Controls(0, expression=weights(jawOpen=0.5)))
    for t_ns in range(33_000_000, 500_000_000, 33_000_000):
        again = engine.render(Controls(t_ns, expression=weights(jawOpen=0.5)))
        assert np.array_equal(again, first)


def test_both_runtimes_draw_the_same_picture(card: ModelCard) -> None:
    controls = Controls(0, expression=weights(jawOpen=0.7), pose=(0.2, 0.1, 0.0), gaze=(0.5, 0.0))
    fast, plain = (made(card, settings=s).render(controls) for s in (FAST, PLAIN))
    assert far(fast, plain) < 0.02


def test_identities_are_exchanged_between_two_frames_a_hundred_times(card: ModelCard) -> None:
    engine = made(card)
    controls = Controls(0, expression=weights(jawOpen=0.4), pose=(0.1, 0.0, 0.0))
    names = (IDENTITY, "announcer1")
    alone = {name: made(card, name).render(controls) for name in names}
    assert far(alone[names[0]], alone[names[1]]) > 1.0
    states = {name: find_state(card, name, 256) for name in names}
    for turn in range(100):
        name = names[turn % 2]
        engine.wear(states[name])
        assert np.array_equal(engine.render(controls), alone[name])


def test_an_identity_fits_into_3_mb_at_512_and_reads_as_written(tmp_path: Path) -> None:
    state = make_state(lively_net(LiteSize()), make_face(512), "drawn", "abc")
    file = tmp_path / "drawn.safetensors"
    save_state(state, file)
    assert file.stat().st_size <= 3_000_000
    read = load_state(file)
    assert (read.identity, read.weights, read.side) == ("drawn", "abc", 512)
    assert read.corners == state.corners
    assert np.array_equal(read.pictures["rest"], state.pictures["rest"])
    assert np.array_equal(read.backdrop, state.backdrop)
    for name, array in state.features.items():
        assert np.allclose(read.features[name], array, atol=0.01, rtol=0.002)


def test_blink_mood_and_speech_become_one_expression() -> None:
    controls = Controls(
        0, expression=weights(mouthSmileLeft=0.5, eyeBlinkLeft=0.2), blink=(0.1, 0.7)
    )
    expression, _ = merge(controls, weights(jawOpen=0.4, mouthSmileLeft=0.7))
    found = {name: float(expression[ARKIT_INDEX[name]]) for name in ("jawOpen", "mouthSmileLeft")}
    assert found == pytest.approx({"jawOpen": 0.4, "mouthSmileLeft": 1.0})
    assert expression[ARKIT_INDEX["eyeBlinkLeft"]] == pytest.approx(0.2)
    assert expression[ARKIT_INDEX["eyeBlinkRight"]] == pytest.approx(0.7)


def test_an_outside_drivers_look_becomes_gaze() -> None:
    looking = weights(eyeLookOutLeft=0.6, eyeLookInRight=0.4, eyeLookDownLeft=1, eyeLookDownRight=1)
    expression, gaze = merge(Controls(0, expression=looking, gaze=(0.1, 0.2)), None)
    assert gaze == pytest.approx([0.6, -0.8])
    assert not expression.any()


def test_an_expression_of_another_length_is_one_sentence(card: ModelCard) -> None:
    with pytest.raises(
        InputError, match=r"shape \(51,\): wanted \(52,\), one weight for each ARKit"
    ):
        made(card).render(Controls(0, expression=np.zeros(51, np.float32)))


def test_an_identity_that_the_weights_do_not_know_is_one_sentence(card: ModelCard) -> None:
    with pytest.raises(
        ModelError, match=r"does not know the face 'announcer2'; .* announcer1, announcer3$"
    ):
        made(card, "announcer2")


def test_an_identity_file_of_somebody_else_is_one_sentence(card: ModelCard, tmp_path: Path) -> None:
    moved = replace(card, folder=tmp_path)
    other = card.folder / "announcer1.safetensors"
    (tmp_path / f"{IDENTITY}.safetensors").write_bytes(other.read_bytes())
    with pytest.raises(ModelError, match="is of 'announcer1' at 256 pixels; wanted 'announcer3'"):
        find_state(moved, IDENTITY, 256)
    with pytest.raises(ModelError, match=r"is of 'announcer3' at 256 pixels; wanted .* at 512"):
        find_state(card, IDENTITY, 512)


def test_an_identity_of_other_weights_is_one_sentence(card: ModelCard) -> None:
    other = replace(card, weights={"net.safetensors": "0" * 64})
    with pytest.raises(ModelError, match="and of other weights than the model's; install"):
        find_state(other, IDENTITY, 256)


@pytest.mark.parametrize("damage", [b"", b"not a file of tensors", None])
def test_a_damaged_identity_file_is_one_sentence(
    damage: bytes | None, card: ModelCard, tmp_path: Path
) -> None:
    whole = (card.folder / f"{IDENTITY}.safetensors").read_bytes()
    file = tmp_path / f"{IDENTITY}.safetensors"
    file.write_bytes(whole[: len(whole) // 2] if damage is None else damage)
    with pytest.raises(ModelError, match=r"identity file '.*' cannot be read \(.*\); install"):
        load_state(file)


def test_weights_are_no_identity_file(card: ModelCard) -> None:
    with pytest.raises(ModelError, match=r"is not an identity file of lite \(kind None, wanted"):
        load_state(card.folder / "net.safetensors")


def test_a_side_that_the_net_cannot_draw_is_one_sentence(card: ModelCard) -> None:
    with pytest.raises(ModelError, match="side = 300: wanted 256, 512 or 1024"):
        made(replace(card, net={"side": 300}))


def test_bf16_without_a_processor_that_has_it_is_one_sentence(
    card: ModelCard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(openvino, "has_bf16", lambda: False)
    with pytest.raises(ProfileError, match="this processor has no bf16; choose auto or fp32"):
        made(card, settings=replace(FAST, precision="bf16"))


def fuser(folder: Path, family: str = "fuser") -> None:
    """Write a small fuser whose mouth opens with the level of the sound."""
    torch.manual_seed(0)
    sizes = {"frequency": [2, 2, 2], "channels": 8, "branch": 8}
    net = Fuser((2, 2, 2), 8, 8).eval()
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.abs_()
    files = export(net, net.examples(), folder)
    card = {"family": family, "licence": "MIT", "data": "none", "net": sizes, "weights": files}
    (folder / "model.yaml").write_text(yaml.safe_dump(card))


@pytest.fixture
def speaking(card: ModelCard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModelCard:
    """Return a model with a small fuser in front."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    fuser(tmp_path / "vcam" / "models" / "tiny_fuser")
    return replace(card, net={**card.net, "fuser": "tiny_fuser"})


@pytest.mark.parametrize(("sync", "ahead_ms"), [("delayed", 80), ("low-latency", 40)])
def test_a_voice_moves_the_mouth_and_a_shut_gate_lets_go_of_it(
    speaking: ModelCard, sync: str, ahead_ms: int
) -> None:
    engine = build_engine(speaking, load_identity(IDENTITY), replace(FAST, sync=sync))  # type: ignore[arg-type]
    window = engine.spec.window
    assert window is not None
    assert (window.kind, window.look_ahead_ms) == ("normalised_log_mel", ahead_ms)
    loud = np.ones((50, 80), np.float32)

    def at(ms: int, voiced: bool) -> Image:
        return engine.render(Controls(ms * 1_000_000, audio=loud, voiced=voiced))

    rest = at(0, voiced=False)
    assert np.array_equal(at(33, voiced=False), rest)
    at(66, voiced=True)
    assert far(at(166, voiced=True), rest) > 0.05
    at(200, voiced=False)
    assert np.array_equal(at(300, voiced=False), rest)


def test_a_model_that_is_no_fuser_in_front_is_one_sentence(
    card: ModelCard, speaking: ModelCard
) -> None:
    with pytest.raises(ModelError, match="family = 'still': wanted a fuser; name one"):
        made(replace(card, net={**card.net, "fuser": "still"}))
    with pytest.raises(ModelError, match="unknown model 'tiny_fusr'; did you mean 'tiny_fuser'"):
        made(replace(card, net={**card.net, "fuser": "tiny_fusr"}))


def test_a_call_on_openvino_never_imports_torch(speaking: ModelCard) -> None:
    probe = (
        "import sys\n"
        "from pathlib import Path\n"
        "from vcam.engines import build_engine\n"
        "from vcam.engines.card import ModelCard\n"
        "from vcam.identity import load_identity\n"
        "from vcam.media import Controls\n"
        "from vcam.profile import EngineSettings\n"
        f"card = ModelCard('lite', Path({str(speaking.folder)!r}), 'lite', 'MIT',\n"
        f"                 net={speaking.net!r}, weights={speaking.weights!r})\n"
        "settings = EngineSettings(runtime='openvino', precision='fp32')\n"
        f"engine = build_engine(card, load_identity({IDENTITY!r}), settings)\n"
        "engine.render(Controls(0))\n"
        "sys.exit('torch' in sys.modules)\n"
    )
    assert subprocess.run([sys.executable, "-c", probe], check=False).returncode == 0
