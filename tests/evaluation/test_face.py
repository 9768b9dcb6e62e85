"""`evaluate face`: figures that a perfect and a lazy engine must get, and the sheet."""

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.engines import tiny
from tests.lite_faces import write_frames
from vcam.arkit import ARKIT_INDEX
from vcam.cli import main
from vcam.engines.base import EngineSpec
from vcam.evaluation import face_command
from vcam.evaluation.face import FaceJudge, Judged, controls_of, rows
from vcam.evaluation.face_heard import heard_controls
from vcam.evaluation.face_sheet import hard_frames, make_sheet
from vcam.media import Controls, Image, WindowSpec
from vcam.studio.frames import FrameStore
from vcam.studio.shoot import SOUND
from vcam.studio.sound import SOUND_RATE, write_flac


@pytest.fixture(scope="module")
def frames(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return frames of one announcer whose held-out clip differs from the training."""
    root = tmp_path_factory.mktemp("frames")
    write_frames(root / "announcer3" / "training", count=3)
    write_frames(root / "announcer3" / "clip1", count=7)
    return root


class Drawn:
    """An engine that returns the pictures it was given, one after the other."""

    spec = EngineSpec((256, 256), None, alpha=True)

    def __init__(self, pictures: list[Image]) -> None:
        self._pictures = iter(pictures)

    def render(self, _: Controls) -> Image:
        """Return the next picture, RGBA."""
        picture = next(self._pictures)
        return np.dstack([picture, np.full(picture.shape[:2], 255, np.uint8)])


def judged(frames: Path, pictures: list[Image], indices: list[int]) -> list[Judged]:
    training, clip = (FrameStore(frames / "announcer3" / name) for name in ("training", "clip1"))
    return list(FaceJudge(Drawn(pictures), training).frames(clip, indices))


def test_a_perfect_engine_gets_one_everywhere(frames: Path) -> None:
    clip = FrameStore(frames / "announcer3" / "clip1")
    found = judged(frames, [clip.colour(n) for n in range(7)], list(range(7)))
    for row in rows("perfect", "announcer3", "held out", 256, found):
        assert row.value == pytest.approx(1.0)
        assert row.floor is not None
        assert row.floor < 1.0
        assert row.low <= row.value <= row.high


def test_a_still_picture_gets_the_floor_and_no_more(frames: Path) -> None:
    still = FrameStore(frames / "announcer3" / "training").colour(0)
    for frame in judged(frames, [still] * 7, list(range(7))):
        assert frame.engine == pytest.approx(frame.still)


def test_open_mouths_and_blinks_count_for_themselves(frames: Path) -> None:
    clip = FrameStore(frames / "announcer3" / "clip1")
    (rest,) = judged(frames, [clip.colour(0)], [0])
    (wide,) = judged(frames, [clip.colour(6)], [6])
    (blink,) = judged(frames, [clip.colour(2)], [2])
    assert set(rest.engine) == {"whole", "face", "mouth", "eyes"}
    assert "mouth, open" in wide.engine
    assert "eyes, blinking" in blink.engine


def test_controls_are_those_the_frame_was_drawn_with(frames: Path) -> None:
    clip = FrameStore(frames / "announcer3" / "clip1")
    controls = controls_of(clip, 2)
    assert controls.blink == (1.0, 1.0)
    assert controls.expression is not None
    assert controls.expression == pytest.approx(clip.labels.expression[2])


def test_the_sheet_shows_the_hard_frames(frames: Path) -> None:
    training, clip = (FrameStore(frames / "announcer3" / name) for name in ("training", "clip1"))
    hard = hard_frames(clip)
    assert (hard["open"], hard["rest"]) == (6, 0)
    assert hard["blink"] in (2, 5)
    pictures = [clip.colour(index) for index in hard.values()]
    sheet = make_sheet(FaceJudge(Drawn(pictures), training), clip)
    width = sheet.shape[1] // 6
    truth, engine = sheet[40:300, :width], sheet[40:300, width : 2 * width]
    assert np.array_equal(truth[:, 40:], engine[:, 40:])


def test_the_command_judges_a_model_in_a_folder(frames: Path, tmp_path: Path) -> None:
    folder = tmp_path / "lite"
    folder.mkdir()
    tiny.lite(folder)
    words = ["--model", str(folder), "--frames", str(frames), "--runtime", "openvino"]
    words += ["--count", "3", "--sheet", str(tmp_path / "sheets"), "--json", str(tmp_path / "f")]
    assert main(["evaluate", "face", *words]) == 0
    found = json.loads((tmp_path / "f").read_text())["rows"]
    assert {row["metric"] for row in found} >= {"SSIM whole", "SSIM mouth", "SSIM eyes"}
    assert {row["identity"] for row in found} == {"announcer3"}
    assert (tmp_path / "sheets" / "announcer3_clip1.png").is_file()


def test_a_clip_is_heard_as_in_a_call_and_moves_the_mouth_alone(
    frames: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "clip1"
    shutil.copytree(frames / "announcer3" / "clip1", folder)
    voice = np.random.default_rng(0).normal(0, 0.2, SOUND_RATE // 2).astype(np.float32)
    write_flac(folder / SOUND, np.pad(voice, (SOUND_RATE // 4, 0)))
    clip, window = FrameStore(folder), WindowSpec("normalised_log_mel", 420, 80)
    times = np.arange(len(clip)) * 100_000_000
    vars(clip)["labels"] = replace(clip.labels, t_ns=times)
    heard = list(heard_controls(clip, window))
    assert [moment.t_ns for moment in heard] == times.tolist()
    assert [moment.blink for moment in heard] == [controls_of(clip, n).blink for n in range(7)]
    jaw = ARKIT_INDEX["jawOpen"]
    assert clip.labels.expression[6, jaw] > 0
    assert all(m.expression is not None and m.expression[jaw] == 0 for m in heard)
    loud = [float(m.audio.mean()) for m in heard if m.audio is not None]
    assert len(loud) == 7
    assert loud[6] > loud[0] + 1.0


def test_a_deaf_model_cannot_be_judged_by_ear(
    frames: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tiny.lite(tmp_path)
    words = ["--model", str(tmp_path), "--frames", str(frames), "--heard"]
    assert main(["evaluate", "face", *words]) == 2
    assert "hears nothing; leave it out" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--count", "-1"], "--count -1: wanted a number of frames, or 0 for all"),
        (["--json", "FILE/x"], "--json .*: cannot be written"),
        (["--sheet", "FILE/x"], "--sheet .*: cannot be made a folder"),
    ],
)
def test_wrong_input_is_one_sentence_before_anything_is_judged(
    words: list[str],
    sentence: str,
    frames: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delattr(face_command, "build_engine")
    (tmp_path / "file").touch()
    given = [word.replace("FILE", str(tmp_path / "file")) for word in words]
    assert main(["evaluate", "face", "--model", "still", "--frames", str(frames), *given]) == 2
    assert re.search(sentence, capsys.readouterr().err)


def test_frames_that_are_missing_are_one_sentence(
    frames: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["evaluate", "face", "--model", "still", "--frames"]
    assert main([*words, str(tmp_path)]) == 2
    assert "no frames in" in capsys.readouterr().err
