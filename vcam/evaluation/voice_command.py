"""`evaluate voice`: the fuser against voices that it has never heard."""

import argparse
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import torch

from vcam.errors import InputError
from vcam.evaluation.machine import describe
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
from vcam.evaluation.voice_stillness import Stillness
from vcam.evaluation.voice_turns import turn_rows
from vcam.evaluation.voice_whisper import whisper_rows
from vcam.resources import shipped
from vcam.runtimes.base import WEIGHTS
from vcam.studio.assets import find_assets, load_head
from vcam.studio.lips import MeanLips
from vcam.studio.recordings import find_data
from vcam.training.answers import load_fuser

Report = Callable[[str], None]

PARTS = (
    "synthetic", "real", "recorded", "languages", "robustness", "still", "turns", "whisper", "cost"
)  # fmt: skip
_FOREIGN_CLIPS = 12


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
    """Judge, report a table, and write the figures and plots that were asked for."""
    wrong = [part for part in given.part or () if part not in PARTS]
    if wrong:
        raise InputError(f"--part {wrong[0]}: unknown; wanted one of {', '.join(PARTS)}")
    torch.set_num_threads(1)
    rows = []
    report(f"{'set':<22} {'metric':<50} {'value':>7}  95 % interval     floor ceiling  wanted")
    for row in _rows(given):
        rows.append(row)
        report(line(row))
    if given.json:
        figures = {"machine": describe(), "rows": [row.record() for row in rows]}
        given.json.write_text(json.dumps(figures, indent=1), encoding="utf-8")
    return 0


def line(row: Row) -> str:
    """Return one line of the table."""
    bounds = "".join(
        f" {bound:6.3f}" if bound is not None else "      -" for bound in (row.floor, row.ceiling)
    )
    interval = f"{row.low:7.3g} .. {row.high:<7.3g}"
    return f"{row.set:<22} {row.metric:<50} {row.value:7.3g} {interval} {bounds}  {row.wanted}"


def _rows(given: argparse.Namespace) -> Iterator[Row]:
    parts = given.part or PARTS
    folder: Path = given.model or shipped("models") / "fuser"
    net = load_fuser(folder / WEIGHTS)
    asset = load_head(find_assets(given.assets))
    lips = MeanLips(asset)
    judge = Judge(net, lips)
    if {"synthetic", "robustness", "turns"} & set(parts):
        synthetic = held_out(_speech(given), lips, lambda source: source in SYNTHETIC)
        some = evenly(synthetic, given.clips)
        if "synthetic" in parts:
            yield from judge.moving("held-out voices", some, ">= 0.90")
            yield judge.widths("held-out voices", some, ">= 0.80")
            _plot(given, judge, lips, evenly(some, 2))
        if "robustness" in parts:
            yield from judge.robustness("held-out voices", evenly(synthetic, 60), given.seed)
        if "turns" in parts:
            yield from turn_rows(net, "held-out voices", evenly(synthetic, 20))
    if "languages" in parts:
        for language in FOREIGN:
            spoken = foreign(language, _FOREIGN_CLIPS, given.seed)
            yield from judge.meeting(f"espeak {language}", spoken, ">= 0.90")
    if "recorded" in parts:
        recorded = held_out(_speech(given), lips, lambda source: source == "libri_test_other")
        yield from judge.meeting("libri_test_other", evenly(recorded, given.clips), ">= 0.95")
        _plot(given, judge, lips, evenly(recorded, 1))
    if "real" in parts:
        filmed = evenly(real_speaker(find_data(given.data)), given.clips)
        yield from judge.moving("real speaker", filmed, ">= 0.70")
        _plot(given, judge, lips, evenly(filmed, 2))
    if "still" in parts:
        yield from Stillness(net, asset).rows(given.seconds, given.seed)
    if "whisper" in parts:
        yield from whisper_rows(net, lips, given.seed)
    if "cost" in parts:
        (spoken,) = foreign("de", 1, given.seed)
        yield from cost_rows(folder, rows_of(spoken.samples), given.cost_seconds)


def _speech(given: argparse.Namespace) -> Path:
    if given.speech is None:
        raise InputError("no speech set; give --speech FOLDER as `studio speech --out` made it")
    folder: Path = given.speech
    return folder


def _plot(given: argparse.Namespace, judge: Judge, lips: MeanLips, clips: list[JudgedClip]) -> None:
    if given.plots is None:
        return
    given.plots.mkdir(parents=True, exist_ok=True)
    for clip in clips:
        said = lips.aperture(judge.mouth(clip.samples, LIVE_MS))
        plot(clip, said, CURVE_HZ, given.plots / f"{clip.name.replace('/', '_')}.png")
