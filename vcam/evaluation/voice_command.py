"""`evaluate voice`: the fuser against voices that it has never heard."""

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path

import torch

from vcam.errors import AssetError, InputError
from vcam.evaluation.machine import describe
from vcam.evaluation.reports import check_writable, make_folder, write_json
from vcam.evaluation.voice import LIVE_MS, Judge, Row
from vcam.evaluation.voice_cost import cost_rows
from vcam.evaluation.voice_plots import plot
from vcam.evaluation.voice_sets import (
    CURVE_HZ,
    FOREIGN,
    SYNTHETIC,
    JudgedClip,
    evenly,
    foreign,
    held_out,
    real_speaker,
    rows_of,
)
from vcam.evaluation.voice_stillness import LEAST_S, Stillness
from vcam.evaluation.voice_turns import turn_rows
from vcam.evaluation.voice_whisper import whisper_rows
from vcam.resources import shipped
from vcam.runtimes.base import WEIGHTS
from vcam.studio.assets import find_assets, load_head
from vcam.studio.lips import MeanLips
from vcam.studio.recordings import find_data
from vcam.training.answers import load_fuser

Report = Callable[[str], None]

_MOST_S = 3600
_FOREIGN_CLIPS, _SPOILT_CLIPS, _LIVE_CLIPS = 12, 60, 20


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `evaluate voice`."""
    parser.add_argument("--speech", type=Path, metavar="FOLDER", help="set of `studio speech`")
    parser.add_argument("--data", type=Path, metavar="FOLDER", help="recordings of people")
    parser.add_argument("--assets", type=Path, metavar="FOLDER", help="where the head model is")
    parser.add_argument("--model", type=Path, metavar="FOLDER", help="default: the shipped fuser")
    parser.add_argument("--part", action="append", metavar="|".join(PARTS), help="only this")
    parser.add_argument("--clips", type=int, default=200, help="of each set at most; 0: all (200)")
    parser.add_argument("--seconds", type=float, default=60.0, help="of each noise (60)")
    parser.add_argument("--cost-seconds", type=float, default=5.0, help="of measuring cost (5)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--plots", type=Path, metavar="FOLDER", help="five PNG files go there")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every figure there")


def run(given: argparse.Namespace, report: Report) -> int:
    """Judge, report a table, and write the figures and plots that were asked for.

    A part whose sources are not here is left out, unless it was asked for by name.
    """
    _check(given)
    torch.set_num_threads(1)
    rows = []
    report(f"{'set':<22} {'metric':<50} {'value':>7}  95 % interval     floor ceiling  wanted")
    evaluation = Evaluation(given)
    for part in given.part or PARTS:
        try:
            for row in PARTS[part](evaluation):
                rows.append(row)
                report(line(row))
        except AssetError as problem:
            if given.part:
                raise
            report(f"{part}: left out: {problem}")
    write_json(given.json, {"machine": describe(), "rows": [row.record() for row in rows]})
    return 0


def _check(given: argparse.Namespace) -> None:
    """Refuse what cannot be judged or written. Raises InputError, OutputError."""
    wrong = [part for part in given.part or () if part not in PARTS]
    if wrong:
        raise InputError(f"--part {wrong[0]}: unknown; wanted one of {', '.join(PARTS)}")
    if given.clips < 0:
        raise InputError(f"--clips {given.clips}: wanted a number of clips, or 0 for all")
    if not LEAST_S <= given.seconds <= _MOST_S:
        raise InputError(f"--seconds {given.seconds:g}: wanted {LEAST_S} to {_MOST_S}")
    if not 0 < given.cost_seconds <= _MOST_S:
        wanted = f"wanted more than 0, at most {_MOST_S}"
        raise InputError(f"--cost-seconds {given.cost_seconds:g}: {wanted}")
    if given.seed < 0:
        raise InputError(f"--seed {given.seed}: wanted 0 or more")
    check_writable(given.json, "--json")
    make_folder(given.plots, "--plots")


def line(row: Row) -> str:
    """Return one line of the table."""
    bounds = "".join(
        f" {bound:6.3f}" if bound is not None else "      -" for bound in (row.floor, row.ceiling)
    )
    interval = f"{row.low:7.3g} .. {row.high:<7.3g}"
    return f"{row.set:<22} {row.metric:<50} {row.value:7.3g} {interval} {bounds}  {row.wanted}"


class Evaluation:
    """One fuser and what it is judged on; every part yields its rows."""

    def __init__(self, given: argparse.Namespace) -> None:
        self._given = given
        self._folder: Path = given.model or shipped("models") / "fuser"
        self._net = load_fuser(self._folder / WEIGHTS)
        self._asset = load_head(find_assets(given.assets))
        self._lips = MeanLips(self._asset)
        self._judge = Judge(self._net, self._lips)

    def synthetic(self) -> Iterator[Row]:
        """Follow the held-out voices of synthesisers."""
        clips = self._held_out(SYNTHETIC, self._given.clips)
        yield from self._judge.moving("held-out voices", clips, ">= 0.90", "0 +-15")
        yield self._judge.widths("held-out voices", clips, ">= 0.80")
        self._plot(evenly(clips, 2))

    def robustness(self) -> Iterator[Row]:
        """Follow them through bad microphones."""
        clips = self._held_out(SYNTHETIC, _SPOILT_CLIPS)
        yield from self._judge.robustness("held-out voices", clips, self._given.seed)

    def turns(self) -> Iterator[Row]:
        """Begin and end with them."""
        yield from turn_rows(self._net, "held-out voices", self._held_out(SYNTHETIC, _LIVE_CLIPS))

    def languages(self) -> Iterator[Row]:
        """Meet the lips in other languages."""
        for language in FOREIGN:
            clips = foreign(language, _FOREIGN_CLIPS, self._given.seed)
            yield from self._judge.meeting(f"espeak {language}", clips, ">= 0.90")

    def recorded(self) -> Iterator[Row]:
        """Meet the lips with people."""
        clips = self._held_out(("libri_test_other",), self._given.clips)
        yield from self._judge.meeting("libri_test_other", clips, ">= 0.95")
        self._plot(evenly(clips, 1))

    def real(self) -> Iterator[Row]:
        """Follow a filmed speaker."""
        clips = evenly(real_speaker(find_data(self._given.data)), self._given.clips)
        yield from self._judge.moving("real speaker", clips, ">= 0.70", "0 +-20")
        self._plot(evenly(clips, 2))

    def still(self) -> Iterator[Row]:
        """Rest while nobody speaks."""
        stillness = Stillness(self._net, self._asset)
        yield from stillness.rows(self._given.seconds, self._given.seed)

    def whisper(self) -> Iterator[Row]:
        """Whisper, and raise the voice."""
        yield from whisper_rows(self._net, self._lips, self._given.seed)

    def cost(self) -> Iterator[Row]:
        """Cost little, and say the same on both runtimes."""
        spoken = foreign("de", 1, self._given.seed)[0]
        yield from cost_rows(self._folder, rows_of(spoken.samples), self._given.cost_seconds)

    def _held_out(self, sources: tuple[str, ...], count: int) -> list[JudgedClip]:
        folder: Path | None = self._given.speech
        if folder is None:
            raise InputError("no speech set; give --speech FOLDER as `studio speech` made it")
        clips = held_out(folder, self._lips, lambda source: source in sources)
        if not clips:
            raise AssetError(
                f"the speech set '{folder}' has no test clips of {' or '.join(sources)}; make it "
                f"with them: run_vcam.py studio speech --out {folder}"
            )
        return evenly(clips, count)

    def _plot(self, clips: list[JudgedClip]) -> None:
        if self._given.plots is None:
            return
        for clip in clips:
            said = self._lips.aperture(self._judge.mouth(clip.samples, LIVE_MS))
            plot(clip, said, CURVE_HZ, self._given.plots / f"{clip.name.replace('/', '_')}.png")


PARTS: dict[str, Callable[[Evaluation], Iterator[Row]]] = {
    "synthetic": Evaluation.synthetic,
    "real": Evaluation.real,
    "recorded": Evaluation.recorded,
    "languages": Evaluation.languages,
    "robustness": Evaluation.robustness,
    "still": Evaluation.still,
    "turns": Evaluation.turns,
    "whisper": Evaluation.whisper,
    "cost": Evaluation.cost,
}
"""What can be judged."""
