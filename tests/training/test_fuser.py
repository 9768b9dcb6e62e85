"""The training of the fuser from end to end, on a set of a few seconds."""

import argparse
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import yaml

from tests.training.heads import small_head
from vcam.arkit import ARKIT_INDEX
from vcam.audio.running_mean import RunningMean
from vcam.cli import main
from vcam.errors import InputError, ModelError
from vcam.media import Samples
from vcam.nets.fuser import SPEECH_SHAPES
from vcam.runtimes.base import WEIGHTS
from vcam.studio.sound import write_flac
from vcam.training import command, fuser, tape
from vcam.training.answers import load_fuser, shapes_of
from vcam.training.checkpoints import CURVE

OWN = "the studio's speech set, part train: espeak-ng (CC0-1.0)"
TOLD = "LibriSpeech train-clean-100 by Vassil Panayotov, 2014 (CC-BY-4.0)"


def babble(seconds: float, seed: int) -> Samples:
    random = np.random.default_rng(seed)
    return (0.1 * random.standard_normal(int(16_000 * seconds))).astype(np.float32)


def write_set(folder: Path) -> Path:
    """Write a speech set of three clips, as `studio speech` leaves it."""
    lines = []
    for number, split in enumerate(("train", "train", "validation")):
        path = f"{split}/voice{number}/0000"
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        write_flac(folder / f"{path}.flac", babble(2.5, number))
        weights = np.full((251, 1), 0.3, np.float16)
        names = np.array(["jawOpen"])
        edges, letters = np.array([[0.0, 2.5]], np.float32), np.array(["a"])
        np.savez(folder / f"{path}.npz", weights=weights, names=names, edges=edges, letters=letters)
        row = {"path": path, "split": split, "source": "espeak", "voice": f"v{number}"}
        row["licence"] = "CC0-1.0"
        lines.append(json.dumps(row | {"language": "en", "curves": True, "duration_s": 2.5}))
    (folder / "manifest.jsonl").write_text("\n".join(lines))
    return folder


def write_data(folder: Path) -> Path:
    """Write recordings without a text."""
    (folder / "speech/libri_train").mkdir(parents=True)
    write_flac(folder / "speech/libri_train/a.flac", babble(2.0, 9))
    row = {"path": "libri_train/a.flac", "speaker": "s", "lang": "en", "text": ""}
    row["licence"] = "CC-BY-4.0"
    (folder / "speech/manifest.jsonl").write_text(json.dumps(row) + "\n")
    return folder


def train(*flags: str) -> list[str]:
    parser = argparse.ArgumentParser()
    command.configure(parser)
    said: list[str] = []
    assert command.run(parser.parse_args(["fuser", *flags]), said.append) == 0
    return said


@pytest.fixture(autouse=True)
def head(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fuser, "find_assets", lambda chosen: Path())
    monkeypatch.setattr(fuser, "load_head", lambda folder: small_head())


def test_it_leaves_weights_a_curve_and_something_to_go_on_from(tmp_path: Path) -> None:
    speech, folder = write_set(tmp_path / "set"), tmp_path / "run"
    flags = ("--speech", str(speech), "--folder", str(folder), "--batch", "2")
    said = train(*flags, "--steps", "2")
    assert said[-1].endswith("5 files and their card")
    card = yaml.safe_load((folder / fuser.MODEL / "model.yaml").read_text())
    assert card["family"] == "fuser"
    assert card["data"] == OWN
    assert card["retrain"].startswith("run_vcam.py train fuser --speech ")
    assert "--batch 2" in card["retrain"]
    assert set(card["weights"]) == {f.name for f in (folder / fuser.MODEL).glob("*.[bxs]*")}
    check = json.loads((folder / CURVE).read_text().splitlines()[-1])
    assert {"r_40", "r_80", "met_80"} <= set(check["check"])
    assert any("from step 2" in sentence for sentence in train(*flags, "--steps", "3"))


def test_a_training_of_something_else_does_not_go_on(tmp_path: Path) -> None:
    speech, data = write_set(tmp_path / "set"), write_data(tmp_path / "data")
    folder = tmp_path / "run"
    flags = ("--speech", str(speech), "--folder", str(folder), "--batch", "2", "--steps", "1")
    train(*flags)
    with pytest.raises(ModelError, match=r"other settings \(dropout\); choose another folder"):
        train(*flags, "--dropout", "0.1")
    shutil.rmtree(folder / "tape")
    with pytest.raises(ModelError, match=r"other settings \(tape\); choose another folder"):
        train(*flags, "--data", str(data))


