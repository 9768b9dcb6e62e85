"""Files that a measurement leaves: tried before it begins, written when it is done."""

import json
from collections.abc import Mapping
from math import isfinite
from pathlib import Path
from typing import Any

from vcam.errors import OutputError


def check_writable(file: Path | None, flag: str) -> None:
    """Raise OutputError if `file` cannot be written; what it holds stays as it is."""
    if file is None:
        return
    try:
        file.open("a").close()
    except OSError as problem:
        raise _unwritable(file, flag, problem) from None


def make_folder(folder: Path | None, flag: str) -> None:
    """Make a folder for pictures, if one is asked for. Raises OutputError."""
    if folder is None:
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise OutputError(
            f"{flag} {folder}: cannot be made a folder ({problem.strerror}); choose another place"
        ) from None


def write_text(file: Path | None, text: str, flag: str) -> None:
    """Write `text`, if somewhere is asked for. Raises OutputError."""
    if file is None:
        return
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as problem:
        raise _unwritable(file, flag, problem) from None


def write_json(file: Path | None, figures: Mapping[str, Any]) -> None:
    """Write figures for `--json`; what is no number becomes null. Raises OutputError."""
    write_text(file, json.dumps(_plain(figures), indent=1) + "\n", "--json")


def _plain(figure: Any) -> Any:
    """Return the same without NaN and infinity, which JSON does not have."""
    if isinstance(figure, Mapping):
        return {key: _plain(value) for key, value in figure.items()}
    if isinstance(figure, list | tuple):
        return [_plain(value) for value in figure]
    return None if isinstance(figure, float) and not isfinite(figure) else figure


def _unwritable(file: Path, flag: str, problem: OSError) -> OutputError:
    return OutputError(
        f"{flag} {file}: cannot be written ({problem.strerror}); choose another file"
    )
