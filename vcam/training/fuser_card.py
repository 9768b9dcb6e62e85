"""The card of a trained fuser: what it learned from, and how to make it again."""

import argparse
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import yaml

from vcam.engines.card import read_card
from vcam.errors import ModelError
from vcam.training import flags
from vcam.training.tape import Take

_NAMES = {
    "espeak": "espeak-ng",
    "lj": "LJ Speech",
    "precise": "Precise Community Data",
    "libri_train": "LibriSpeech train-clean-100 by Vassil Panayotov, 2014",
}
"""What a source is called outside the speech set, with whom its licence wants named."""


def learned_from(takes: Sequence[Take], teacher: Path | None, start: Path | None) -> str:
    """Return what a training learns from: its takes, and what the weights that it begins with did.

    Takes without curves teach nothing but what a teacher says of them.
    """
    own = f"the studio's speech set, part train: {_sources(t for t in takes if t.curves)}"
    told = _sources(take for take in takes if not take.curves)
    if teacher and told:
        own += f"; with curves that the teacher said: {told}"
    earlier = [data_of(weights) for weights in (start, teacher) if weights]
    return "; earlier: ".join(dict.fromkeys([own, *earlier]))


def mean_learned_from(weights: Sequence[Path]) -> str:
    """Return what the nets of which the mean is taken learned from."""
    return "; ".join(dict.fromkeys(map(data_of, weights)))


def data_of(weights: Path) -> str:
    """Return what a file of weights learned from: its card says it."""
    try:
        card = read_card(weights.parent)
    except ModelError:
        return f"not known: {flags.short(weights)} is without its card"
    if weights.name not in card.weights or not card.data:
        return f"not known: {flags.short(weights)} is not on the card beside it"
    return card.data


def write_card(
    folder: Path,
    data: str,
    files: Mapping[str, str],
    made: Mapping[str, float],
    given: argparse.Namespace,
) -> None:
    """Write the card of the model; what `evaluate voice` measures is added by hand."""
    card = {
        "family": "fuser",
        "licence": "MIT",
        "data": data,
        "retrain": f"run_vcam.py train fuser {flags.words(given)}",
        "weights": dict(files),
        "measured": dict(made),
    }
    text = yaml.safe_dump(card, sort_keys=False, allow_unicode=True, width=100)
    (folder / "model.yaml").write_text(text, encoding="utf-8")


def _sources(takes: Iterable[Take]) -> str:
    kinds = sorted({(take.source, take.licence) for take in takes})
    named = [(_NAMES.get(source, source), licence) for source, licence in kinds]
    return ", ".join(f"{name} ({licence})" if licence else name for name, licence in named)