def test_a_teacher_says_the_curves_that_are_missing(tmp_path: Path) -> None:
    speech, data = write_set(tmp_path / "set"), write_data(tmp_path / "data")
    first, tapes = tmp_path / "first", tmp_path / "tapes"
    flags = ("--data", str(data), "--tape", str(tapes), "--batch", "2", "--steps", "1")
    train("--speech", str(speech), "--folder", str(first), *flags)
    weights = first / fuser.MODEL / WEIGHTS
    teacher = load_fuser(weights)
    untold = tape.load(tapes / "train")
    told = fuser.told_by(teacher, untold)
    missing = next(take for take in untold.takes if not take.curves)
    assert all(take.curves for take in told.takes)
    rows = RunningMean().push(untold.rows[0, missing.start : missing.stop].astype(np.float32))
    heard = told.curves[missing.start : missing.stop].astype(np.float32)
    assert heard == pytest.approx(shapes_of(teacher, rows, 200), abs=1e-3)
    assert np.array_equal(told.curves[: missing.start], untold.curves[: missing.start])
    second = tmp_path / "second"
    train("--folder", str(second), "--teacher", str(weights), *flags)
    data = (yaml.safe_load((run / fuser.MODEL / "model.yaml").read_text())["data"]
            for run in (first, second))  # fmt: skip
    with_teacher = f"{OWN}; with curves that the teacher said: {TOLD}; earlier: {OWN}"
    assert list(data) == [OWN, with_teacher]


def test_the_mean_of_runs_is_shipped_without_more_training(tmp_path: Path) -> None:
    speech, folder = write_set(tmp_path / "set"), tmp_path / "run"
    train("--speech", str(speech), "--folder", str(folder), "--batch", "2", "--steps", "1")
    one = str(folder / fuser.MODEL / WEIGHTS)
    said = train("--average", one, one, "--close", "0.003", "--folder", str(tmp_path / "mean"))
    assert said == [f"{tmp_path / 'mean' / fuser.MODEL}: 5 files and their card"]
    card = yaml.safe_load((tmp_path / "mean" / fuser.MODEL / "model.yaml").read_text())
    assert card["measured"] == {"mean_of_runs": 2, "lips_part_less_by": 0.003}
    assert card["data"] == OWN
    assert "--average model/net.safetensors model/net.safetensors --close 0.003" in card["retrain"]
    apart = load_fuser(Path(one)), load_fuser(tmp_path / "mean" / fuser.MODEL / WEIGHTS)
    before, after = (net.state_dict()["branches.80.2.bias"] for net in apart)
    changed = {SPEECH_SHAPES[int(place)] for place in (before - after).nonzero()}
    assert changed == {"jawOpen", "mouthClose"}


def test_without_a_speech_set_it_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no speech set to make one from; give --speech FOLDER"):
        train("--folder", str(tmp_path / "run"), "--steps", "1")


@pytest.mark.parametrize("share", ["-0.1", "1.0", "nan"])
def test_a_dropout_that_hides_everything_is_one_sentence(share: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"--dropout .*: wanted a share of 0 or more, and below 1"):
        train("--folder", str(tmp_path / "run"), "--dropout", share, "--steps", "1")


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (["--batch", "0"], "--batch 0: wanted 1 or more"),
        (["--threads", "0"], "--threads 0: wanted 1 or more"),
        (["--device", "tpu"], "--device tpu: wanted cpu or cuda"),
        (
            ["--close", "0.01"],
            "--close 0.01: only a mean of runs .*; give .* --average",
        ),
    ],
)
def test_wrong_input_is_one_sentence(flags: list[str], sentence: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=sentence):
        train("--folder", str(tmp_path / "run"), "--steps", "1", *flags)


def test_a_wrong_data_folder_is_one_sentence_before_anything_is_recorded(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["--speech", str(write_set(tmp_path / "set")), "--folder", str(tmp_path / "run")]
    assert main(["train", "fuser", *given, "--data", str(tmp_path / "wrong"), "--steps", "1"]) == 2
    said = capsys.readouterr()
    assert f"No speech/manifest.jsonl in the data folder {tmp_path / 'wrong'}. Name" in said.err
    assert "recording" not in said.out


def test_the_checked_clips_are_taken_evenly(tmp_path: Path) -> None:
    speech = write_set(tmp_path / "set")
    assert [clip.voice for clip in fuser.read_set(speech, "train", 1)] == ["v0"]
    clips = list(fuser.read_set(speech, "train"))
    assert [clip.voice for clip in clips] == ["v0", "v1"]
    assert clips[0].weights is not None
    assert clips[0].weights[0, ARKIT_INDEX["jawOpen"]] == pytest.approx(0.3, abs=1e-3)
