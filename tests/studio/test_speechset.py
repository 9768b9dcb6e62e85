from pathlib import Path

import numpy as np
import pytest

from vcam.errors import InputError
from vcam.studio import espeak, speechset, utterances
from vcam.studio.motion import Style
from vcam.studio.phones import Phone
from vcam.studio.recordings import Recording
from vcam.studio.speechset import (
    CURVE_HZ,
    build_set,
    plan_set,
    read_clip,
    read_manifest,
    summarise,
)
from vcam.studio.utterances import Clip, ClipPlan

needs_espeak = pytest.mark.skipif(not espeak.available(), reason="libespeak-ng is not installed")


def some_plans() -> list[ClipPlan]:
    """A clip each of an English and a German voice."""
    plans = plan_set(None, seed=5, share=0.0)
    return [next(p for p in plans if p.speaker.startswith(f"espeak_{x}")) for x in ("en-us", "de")]


def nothing(done: int, total: int) -> None:
    """Report nothing."""


def content(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_plan_alone_is_six_hours_and_every_clip_has_its_own_place() -> None:
    plans = plan_set(None, seed=0)
    assert len(plans) * speechset._CLIP_S >= 6 * 3600
    assert len({plan.path for plan in plans}) == len(plans)


@needs_espeak
def test_equal_seeds_give_equal_bytes_whatever_the_jobs(tmp_path: Path) -> None:
    build_set(tmp_path / "one", some_plans(), None, 1, nothing)
    build_set(tmp_path / "two", some_plans(), None, 2, nothing)
    assert content(tmp_path / "one") == content(tmp_path / "two")
    assert len(content(tmp_path / "one")) == 5


@needs_espeak
def test_an_interrupted_build_goes_on_and_ends_the_same(tmp_path: Path) -> None:
    build_set(tmp_path / "whole", some_plans(), None, 1, nothing)
    build_set(tmp_path / "broken", some_plans()[:1], None, 1, nothing)
    torn = tmp_path / "broken" / f"{some_plans()[1].path}.flac"
    torn.parent.mkdir(parents=True)
    torn.write_bytes(b"torn")
    calls: list[tuple[int, int]] = []
    build_set(tmp_path / "broken", some_plans(), None, 1, lambda *args: calls.append(args))
    assert calls == [(1, 2), (2, 2)]
    assert content(tmp_path / "whole") == content(tmp_path / "broken")


@needs_espeak
def test_a_changed_motion_model_makes_new_curves_for_the_old_sound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build_set(tmp_path / "new", some_plans(), None, 1, nothing)
    with monkeypatch.context() as older:
        older.setattr(speechset, "motion_fingerprint", lambda: "older")
        older.setattr(utterances, "draw_style", lambda seed: Style(reach=2.0))
        build_set(tmp_path / "old", some_plans(), None, 1, nothing)
    assert content(tmp_path / "old") != content(tmp_path / "new")
    monkeypatch.setattr(speechset, "make_clip", None)
    build_set(tmp_path / "old", some_plans(), None, 1, nothing)
    assert content(tmp_path / "old") == content(tmp_path / "new")


@needs_espeak
def test_a_clip_is_read_as_it_was_made(tmp_path: Path) -> None:
    rows = build_set(tmp_path, some_plans(), None, 1, nothing)
    assert read_manifest(tmp_path) == rows
    row = rows[0]
    assert (row["split"], row["language"], row["curves"]) == ("train", "en-US", True)
    clip = read_clip(tmp_path, row["path"])
    assert len(clip.samples) == pytest.approx(row["duration_s"] * 16000, abs=2)
    assert clip.weights.shape == (int(row["duration_s"] * CURVE_HZ) + 1, 52)
    assert 0.2 < clip.weights.max() <= 1.0
    assert clip.phones[0].letter == clip.phones[-1].letter == ""
    speech = np.concatenate(
        [
            clip.samples[int(p.start_s * 16000) : int(p.end_s * 16000)]
            for p in clip.phones
            if p.letter
        ]
    )
    assert np.square(speech).sum() > 0.95 * np.square(clip.samples).sum()


@needs_espeak
def test_another_seed_says_something_else() -> None:
    one, other = (
        speechset.make_clip(ClipPlan(some_plans()[0].voice, 0, seed), None).text for seed in (1, 2)
    )
    assert one != other


def test_a_recording_that_cannot_be_aligned_has_sound_and_no_curves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound = np.zeros(1600, np.float32)
    monkeypatch.setattr(speechset, "make_clip", lambda plan, data: Clip("Tag", sound, (), None))
    german = Recording(
        "speech/kerstin_de/a.opus", "kerstin_de", "k", "de", "Tag", "CC0-1.0", "test"
    )
    rows = build_set(tmp_path, [ClipPlan(german, 0, 0)], tmp_path, 1, nothing)
    assert [(row["curves"], row["voice"]) for row in rows] == [(False, "kerstin_de_k")]
    assert summarise(rows)["source"] == {"kerstin_de": 0.0}
    assert read_clip(tmp_path, rows[0]["path"]).weights.shape == (0, 52)


def test_a_recording_whose_text_was_corrected_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def say(plan: ClipPlan, data: Path | None) -> Clip:
        assert isinstance(plan.voice, Recording)
        return Clip(plan.voice.text, np.zeros(1600, np.float32), (), None)

    monkeypatch.setattr(speechset, "make_clip", say)
    texts = []
    for heard in ("stitching time", "a stitch in time"):
        voice = Recording("speech/lj/a.flac", "lj", "lj", "en", heard, "public domain", "train")
        texts.append(build_set(tmp_path, [ClipPlan(voice, 0, 0)], tmp_path, 1, nothing)[0]["text"])
    assert texts == ["stitching time", "a stitch in time"]


def test_hours_are_summed_by_part_source_language_and_voice() -> None:
    row = {"split": "train", "source": "lj", "language": "en", "voice": "lj_lj"}
    rows = [
        row | {"duration_s": 1800.0, "curves": True},
        row | {"duration_s": 900.0, "curves": False},
    ]
    assert summarise(rows) == {
        "split": {"train": 0.5}, "source": {"lj": 0.5}, "language": {"en": 0.5},
        "voice": {"lj_lj": 0.5},
    }  # fmt: skip


def test_a_folder_without_a_manifest_is_no_speech_set(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not a finished speech set"):
        read_manifest(tmp_path)


def test_phones_of_a_clip_keep_their_letters(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    phones = (Phone("", 0.0, 0.04), Phone("ʃ", 0.04, 0.1))
    clip = Clip("sh", np.zeros(1600, np.float32), phones, None)
    monkeypatch.setattr(speechset, "make_clip", lambda plan, data: clip)
    rows = build_set(tmp_path, some_plans()[:1], None, 1, nothing)
    read = read_clip(tmp_path, rows[0]["path"]).phones
    assert [p.letter for p in read] == ["", "ʃ"]
    assert read[1].end_s == pytest.approx(0.1)
