"""`train lite`: from a folder of frames to a model that a call can load."""

import argparse
import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
import yaml

from tests.lite_faces import TINY, face_pictures, write_frames
from tests.training.test_by_ear import write_recording
from vcam.arkit import ARKIT_INDEX
from vcam.cli import main
from vcam.engines.card import ModelCard
from vcam.engines.lite import build
from vcam.engines.lite_state import load_state
from vcam.errors import ModelError
from vcam.identity import load_identity, read_picture
from vcam.media import Controls
from vcam.profile import EngineSettings
from vcam.studio.sound import SOUND_RATE
from vcam.studio.spoken import Moment, write_spoken
from vcam.training import lite
from vcam.training.face_frames import FaceBatch, FaceFrames
from vcam.training.lite_identity import PORTRAITS


@pytest.fixture(scope="module")
def frames(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return frames of two announcers, with a held-out clip of each."""
    root = tmp_path_factory.mktemp("frames")
    for tone, name in enumerate(("announcer1", "announcer3")):
        write_frames(root / name / "training", count=6, tone=60 * tone)
        write_frames(root / name / "clip1", count=2, tone=60 * tone)
        lite_portraits(root / name, 60 * tone)
    return root


def lite_portraits(folder: Path, tone: int) -> None:
    (folder / PORTRAITS).mkdir()
    for name, picture in face_pictures(256, tone).items():
        cv2.imwrite(str(folder / PORTRAITS / f"{name}.png"), picture[..., ::-1])


@pytest.fixture(autouse=True, scope="module")
def small() -> Iterator[None]:
    """Let the command train a small net."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lite, "SIZE", TINY)
        yield


@dataclass(frozen=True)
class Trained:
    """A short training: its folder and what it said."""

    out: Path
    said: list[str]

    @property
    def weights(self) -> Path:
        """What it exported."""
        return self.out / "export" / "lite256" / "net.safetensors"


@pytest.fixture(scope="module")
def trained(frames: Path, small: None, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """Return a training of two steps."""
    out = tmp_path_factory.mktemp("trained")
    return Trained(out, train(frames, out, "--steps", "2"))


def train(frames: Path, out: Path, *flags: str) -> list[str]:
    parser = argparse.ArgumentParser()
    lite.configure(parser)
    said: list[str] = []
    given = ["--frames", str(frames), "--out", str(out), "--batch", "2", "--fp32", *flags]
    assert lite.run(parser.parse_args(given), said.append) == 0
    return said


def test_a_training_ends_as_a_model_that_a_call_loads(frames: Path, trained: Trained) -> None:
    assert "12 frames of 2 announcers" in trained.said
    assert any(line.startswith("pose flow fitted") for line in trained.said)
    checked = next(line for line in trained.said if "mouth" in line)
    assert {"whole", "face", "left_eye", "right_eye"} <= set(checked.replace(",", "").split())
    folder = trained.weights.parent
    raw = yaml.safe_load((folder / "model.yaml").read_text())
    assert "announcer1, announcer3" in raw["data"]
    assert raw["net"] == {"side": 256, "fuser": "fuser", "sizes": asdict(TINY)}
    card = ModelCard("lite256", folder, raw["family"], raw["licence"], net=raw["net"],
                     weights=raw["weights"])  # fmt: skip
    for name in ("announcer1", "announcer3"):
        engine = build(card, load_identity(name), EngineSettings("openvino", "fp32"))
        picture = engine.render(Controls(0))
        rest = read_picture(frames / name / PORTRAITS / "rest.png")
        assert picture.shape == (256, 256, 4)
        assert np.abs(picture[..., :3].astype(int) - rest).mean() < 40


def test_learning_makes_the_pictures_better(frames: Path, trained: Trained, tmp_path: Path) -> None:
    def whole(said: Sequence[str]) -> float:
        line = next(line for line in reversed(said) if "whole" in line)
        return float(line.split("whole ")[1].split(",")[0])

    early = whole(trained.said)
    late = whole(train(frames, tmp_path, "--steps", "40", "--lr", "0.02"))
    assert 1 - late < 0.85 * (1 - early)


def test_whoever_is_named_twice_has_two_turns(
    frames: Path, trained: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[str] = []
    draw = FaceFrames.draw

    def noted(frames: FaceFrames, *given: Any) -> FaceBatch:
        drawn.append(frames.store.folder.parent.name)
        return draw(frames, *given)

    monkeypatch.setattr(FaceFrames, "draw", noted)
    names = ("announcer3", "announcer1", "announcer3")
    flags = [word for name in names for word in ("--announcer", name)]
    said = train(frames, tmp_path, *flags, "--steps", "4", "--start", str(trained.weights))
    assert drawn == ["announcer3", "announcer1", "announcer3", "announcer3"]
    assert "12 frames of 2 announcers" in said


def test_windows_teach_too(frames: Path, trained: Trained, tmp_path: Path) -> None:
    flags = ("--steps", "6", "--crops", "1", "--start", str(trained.weights))
    train(frames, tmp_path, *flags)
    assert (tmp_path / "export" / "lite256" / "model.yaml").is_file()


def test_with_the_speech_set_frames_of_speech_come_with_the_fusers_mistakes(
    frames: Path, trained: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoken, speech, path = tmp_path / "frames", tmp_path / "speech", "train/a/0000"
    shutil.copytree(frames / "announcer3", spoken / "announcer3")
    write_spoken(spoken / "announcer3" / "training", [Moment(2, path, 400_000_000)])
    silence = np.zeros(SOUND_RATE, np.float32)
    write_recording(speech, path, silence, np.full(101, 0.25, np.float32))
    given: list[Any] = []
    draw = FaceFrames.draw

    def noted(frames: FaceFrames, *values: Any) -> FaceBatch:
        given.append(values[-1])
        return draw(frames, *values)

    monkeypatch.setattr(FaceFrames, "draw", noted)
    flags = ("--steps", "1", "--start", str(trained.weights), "--announcer", "announcer3")
    train(spoken, tmp_path / "by_ear", *flags, "--by-ear", str(speech))
    assert float(given[0][2][ARKIT_INDEX["jawOpen"]]) == pytest.approx(-0.25, abs=1e-3)
    assert set(given[0]) == {2}
    train(spoken, tmp_path / "exact", *flags)
    assert given[1] is None


@pytest.mark.parametrize(("times", "optimisers"), [("0", 1), ("5", 2)])
def test_matrices_are_moved_by_muon_where_that_is_asked_for(
    frames: Path, trained: Trained, tmp_path: Path, times: str, optimisers: int
) -> None:
    train(frames, tmp_path, "--muon", times, "--steps", "1", "--start", str(trained.weights))
    kept = torch.load(tmp_path / "checkpoint.pt", weights_only=True)["lite"]
    assert len(kept["optimisers"]) == optimisers


def test_it_goes_on_where_it_was(frames: Path, trained: Trained, tmp_path: Path) -> None:
    shutil.copy(trained.out / "checkpoint.pt", tmp_path)
    assert torch.load(tmp_path / "checkpoint.pt", weights_only=True)["step"] == 2
    train(frames, tmp_path, "--steps", "4")
    steps = [json.loads(line)["step"] for line in (tmp_path / "curve.jsonl").open()]
    assert torch.load(tmp_path / "checkpoint.pt", weights_only=True)["step"] == 4
    assert min(steps) > 2


def test_a_training_of_something_else_does_not_go_on(frames: Path, trained: Trained) -> None:
    with pytest.raises(ModelError, match=r"other settings \(batch, announcers\); choose another"):
        train(frames, trained.out, "--steps", "4", "--batch", "3", "--announcer", "announcer3")


def test_it_goes_on_at_512_with_the_weights_of_256(trained: Trained, tmp_path: Path) -> None:
    large = tmp_path / "frames" / "announcer3"
    write_frames(large / "training", count=2, side=512)
    write_frames(large / "clip1", count=1, side=512)
    (large / PORTRAITS).mkdir()
    for name, picture in face_pictures(512).items():
        cv2.imwrite(str(large / PORTRAITS / f"{name}.png"), picture[..., ::-1])
    flags = ("--side", "512", "--steps", "1", "--lr", "0.0", "--start", str(trained.weights))
    train(tmp_path / "frames", tmp_path / "b", *flags)
    name = "blocks.0.widen.weight"
    begun, goes_on = (torch.load(out / "checkpoint.pt", weights_only=True)["lite"]
                      for out in (trained.out, tmp_path / "b"))  # fmt: skip
    before, after = begun["averaged"][f"module.{name}"], goes_on["net"][name]
    assert torch.allclose(before, after, atol=1e-3)
    state = load_state(tmp_path / "b" / "export" / "lite512" / "announcer3.safetensors")
    assert state.side == 512
    assert state.features["deep"].shape[-1] == 64


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (["--side", "300"], "--side 300: wanted a multiple of 256"),
        (["--side", "512"], "--side 512: the frames of announcer1 are 256 pixels; render larger"),
        (["--batch", "0"], "--batch 0: wanted 1 or more"),
        (["--crops", "1.1"], "--crops 1.1: wanted a share from 0 to 1"),
        (["--device", "tpu"], "--device tpu: wanted cpu or cuda"),
        (["--frames", "nowhere"], "no frames in 'nowhere'; make them: run_vcam.py studio render"),
        (["--minutes", "0"], "a training without an end"),
        (["--by-ear", "speech"], "no sound.flac and no spoken.json: nothing says which sound"),
    ],
)
def test_mistakes_are_one_sentence(
    flags: list[str],
    sentence: str,
    frames: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    given = ["train", "lite", "--frames", str(frames), "--out", str(tmp_path), *flags]
    assert main(given) == 2
    assert sentence in capsys.readouterr().err


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
@pytest.mark.parametrize("what", [["lite"], ["fuser"], ["apb2face", "--clips", "clip"]])
def test_a_device_that_is_not_there_is_one_sentence(
    what: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", *what, "--device", "cuda"]) == 2
    assert "--device cuda: torch finds no CUDA device here" in capsys.readouterr().err
