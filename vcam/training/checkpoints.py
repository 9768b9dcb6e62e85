"""What a training leaves on disk while it goes on: its checkpoint, and its curve."""

import json
import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from vcam.errors import ModelError

CHECKPOINT = "checkpoint.pt"
CURVE = "curve.jsonl"


def save_checkpoint(folder: Path, state: dict[str, Any]) -> None:
    """Write the state of a training; a crash in between leaves the last whole one."""
    folder.mkdir(parents=True, exist_ok=True)
    fresh = folder / f"{CHECKPOINT}.part"
    torch.save(state, fresh)
    fresh.replace(folder / CHECKPOINT)


def load_checkpoint(folder: Path) -> dict[str, Any] | None:
    """Return the last state, on the CPU, or None where there is none.

    Raises:
        ModelError: it cannot be read.
    """
    file = folder / CHECKPOINT
    if not file.is_file():
        return None
    try:
        state: dict[str, Any] = torch.load(file, map_location="cpu", weights_only=True)
    except (RuntimeError, EOFError, pickle.UnpicklingError, OSError):
        raise ModelError(
            f"checkpoint '{file}' cannot be read; delete it to start this training afresh"
        ) from None
    return state


def append_curve(folder: Path, line: Mapping[str, object]) -> None:
    """Add one JSON line to the curve of a training."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / CURVE).open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
