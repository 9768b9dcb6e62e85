"""Our own sentences, put together from phrases; `texts.yaml` holds the phrases, CC0 1.0."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import yaml

_FILE = Path(__file__).with_name("texts.yaml")


@dataclass(frozen=True)
class Phrases:
    """One language: a sentence is opening + clause + tail, in any combination."""

    openings: tuple[str, ...]
    clauses: tuple[str, ...]
    tails: tuple[str, ...]

    @property
    def count(self) -> int:
        """How many sentences there are."""
        return len(self.openings) * len(self.clauses) * len(self.tails)

    def draw(self, random: np.random.Generator) -> str:
        """Return a sentence by chance."""
        parts = (self.openings, self.clauses, self.tails)
        chosen = [part[random.integers(len(part))] for part in parts]
        return " ".join(chosen).replace("， ", "，")


@cache
def load_phrases() -> dict[str, Phrases]:
    """Return the phrases of every language, by its code in `texts.yaml`."""
    table = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return {
        language: Phrases(tuple(part["openings"]), tuple(part["clauses"]), tuple(part["tails"]))
        for language, part in table.items()
    }
