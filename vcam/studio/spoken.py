"""Which frames of a training set were taken from which moment of the speech set."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path

from vcam.errors import InputError

SPOKEN = "spoken.json"


@dataclass(frozen=True)
class Moment:
    """One frame of a training set and where its mouth comes from."""

    frame: int
    path: str
    """Of the clip in the speech set, as in its manifest."""
    t_ns: int
    """Media time within that clip."""


def write_spoken(folder: Path, moments: Sequence[Moment]) -> None:
    """Write the moments beside the frames; equal moments, equal bytes."""
    lines = [json.dumps(asdict(moment), sort_keys=True) for moment in moments]
    draft = folder / f".{SPOKEN}"
    draft.write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8")
    draft.replace(folder / SPOKEN)


def read_spoken(folder: Path) -> tuple[Moment, ...]:
    """Read the moments of a training set. Raises InputError where none were written."""
    try:
        rows = json.loads((folder / SPOKEN).read_text("utf-8"))
    except (OSError, ValueError):
        raise InputError(
            f"{folder}: no sound.flac and no {SPOKEN}: nothing says which sound belongs to these "
            "frames; run_vcam.py studio render with the same --out writes it"
        ) from None
    return tuple(Moment(**row) for row in rows)


def by_recording(moments: Sequence[Moment], speech: Path) -> Iterator[tuple[str, list[Moment]]]:
    """Yield each recording's path in the speech set and its moments, in order of time.

    Raises InputError when a recording is not in `speech`.
    """

    def path_of(moment: Moment) -> str:
        return moment.path

    ordered = sorted(moments, key=lambda moment: (moment.path, moment.t_ns))
    for path, group in groupby(ordered, path_of):
        file = speech / f"{path}.flac"
        if not file.is_file():
            raise InputError(
                f"{file}: no such recording; give the speech set that the frames were rendered with"
            )
        yield path, list(group)
