"""`train apb2facev2` and `train apb2face`: from clips to a model that the engine draws with."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml
from safetensors.numpy import load_file

from tests.speech_sets import make_speech_set
from tests.training.test_faces import write_clip
from vcam.cli import main
from vcam.engines import build_engine
from vcam.engines.card import ModelCard
from vcam.engines.senses import WINDOW
from vcam.identity import load_identity
from vcam.media import Controls
from vcam.profile import EngineSettings
from vcam.training.checkpoints import load_checkpoint


@pytest.fixture(scope="module")
def speech(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a speech set of one clip."""
    return make_speech_set(tmp_path_factory.mktemp("speech"), slice(1))


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a clip of drawn faces with sound."""
    folder = tmp_path_factory.mktemp("clips") / "clip1"
    write_clip(folder)
    return folder


def words(family: str, clip: Path, folder: Path, speech: Path) -> list[str]:
    """Return a training of ten steps of small nets."""
    small = ["--side", "32", "--width", "0.05", "--steps", "10", "--batch", "2"]
    places = ["--clips", str(clip), "--held-out", str(clip), "--folder", str(folder)]
    parts = ["--small-first", "0.5", "--adversarial-last", "0.5", "--emphasis"]
    if family == "apb2facev2":
        parts += ["--fuser-first", "0.2", "--muon", "5"]
    return ["train", family, *places, "--speech", str(speech), *parts, *small, "--minutes", "5"]


def step_of(folder: Path) -> int:
    """Return how far a part of a training is."""
    state = load_checkpoint(folder)
    assert state is not None
    return int(state["step"])


def trained(folder: Path) -> ModelCard:
    """Read the card that a training wrote."""
    raw = yaml.safe_load((folder / "model.yaml").read_text())
    return replace(ModelCard(folder.name, folder, raw["family"], raw["licence"]), **raw)


@pytest.fixture(scope="module")
def folders(clip: Path, speech: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return a finished training of each family."""
    found = {name: tmp_path_factory.mktemp(name) for name in ("apb2facev2", "apb2face")}
    for family, folder in found.items():
        assert main(words(family, clip, folder, speech)) == 0
    return found


@pytest.mark.parametrize("family", ["apb2facev2", "apb2face"])
def test_a_training_ends_as_a_model_that_draws(family: str, folders: dict[str, Path]) -> None:
    card = trained(folders[family] / "model")
    assert card.family == family
    assert any("ssim_face" in name for name in card.measured)
    assert any("still_ssim" in name for name in card.measured)
    settings = EngineSettings(runtime="openvino", precision="fp32")
    engine = build_engine(card, load_identity("announcer3"), settings)
    assert engine.spec.window == WINDOW
    image = engine.render(Controls(0, audio=np.zeros((64, 60), np.float32)))
    assert image.shape == (32, 32, 3)


def test_the_fuser_of_a_trained_model_can_be_kept_as_it_is(
    folders: dict[str, Path], clip: Path, speech: Path, tmp_path: Path
) -> None:
    weights = folders["apb2facev2"] / "model" / "net.safetensors"
    before = load_file(weights)
    second = words("apb2facev2", clip, tmp_path, speech)
    second += ["--frozen-fuser", str(weights), "--fuser-first", "0"]
    assert main(second) == 0
    after = load_file(tmp_path / "model/net.safetensors")
    fuser = [name for name in before if name.startswith("fuser.")]
    assert all(np.array_equal(before[name], after[name]) for name in fuser)
    assert any(not np.array_equal(before[n], after[n]) for n in before if n not in fuser)


def test_the_predictor_can_start_from_the_trunk_of_a_trained_fuser(
    folders: dict[str, Path], clip: Path, speech: Path, tmp_path: Path
) -> None:
    weights = folders["apb2facev2"] / "model" / "net.safetensors"
    more = ["--trunk", str(weights), "--steps", "1", "--predictor-share", "0.01"]
    assert main([*words("apb2face", clip, tmp_path, speech), *more]) == 0
    before, after = load_file(weights), load_file(tmp_path / "model/net.safetensors")
    name = "trunk.each_step.0.weight"
    assert np.allclose(after[name], before[f"fuser.{name}"], atol=1e-3)


@pytest.mark.parametrize("family", ["apb2facev2", "apb2face"])
def test_a_card_says_on_which_frames_it_was_measured(
    family: str, folders: dict[str, Path], clip: Path, speech: Path, tmp_path: Path
) -> None:
    assert trained(folders[family] / "model").measured["how"].endswith("on 6 held-out frames")
    folder = shutil.copytree(folders[family], tmp_path / family)
    assert main([*words(family, clip, folder, speech), "--held-out"]) == 0
    said = trained(folder / "model").measured["how"]
    assert said.endswith("on 6 frames that were learned from, none being held out")


