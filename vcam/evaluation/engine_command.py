"""`evaluate ENGINE`: an engine by the papers' measures, on clips that nothing has learned from."""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from vcam.engines import build_engine
from vcam.engines.card import FACES, ModelCard, find_card
from vcam.errors import InputError
from vcam.evaluation.detector import open_detector
from vcam.evaluation.distances import frechet_distance, kernel_distance
from vcam.evaluation.engine_judge import Judgement, by_announcer, intervals, judge_announcer
from vcam.evaluation.engine_report import report_lines
from vcam.evaluation.engine_sweeps import judge_sweeps, write_talk
from vcam.evaluation.machine import describe
from vcam.evaluation.own_features import Scripted, own_features
from vcam.evaluation.reports import check_writable, make_folder, write_json, write_text
from vcam.identity import load_identity
from vcam.profile import EngineSettings
from vcam.studio.frames import STORE
from vcam.studio.shoot import TRAINING

Report = Callable[[str], None]
DISTANCE_EVERY = 5
"""Of successive frames only so many differ enough to count in a distance of sets."""
_DEFAULT = {"lite": FACES[0]}
"""Families whose model has another name."""
_SECONDS = (0.5, 3600.0)
"""Lips that are shifted by a lag need half a second to follow for."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `evaluate ENGINE`."""
    parser.add_argument(
        "--model",
        metavar="NAME|FOLDER",
        help=f"default: the model of the family's name; of lite, {FACES[0]}",
    )
    parser.add_argument("--frames", type=Path, default=Path(".cache/frames"), metavar="DIR")
    parser.add_argument("--announcer", action="append", metavar="NAME", help="default: all there")
    parser.add_argument("--seconds", type=float, default=6.0, help="of each clip (6)")
    parser.add_argument("--runtime", default="auto", choices=("auto", "openvino", "torch"))
    parser.add_argument("--sheet", type=Path, metavar="FOLDER", help="contact sheets go there")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every figure there")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the tables there")
    parser.add_argument("--inception", type=Path, metavar="FILE", help="your TorchScript, for FID")
    parser.add_argument("--lpips", type=Path, metavar="FILE", help="your TorchScript, for LPIPS")


def run(given: argparse.Namespace, report: Report) -> int:
    """Judge, and report tables."""
    card = _card(given.model or _DEFAULT.get(given.what, given.what), given.what)
    names = given.announcer or sorted(
        file.parts[-3] for file in given.frames.glob(f"*/{TRAINING}/{STORE}")
    )
    if not names:
        raise InputError(
            f"no frames in '{given.frames}'; make them: run_vcam.py studio render --out DIR"
        )
    if not _SECONDS[0] <= given.seconds <= _SECONDS[1]:
        raise InputError(f"--seconds {given.seconds:g}: wanted {_SECONDS[0]:g} to {_SECONDS[1]:g}")
    check_writable(given.json, "--json")
    check_writable(given.markdown, "--markdown")
    make_folder(given.sheet, "--sheet")
    detector = open_detector()
    judgements: list[Judgement] = []
    leaks: dict[str, Any] = {}
    for name in names:
        engine = build_engine(card, load_identity(name), EngineSettings(runtime=given.runtime))
        found_here = list(judge_announcer(engine, name, given.frames, detector, given.seconds))
        judgements += found_here
        if given.sheet:
            first = found_here[0]
            write_talk(given.sheet / f"{name}_talking.png", first.truth, first.drawn)
        leaks[name] = judge_sweeps(engine, name, given.frames, given.sheet)
        report(f"{name}: judged")
    found = {
        "engine": card.name,
        "side": engine.spec.size[0],
        "detector": detector.name if detector else None,
        "clips": len(judgements),
        "measured": dict(card.measured),
        "subjects": {
            subject: {measure: asdict(interval) for measure, interval in table.items()}
            for subject, table in intervals(judgements).items()
        },
        "announcers": by_announcer(judgements),
        "distances": _distances(judgements, given),
        "leakage": leaks,
    }
    lines = report_lines(found)
    for line in lines:
        report(line)
    write_text(given.markdown, "\n".join(lines) + "\n", "--markdown")
    write_json(given.json, found | {"machine": describe()})
    return 0


def _card(model: str, family: str) -> ModelCard:
    """Return the card of a model by name or folder; it must be of the family."""
    card = find_card(model)
    if card.family != family:
        raise InputError(f"model '{model}' is of the family {card.family}; wanted {family}")
    return card


def _distances(judgements: Sequence[Judgement], given: argparse.Namespace) -> dict[str, float]:
    """Return the distances that can be had between what was drawn and the truth."""
    drawn = [p for j in judgements for p in j.drawn[::DISTANCE_EVERY]]
    truth = [p for j in judgements for p in j.truth[::DISTANCE_EVERY]]
    found: dict[str, float] = {}
    features = own_features()
    if features:
        pair = features(drawn), features(truth)
        found |= {"FD-own": frechet_distance(*pair), "KID-own": kernel_distance(*pair)}
    if given.inception:
        net = Scripted(given.inception)
        found["FID"] = frechet_distance(net.features(drawn), net.features(truth))
    if given.lpips:
        found["LPIPS"] = Scripted(given.lpips).distance(drawn, truth)
    return found
