"""The flags that trainings have in common, after they were read."""

import argparse
from pathlib import Path


def about(given: argparse.Namespace, *names: str) -> dict[str, object]:
    """Return the named flags as a checkpoint keeps them: paths as they were given."""
    return {name: _plain(vars(given)[name]) for name in names}


def _plain(value: object) -> object:
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return str(value) if isinstance(value, Path) else value
