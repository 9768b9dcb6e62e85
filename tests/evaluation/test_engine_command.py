"""`evaluate ENGINE`: tables and files, what is not available, and wrong input."""

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.training.test_faces import click, write_clip
from vcam.cli import main
from vcam.errors import InputError
from vcam.evaluation import engine_command
from vcam.evaluation.detector import SIDE
from vcam.media import Image, Vector
from vcam.studio.frames import FrameStore, write_card
from vcam.studio.points import LandmarkModel
from vcam.studio.sound import write_flac


class Fixed:
    """A detector that always finds the same face."""

    name = "a fixed face"

    def __init__(self) -> None:
        rest = (np.zeros((1, n), np.float32) for n in (52, 3, 2))
        self._face = LandmarkModel(["announcer3"], SIDE).landmarks(*rest)[0]

    def find(self, picture: Image) -> Vector:
        return self._face


class Blind:
    """A detector that finds no face."""

    name = "a blind eye"

    def find(self, picture: Image) -> Vector:
        return np.full((68, 2), np.nan, np.float32)


@pytest.fixture
def frames(tmp_path: Path) -> Path:
    """A training set and two clips of one announcer, 15 frames each."""
    folder = tmp_path / "frames" / "announcer3"
    for name in ("training", "clip1", "clip2"):
        write_clip(folder / name, count=15)
        card = FrameStore(folder / name).card
        write_card(folder / name, card | {"fps": 25})
        write_flac(folder / name / "sound.flac", np.tile(click(0.4), 6))
    return folder.parent


def evaluate(frames: Path, *words: str) -> int:
    return main(["evaluate", "still", "--frames", str(frames), *words])


def test_without_a_detector_pictures_are_judged_and_the_rest_is_not_available(
    frames: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_command, "open_detector", lambda: None)
    assert evaluate(frames) == 0
    said = capsys.readouterr().out
    assert "Landmarks: not available, MediaPipe is not installed." in said
    assert "| ALE = AKD, px | not available | not available |" in said
    assert "| ALE px | not available: MediaPipe is not installed |" in said
    assert "- FD-own: " in said
    assert "- FID: not available: Inception's weights cannot be had offline" in said
    assert "- LSE-D, LSE-C: not available: SyncNet's weights" in said
    assert "| yaw moves | not available |" in said
    assert "| sound moves | 0 % | 0 % |" in said


def test_with_a_detector_every_measure_is_there_beside_the_papers(
    frames: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_command, "open_detector", Fixed)
    files = [tmp_path / "figures.json", tmp_path / "tables.md"]
    sheets = tmp_path / "sheets"
    write_clip(frames / "announcer3" / "turned", count=30)
    words = ("--json", str(files[0]), "--markdown", str(files[1]), "--sheet", str(sheets))
    assert evaluate(frames, *words) == 0
    found = json.loads(files[0].read_text())
    assert found["clips"] == 2
    assert set(found["subjects"]) == {"engine", "wrong sound", "still", "truth, transmitted"}
    assert found["subjects"]["engine"]["dr"]["value"] == 100.0
    assert found["subjects"]["engine"]["ale"]["value"] == 0.0
    sent, still = (found["subjects"][name]["ssim"] for name in ("truth, transmitted", "still"))
    assert sent["low"] <= sent["value"] <= sent["high"]
    assert sent["value"] > still["value"]
    tables = files[1].read_text()
    assert "| SSIM, APB2FaceV2, published | 0.758 | 0.86 | 0.862 |" in tables
    assert "| ours: still | announcer3 | Avg |" in tables
    assert re.search(r"\| yaw moves \| \d+ % \| \d+\.\d ± \d+\.\d % \(\d+ % / \d+ %\) \|", tables)
    names = {file.name for file in sheets.iterdir()}
    assert names == {"announcer3_decoupling.png", "announcer3_talking.png"}


def test_faces_that_nobody_finds_are_a_result(
    frames: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(engine_command, "open_detector", Blind)
    file = tmp_path / "figures.json"
    assert evaluate(frames, "--json", str(file)) == 0
    found = json.loads(file.read_text())
    drawn = found["subjects"]["engine"]
    assert (drawn["dr"]["value"], drawn["lip_r"]["value"], drawn["lip_r_0"]["value"]) == (0, 0, 0)
    assert not {"ale", "lip_lag_ms", "closure_f1"} & set(drawn)
    assert found["announcers"]["announcer3"]["lip_lag_ms"] is None
    said = capsys.readouterr().out
    assert "| lips: closure F1 | not available |" in said
    assert "| DR % | 0 | 0 |" in said
    assert "| ALE px | not available | not available |" in said


def test_an_only_clip_has_no_wrong_sound(
    frames: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_command, "open_detector", lambda: None)
    shutil.rmtree(frames / "announcer3" / "clip2")
    assert evaluate(frames) == 0
    assert "| | engine | still | truth, transmitted |" in capsys.readouterr().out


def test_lite_means_the_best_of_the_family(
    frames: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def refuse(model: str) -> None:
        asked.append(model)
        raise InputError("enough")

    monkeypatch.setattr(engine_command, "find_card", refuse)
    for family in ("lite", "apb2face"):
        assert main(["evaluate", family, "--frames", str(frames)]) == 2
    assert asked == ["lite512", "apb2face"]
    with pytest.raises(SystemExit):
        main(["evaluate", "lite", "--help"])
    assert "of lite, lite512" in " ".join(capsys.readouterr().out.split())


def test_a_users_weights_give_what_is_not_available_otherwise(
    frames: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(engine_command, "open_detector", lambda: None)

    class Means(torch.nn.Module):
        def forward(self, pictures: torch.Tensor) -> torch.Tensor:
            return pictures.float().mean(dim=(2, 3))

    class Apart(torch.nn.Module):
        def forward(self, one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
            return (one - other).abs().mean(dim=(1, 2, 3))

    torch.jit.script(Means()).save(tmp_path / "inception.pt")
    torch.jit.script(Apart()).save(tmp_path / "lpips.pt")
    given = ("--inception", str(tmp_path / "inception.pt"), "--lpips", str(tmp_path / "lpips.pt"))
    assert evaluate(frames, *given) == 0
    said = capsys.readouterr().out
    assert "- FID: not available" not in said
    assert "- LPIPS: not available" not in said
    (tmp_path / "inception.pt").write_text("nothing")
    assert evaluate(frames, *given) == 2
    assert "inception.pt is no TorchScript file that torch can read" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--model", "fuser"], "model 'fuser' is of the family fuser; wanted still"),
        (["--model", "stil"], "unknown model 'stil'; did you mean 'still'?"),
        (["--announcer", "announcer5"], "no held-out clips in"),
        (["--seconds", "0"], "--seconds 0: wanted 0.5 to 3600"),
        (["--seconds", "nan"], "--seconds nan: wanted 0.5 to 3600"),
    ],
)
def test_wrong_input_is_one_sentence(
    words: list[str], sentence: str, frames: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert evaluate(frames, *words) == 2
    assert sentence in capsys.readouterr().err


@pytest.mark.parametrize("flag", ["--json", "--markdown", "--sheet"])
def test_what_cannot_be_written_is_said_before_anything_is_judged(
    flag: str,
    frames: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delattr(engine_command, "judge_announcer")
    (tmp_path / "file").touch()
    assert evaluate(frames, flag, str(tmp_path / "file" / "x")) == 2
    assert f"{flag} {tmp_path / 'file' / 'x'}: cannot be " in capsys.readouterr().err


def test_no_frames_at_all_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert evaluate(tmp_path) == 2
    assert "make them: run_vcam.py studio render" in capsys.readouterr().err
