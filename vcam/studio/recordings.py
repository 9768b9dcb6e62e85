"""Recorded speech with its text, read from the data folder; which part each speaker belongs to.

Nothing read here is shipped. Origins and licences: THIRD_PARTY.md. Some recordings come without
their text; `transcripts.txt` has what is said in them: heard by pocketsphinx and by a better
recogniser (THIRD_PARTY.md), the two compared and corrected by reading, for they are beginnings of
chapters of old books. Words in [brackets] are guesses.
"""

import json
import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from vcam.errors import AssetError
from vcam.studio.voices import Split

MANIFEST = "speech/manifest.jsonl"

# LibriSpeech test-other and Kerstin are the "any voice" test: never trained on. The one recording
# of a person known by name is left out.
_PARTS: dict[str, Split] = {
    "lj": "train",
    "precise": "train",
    "libri_train": "train",
    "vctk": "validation",
    "libri_test_other": "test",
    "kerstin_de": "test",
}


@dataclass(frozen=True)
class Recording:
    """One recorded clip and what is said in it; `path` is relative to the data folder."""

    path: str
    source: str
    speaker: str
    language: str
    text: str
    licence: str
    split: Split


def find_data(chosen: Path | None = None) -> Path:
    """Return the data folder: `chosen`, else VCAM_DATA, else beside the checkout.

    Raises AssetError when it holds no list of recordings.
    """
    from_environment = os.environ.get("VCAM_DATA")
    default = Path(__file__).resolve().parents[2].parent / "shared" / "data"
    folder = chosen or (Path(from_environment) if from_environment else default)
    if not (folder / MANIFEST).is_file():
        raise AssetError(
            f"No {MANIFEST} in the data folder {folder}. Name the folder of the recorded speech "
            "with --data or VCAM_DATA, or do without it (studio speech: --synthetic-only)."
        )
    return folder


@cache
def transcripts() -> dict[str, str]:
    """Return the texts that the data folder lacks, by the name of the recording."""
    lines = Path(__file__).with_name("transcripts.txt").read_text("utf-8").splitlines()
    return {name: text for name, _, text in (line.partition(" ") for line in lines)}


def list_recordings(data: Path) -> list[Recording]:
    """Return every recording with a text, in the order of their paths."""
    rows = [json.loads(line) for line in (data / MANIFEST).read_text("utf-8").splitlines()]
    for row in rows:
        row["text"] = row["text"] or transcripts().get(Path(row["path"]).stem, "")
    recordings = [
        Recording(
            path=f"speech/{row['path']}",
            source=row["path"].split("/")[0],
            speaker=row["speaker"],
            language=row["lang"],
            text=row["text"],
            licence=row["licence"],
            split=_PARTS[row["path"].split("/")[0]],
        )
        for row in rows
        if row["text"] and row["path"].split("/")[0] in _PARTS
    ]
    return sorted(recordings, key=lambda recording: recording.path)
