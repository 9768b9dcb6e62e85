"""Paths as users type them; what cannot be looked at is no reason for a traceback."""

import os
from pathlib import Path


def typed(text: str) -> Path:
    """Return a path with `~` as the home it means; that of an unknown user stays as it is."""
    return Path(os.path.expanduser(text))  # noqa: PTH111  # Path.expanduser raises there


def is_file(path: Path) -> bool:
    """Say whether there is a file that one may get at; Path.is_file raises where one may not."""
    return os.path.isfile(path)  # noqa: PTH113


def is_folder(path: Path) -> bool:
    """Say the same of a folder."""
    return os.path.isdir(path)  # noqa: PTH112
