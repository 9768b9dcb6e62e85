import json
import re
from pathlib import Path

import pytest

from vcam.errors import AssetError
from vcam.studio.recordings import MANIFEST, find_data, list_recordings, transcripts


@pytest.fixture
def data(tmp_path: Path) -> Path:
    rows = [
        {"path": f"{source}/{name}.opus", "speaker": name, "lang": "en", "text": text,
         "licence": "CC0-1.0", "dur": 1.0}
        for source, name, text in [
            ("lj", "b", "Hello there."), ("lj", "a", "Good bye."), ("libri_train", "c", ""),
            ("libri_test_other", "d", "well"), ("kerstin_de", "e", "Guten Tag."),
        ]
    ]  # fmt: skip
    path = tmp_path / MANIFEST
    path.parent.mkdir()
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return tmp_path


def test_recordings_without_text_are_left_out_and_the_rest_is_in_order(data: Path) -> None:
    assert [r.path for r in list_recordings(data)] == [
        "speech/kerstin_de/e.opus", "speech/libri_test_other/d.opus",
        "speech/lj/a.opus", "speech/lj/b.opus",
    ]  # fmt: skip


def test_a_text_that_the_folder_lacks_comes_from_the_transcripts(data: Path) -> None:
    name, text = next(iter(transcripts().items()))
    row = {"path": f"libri_train/{name}.flac", "speaker": "s", "lang": "en", "text": ""}
    with (data / MANIFEST).open("a") as file:
        file.write(json.dumps(row | {"licence": "CC-BY-4.0", "dur": 1.0}) + "\n")
    found = next(r for r in list_recordings(data) if r.source == "libri_train")
    assert (found.text, found.split) == (text, "train")


def test_every_transcript_is_plain_words_of_an_utterance() -> None:
    assert len(transcripts()) > 100
    for name, text in transcripts().items():
        assert re.fullmatch(r"\d+-\d+-\d{4}", name)
        assert re.fullmatch(r"[a-z' ]+", re.sub(r"\[[a-z' ]+\]", "a", text)), name


def test_test_speakers_are_never_trained_on(data: Path) -> None:
    parts = {r.source: r.split for r in list_recordings(data)}
    assert parts == {"kerstin_de": "test", "libri_test_other": "test", "lj": "train"}


def test_the_folder_comes_from_the_flag_else_the_environment(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VCAM_DATA", str(data))
    assert find_data() == data
    with pytest.raises(AssetError, match=r"No speech/manifest.jsonl .* --data or VCAM_DATA"):
        find_data(tmp_path / "nowhere")
