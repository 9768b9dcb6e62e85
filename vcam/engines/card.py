"""The model card: `models/<name>/model.yaml`, read strictly."""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vcam.errors import ModelError
from vcam.resources import search_path
from vcam.strict import Reader, nearest, read_yaml

PARTS = ("fuser",)
"""Families that draw nothing: parts that the models of others load."""

AUTO = "auto"
FACES = ("lite512", "lite256")
"""What `auto` chooses from, the best first."""


@dataclass(frozen=True)
class ModelCard:
    """What a trained artefact is, where it comes from, and how to make it again."""

    name: str
    """The folder's name."""
    folder: Path
    family: str
    """A key of `vcam.engines.ENGINES`, or one of `PARTS`."""
    licence: str
    data: str = ""
    """What it was trained on, with the licence of that."""
    retrain: str = ""
    """The command that makes it again."""
    net: dict[str, Any] = field(default_factory=dict)
    """Sizes; only the family's module understands them."""
    weights: dict[str, Any] = field(default_factory=dict)
    """File name -> sha256."""
    measured: dict[str, Any] = field(default_factory=dict)


def candidates(model: str) -> tuple[str, ...]:
    """Return the models that a profile's `model` stands for, the best first."""
    return FACES if model == AUTO else (model,)


def load_card(name: str) -> ModelCard:
    """Read the card of the model called `name` and check that its weights are what it says.

    Raises:
        ModelError: no such model; a damaged card, or one that does not say what its weights were
            trained on; a missing or altered weights file.
    """
    folders = [folder / name for folder in search_path("models")]
    folder = next((f for f in folders if (f / "model.yaml").is_file()), None)
    if folder is None:
        known = sorted({AUTO, *models()})
        close = nearest(name, {*known, *(card.parent.name for card in _cards())})
        hint = f"did you mean '{close}'? " if close else ""
        raise ModelError(f"unknown model '{name}'; {hint}Known: {', '.join(known) or 'none'}")
    card = read_card(folder)
    if card.weights and not card.data.strip():
        raise ModelError(
            f"{folder / 'model.yaml'}: data: says nothing; a model with weights must say what it "
            "was trained on, and under which licence; add that"
        )
    return card


def find_card(model: str) -> ModelCard:
    """Read the card of a model by its folder or its name; else as `load_card`."""
    folder = Path(model)
    return read_card(folder) if (folder / "model.yaml").is_file() else load_card(model)


def read_net(card: ModelCard, sizes: type) -> Any:
    """Return the `net` section of a card as `sizes`; ModelError names a key that is wrong."""
    reader = Reader(sizes, ModelError)
    return reader.build(reader.flatten(card.net, f"{card.folder / 'model.yaml'}: net"))


def read_card(folder: Path) -> ModelCard:
    """Read the card of the model in `folder`; else as `load_card`."""
    file = folder / "model.yaml"
    reader = Reader(ModelCard, ModelError, hidden=("name", "folder"))
    raw = reader.flatten(read_yaml(file, ModelError), str(file))
    card: ModelCard = reader.build(raw, name=folder.name, folder=folder)
    for weights, sha256 in card.weights.items():
        _check_weights(folder / weights, str(sha256))
    return card


def models() -> list[str]:
    """Return the names of all models that draw a face."""
    return sorted({card.parent.name for card in _cards() if not _is_part(card)})


def _cards() -> list[Path]:
    return [file for folder in search_path("models") for file in folder.glob("*/model.yaml")]


def _is_part(card: Path) -> bool:
    try:
        raw = read_yaml(card, ModelError)
    except ModelError:  # whoever loads it will say what is wrong with it
        return False
    return isinstance(raw, dict) and raw.get("family") in PARTS


def _check_weights(file: Path, sha256: str) -> None:
    try:
        found = hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError as problem:
        raise ModelError(
            f"weights file '{file}' cannot be read ({problem.strerror}); install vcam again"
        ) from None
    if found != sha256:
        raise ModelError(
            f"weights file '{file}' is damaged: sha256 {found[:12]}…, wanted {sha256[:12]}…; "
            "install vcam again"
        )