@pytest.mark.parametrize("family", ["apb2facev2", "apb2face"])
def test_a_training_can_go_on_from_a_trained_model(
    family: str, folders: dict[str, Path], clip: Path, speech: Path, tmp_path: Path
) -> None:
    model = folders[family] / "model"
    more = ["--start", str(model), "--steps", "1", "--lr", "1e-6"]
    more += {"apb2facev2": ["--fuser-first", "0"], "apb2face": ["--predictor-share", "0"]}[family]
    assert main([*words(family, clip, tmp_path, speech), *more]) == 0
    for before in model.rglob("net.safetensors"):
        after = load_file(tmp_path / "model" / before.relative_to(model))
        for name, weights in load_file(before).items():
            assert np.allclose(after[name], weights, atol=1e-3), name


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (["--predictor-share", "0"], "0: no predictor to keep; give a model with --start"),
        (["--predictor-share", "1"], "1: no time for the reenactors; give a share below 1, or"),
        (["--predictor-share", "1.5"], "--predictor-share 1.5: wanted a share from 0 to 1"),
        (["--dropout", "2"], "--dropout 2: wanted a share from 0 to 1"),
        (["--channels", "-4"], "--channels -4: wanted 1 or more, or 0"),
    ],
)
def test_wrong_input_for_the_earlier_paper_is_one_sentence(
    more: list[str], sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*words("apb2face", tmp_path / "clip", tmp_path, tmp_path), *more]) == 2
    assert sentence in capsys.readouterr().err


@pytest.mark.parametrize(
    ("family", "drawing", "earlier"),
    [("apb2facev2", "", ["fuser", "small", "drawing"]),
     ("apb2face", "announcer3", ["small", "drawing"])],
)  # fmt: skip
def test_with_more_time_the_last_part_goes_on_and_the_earlier_ones_are_left(
    family: str,
    drawing: str,
    earlier: list[str],
    folders: dict[str, Path],
    clip: Path,
    speech: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = shutil.copytree(folders[family], tmp_path / family)
    before = {part: step_of(folder / drawing / part) for part in earlier}
    begun = step_of(folder / drawing / "adversarial")
    assert main([*words(family, clip, folder, speech), "--steps", "20"]) == 0
    said = capsys.readouterr().out
    assert f"{folder / drawing}: left alone: {', '.join(earlier)}; adversarial has begun" in said
    assert f"from step {begun}" in said
    assert {part: step_of(folder / drawing / part) for part in earlier} == before
    assert step_of(folder / drawing / "adversarial") == 2 * begun


def test_a_training_goes_on_where_it_stopped(
    folders: dict[str, Path],
    clip: Path,
    speech: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = shutil.copytree(folders["apb2facev2"], tmp_path / "stopped")
    for part in ("drawing", "adversarial"):
        shutil.rmtree(folder / part)
    assert main([*words("apb2facev2", clip, folder, speech), "--steps", "20"]) == 0
    said = capsys.readouterr().out
    for part, step in (("small", 4), ("drawing", 0), ("adversarial", 0)):
        assert f"{part}: from step {step}" in said


@pytest.mark.parametrize("family", ["apb2facev2", "apb2face"])
@pytest.mark.parametrize(
    ("more", "key"), [(["--side", "64"], "side"), (["--width", "0.1"], "width"), ([], "clips")]
)
def test_a_training_of_something_else_does_not_go_on(
    family: str,
    more: list[str],
    key: str,
    folders: dict[str, Path],
    clip: Path,
    speech: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    other = shutil.copytree(clip, tmp_path / "other") if key == "clips" else clip
    assert main([*words(family, other, folders[family], speech), "--steps", "20", *more]) == 2
    assert f"has other settings ({key}); choose another folder" in capsys.readouterr().err


def test_a_card_says_what_was_learned_from_and_how_to_do_it_again(
    folders: dict[str, Path],
) -> None:
    card = trained(folders["apb2facev2"] / "model")
    assert "licence" in card.data
    assert card.retrain.startswith("run_vcam.py train apb2facev2 --clips ")
    assert "--small-first 0.5 --adversarial-last 0.5 --emphasis" in card.retrain


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (["--side", "33"], "--side 33: wanted a multiple of 4 from 32 to 1024"),
        (["--small-first", "40"], "--small-first 40: wanted a share from 0 to 1"),
        (["--adversarial-last", "2"], "--adversarial-last 2: wanted a share from 0 to 1"),
        (["--fuser-first", "nan"], "--fuser-first nan: wanted a share from 0 to 1"),
        (["--ema", "1.5"], "--ema 1.5: wanted a share from 0 to 1"),
        (["--batch", "0"], "--batch 0: wanted 1 or more"),
        (["--threads", "0"], "--threads 0: wanted 1 or more"),
        (["--seed", "-1"], "--seed -1: wanted 0 or more"),
        (["--lr", "nan"], "--lr nan: wanted 0 or more"),
        (["--width", "0"], "--width 0: wanted a number above 0"),
        (["--hours", "nan"], "--hours nan: wanted a number above 0"),
        (["--device", "tpu"], "--device tpu: wanted cpu or cuda"),
        (["--frozen-fuser", "nothing"], "--frozen-fuser nothing: no such file; give a net"),
        (["--start", "nothing"], "no weights 'nothing/net.safetensors'; give those of a trained"),
        (["--clips", "nowhere"], "No store.json in nowhere: not a finished frame store"),
    ],
)
def test_wrong_input_is_one_sentence(
    more: list[str],
    sentence: str,
    clip: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    given = words("apb2facev2", clip, tmp_path, tmp_path)
    assert main([*given, "--fuser-first", "0", *more]) == 2
    assert sentence in capsys.readouterr().err
