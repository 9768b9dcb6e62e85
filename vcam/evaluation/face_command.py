"""`evaluate face`: a model that draws, against held-out frames of the studio."""

import argparse
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from vcam.engines import build_engine
from vcam.engines.card import ModelCard, load_card, read_card
from vcam.errors import InputError
from vcam.evaluation.face import FaceJudge, Judged, rows
from vcam.evaluation.face_heard import heard_controls
from vcam.evaluation.face_sheet import make_sheet
from vcam.evaluation.machine import describe
from vcam.evaluation.voice import Row
from vcam.evaluation.voice_command import line
from vcam.identity import load_identity
from vcam.profile import EngineSettings
from vcam.studio.frames import STORE, FrameStore
from vcam.training.lite import HELD_OUT, TRAINING

Report = Callable[[str], None]


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `evaluate face`."""
    parser.add_argument("--model", required=True, metavar="NAME|FOLDER", help="what draws")
    parser.add_argument("--frames", type=Path, default=Path(".cache/frames"), metavar="DIR")
    parser.add_argument("--announcer", action="append", metavar="NAME", help="default: all there")
    parser.add_argument("--runtime", default="auto", choices=("auto", "openvino", "torch"))
    parser.add_argument("--count", type=int, default=0, help="frames of each clip (0: all)")
    parser.add_argument(
        "--heard", action="store_true", help="move the mouth by the clip's sound, through the fuser"
    )
    parser.add_argument("--sheet", type=Path, metavar="FOLDER", help="contact sheets go there")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every figure there")


def run(given: argparse.Namespace, report: Report) -> int:
    """Judge, report a table, and write figures and sheets."""
    there = sorted(file.parts[-3] for file in given.frames.glob(f"*/{TRAINING}/{STORE}"))
    names = given.announcer or there
    if not names:
        raise InputError(
            f"no frames in '{given.frames}'; make them: run_vcam.py studio render --out DIR"
        )
    card = _card(given.model, given.heard)
    report(f"{'set':<22} {'metric':<50} {'value':>7}  95 % interval     floor ceiling  wanted")
    found = []
    for name in names:
        for row in _judge(card, name, given):
            found.append(row)
            report(line(row))
    if given.json:
        figures = {"machine": describe(), "rows": [row.record() for row in found]}
        given.json.write_text(json.dumps(figures, indent=1), encoding="utf-8")
    return 0


def _card(model: str, heard: bool) -> ModelCard:
    """Return the card of a model by name or folder; without a fuser if the expression is given."""
    folder = Path(model)
    card = read_card(folder) if (folder / "model.yaml").is_file() else load_card(model)
    given = {key: value for key, value in card.net.items() if heard or key != "fuser"}
    return replace(card, net=given)


def _judge(card: ModelCard, name: str, given: argparse.Namespace) -> Iterator[Row]:
    """Yield the rows of one announcer, and write the sheets."""
    folder = given.frames / name
    settings = EngineSettings(runtime=given.runtime)
    engine = build_engine(card, load_identity(name), settings)
    judge = FaceJudge(engine, FrameStore(folder / TRAINING))
    window = engine.spec.window
    if given.heard and window is None:
        raise InputError(f"--heard: the model '{card.name}' hears nothing; leave it out")
    judged: list[Judged] = []
    for file in sorted(folder.glob(f"{HELD_OUT}/{STORE}")):
        clip = FrameStore(file.parent)
        count = min(given.count or len(clip), len(clip))
        chosen = np.linspace(0, len(clip) - 1, count).astype(int).tolist()
        judged += judge.frames(clip, chosen, heard_controls(clip, window) if window else None)
        if given.sheet and not given.heard:
            given.sheet.mkdir(parents=True, exist_ok=True)
            sheet = make_sheet(judge, clip)[..., ::-1]
            cv2.imwrite(str(given.sheet / f"{name}_{file.parent.name}.png"), sheet)
    if not judged:
        raise InputError(f"no held-out clips in '{folder}'; wanted folders {HELD_OUT}")
    way = "heard" if given.heard else "held out"
    yield from rows(card.name, name, way, judge.side, judged)
