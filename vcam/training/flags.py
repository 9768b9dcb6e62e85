"""The flags that trainings have in common, after they were read."""

import argparse
from math import inf
from pathlib import Path

import torch

from vcam.errors import InputError

DEVICES = ("cpu", "cuda")
_NOT_SAID = ("command", "what", "folder", "assets", "threads", "device")
"""Flags that make no difference to what is learned."""


def check(
    given: argparse.Namespace, shares: tuple[str, ...] = (), above_0: tuple[str, ...] = ()
) -> None:
    """Check the flags of every training, those that are shares, and those that must be above 0.

    Raises:
        InputError: one is out of its range, or the device is not there.
    """
    for name in ("batch", "threads"):
        if vars(given)[name] < 1:
            raise InputError(f"{_flag(name)} {vars(given)[name]}: wanted 1 or more")
    for name in ("seed", "lr"):
        if not vars(given)[name] >= 0:  # nan neither
            raise InputError(f"{_flag(name)} {vars(given)[name]}: wanted 0 or more")
    for name in shares:
        if not 0.0 <= vars(given)[name] <= 1.0:
            raise InputError(f"{_flag(name)} {vars(given)[name]:g}: wanted a share from 0 to 1")
    for name in above_0:
        if not 0.0 < vars(given)[name] < inf:
            raise InputError(f"{_flag(name)} {vars(given)[name]:g}: wanted a number above 0")
    if given.device not in DEVICES:
        raise InputError(f"--device {given.device}: wanted {' or '.join(DEVICES)}")
    if given.device == "cuda" and not torch.cuda.is_available():
        raise InputError("--device cuda: torch finds no CUDA device here; choose cpu")


def about(given: argparse.Namespace, *names: str) -> dict[str, object]:
    """Return the named flags as a checkpoint keeps them: paths as they were given."""
    return {name: _plain(vars(given)[name]) for name in names}


def words(given: argparse.Namespace) -> str:
    """Return the flags of a training, as its card says them."""
    said: list[str] = []
    for name, value in vars(given).items():
        if name in _NOT_SAID or value is None or value is False or value == []:
            continue
        values = value if isinstance(value, list) else [value]
        shown = [short(v) if isinstance(v, Path) else str(v) for v in values]
        said += [_flag(name)] if value is True else [_flag(name), *shown]
    return " ".join(said)


def short(path: Path) -> str:
    """Return the last two names of a path: what a card says of it."""
    return "/".join(path.parts[-2:])


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _plain(value: object) -> object:
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return str(value) if isinstance(value, Path) else value
