import argparse
from pathlib import Path

import pytest
from drawing import FakeCamera

from vcam.errors import InputError
from vcam.studio import command, espeak, render_command, speechset, voices
from vcam.studio.frames import FrameStore
from vcam.studio.shoot import TRAINING, TURNED
from vcam.studio.sound import read_sound
from vcam.studio.spoken import read_spoken


def do(*words: str) -> list[str]:
    parser = argparse.ArgumentParser()
    command.configure(parser)
    said: list[str] = []
    command.run(parser.parse_args(words), said.append)
    return said


@pytest.fixture
def few_voices(monkeypatch: pytest.MonkeyPatch) -> None:
    """A training voice, and three test voices for the held-out clips."""
    if not espeak.available():
        pytest.skip("libespeak-ng is not installed")
    chosen = [v for v in voices.all_voices() if v.source == "espeak" and v.split == "train"][:1]
    chosen += [v for v in voices.all_voices() if v.split == "test"][:3]
    monkeypatch.setattr(speechset, "all_voices", lambda: chosen)


@pytest.mark.usefixtures("few_voices")
def test_speech_then_render_makes_a_store_with_clips_of_test_voices(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(render_command, "StudioCamera", FakeCamera)
    speech = tmp_path / "speech"
    said = do("speech", "--out", str(speech), "--synthetic-only", "--share", "0.01")
    assert said[0].startswith("hours by split: test 0.0")
    assert "4 clips, 0 of them without curves" in said[-1]
    where = ["render", "--speech", str(speech), "--out", str(tmp_path)]
    what = ["--announcer", "announcer2", "--size", "32", "--frames", "40", "--clips", "1"]
    (line,) = do(*where, *what, "--turned", "10")
    assert line.startswith("announcer2: 200 frames, ")
    assert len(FrameStore(tmp_path / "announcer2" / TRAINING)) == 40
    assert len(FrameStore(tmp_path / "announcer2" / TURNED)) == 10
    assert len(read_spoken(tmp_path / "announcer2" / TURNED)) == 10
    clip = FrameStore(tmp_path / "announcer2" / "clip1")
    assert len(clip) == 150
    assert clip.card["voice"].endswith(("m7", "f5", "alicia", "denis"))
    assert len(read_sound(clip.folder / "sound.flac")) == 6 * 16000


@pytest.mark.parametrize("share", ["0", "1.5"])
def test_a_share_that_is_none_is_said_in_a_sentence(share: str) -> None:
    with pytest.raises(InputError, match=r"wanted a share above 0 and up to 1\."):
        do("speech", "--synthetic-only", "--share", share)


def test_an_unknown_announcer_is_named() -> None:
    with pytest.raises(InputError, match="No announcer 'nobody'; there are announcer1"):
        do("render", "--announcer", "nobody")
