"""`evaluate face`: a model that draws, against held-out frames of the studio."""

import argparse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from vcam.engines import build_engine
from vcam.engines.card import ModelCard, find_card
from vcam.errors import InputError
from vcam.evaluation.face import FaceJudge, Judged, rows
from vcam.evaluation.face_calm import calm_rows, places, unevenness
from vcam.evaluation.face_heard import heard_controls
from vcam.evaluation.face_lips import Spoken, lip_rows
from vcam.evaluation.face_sheet import make_sheet
from vcam.evaluation.geometry import mouth_opening
from vcam.evaluation.machine import describe
from vcam.evaluation.mouth_reader import learn_to_read
from vcam.evaluation.reports import check_writable, make_folder, write_json
from vcam.evaluation.voice import Row
from vcam.evaluation.voice_command import line
from vcam.identity import load_identity
from vcam.media import Controls, WindowSpec
from vcam.profile import EngineSettings
from vcam.studio.announcers import announcer_named
from vcam.studio.frames import STORE, FrameStore
from vcam.studio.renderer import Renderer
from vcam.training.face_frames import shrink
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
    parser.add_argument(
        "--slow", action="store_true", help="only: does it shimmer while a head moves slowly?"
    )
    parser.add_argument("--assets", type=Path, help="of the studio, for --slow")
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
    if given.count < 0:
        raise InputError(f"--count {given.count}: wanted a number of frames, or 0 for all")
    card = _card(given.model, given.heard)
    check_writable(given.json, "--json")
    make_folder(given.sheet, "--sheet")
    report(f"{'set':<22} {'metric':<50} {'value':>7}  95 % interval     floor ceiling  wanted")
    found = []
    judge = _watch if given.slow else _judge
    for name in names:
        for row in judge(card, name, given):
            found.append(row)
            report(line(row))
    write_json(given.json, {"machine": describe(), "rows": [row.record() for row in found]})
    return 0


def _card(model: str, heard: bool) -> ModelCard:
    """Return the card of a model by name or folder; without a fuser if the expression is given."""
    card = find_card(model)
    given = {key: value for key, value in card.net.items() if heard or key != "fuser"}
    return replace(card, net=given)


def _judge(card: ModelCard, name: str, given: argparse.Namespace) -> Iterator[Row]:
    """Yield the rows of one announcer, and write the sheets."""
    folder = given.frames / name
    settings = EngineSettings(runtime=given.runtime)
    engine = build_engine(card, load_identity(name), settings)
    training = FrameStore(folder / TRAINING)
    judge = FaceJudge(engine, training)
    if given.heard and engine.spec.window is None:
        raise InputError(f"--heard: the model '{card.name}' hears nothing; leave it out")
    clips = [FrameStore(file.parent) for file in sorted(folder.glob(f"{HELD_OUT}/{STORE}"))]
    if not clips:
        raise InputError(f"no held-out clips in '{folder}'; wanted folders {HELD_OUT}")
    if given.heard and engine.spec.window:
        yield from _by_ear(card.name, name, judge, engine.spec.window, training, clips, given.count)
        return
    judged: list[Judged] = []
    for clip in clips:
        judged += judge.frames(clip, _chosen(clip, given.count))
        if given.sheet:
            sheet = make_sheet(judge, clip)[..., ::-1]
            cv2.imwrite(str(given.sheet / f"{name}_{clip.folder.name}.png"), sheet)
    yield from rows(card.name, name, "held out", judge.side, judged)


def _watch(card: ModelCard, name: str, given: argparse.Namespace) -> Iterator[Row]:
    """Yield the rows of one announcer whose head moves slowly, beside the studio's pictures."""
    engine = build_engine(card, load_identity(name), EngineSettings(runtime=given.runtime))
    side = engine.spec.size[0]
    with Renderer(announcer_named(name), side, given.assets) as studio:
        watched = places(studio.render(Controls(0)).landmarks68, side)
        true = unevenness(lambda controls: studio.render(controls).rgba, watched)
    yield from calm_rows(card.name, name, unevenness(engine.render, watched), true)


def _by_ear(
    model: str,
    name: str,
    judge: FaceJudge,
    window: WindowSpec,
    training: FrameStore,
    clips: Sequence[FrameStore],
    count: int,
) -> Iterator[Row]:
    """Yield the rows of one announcer whose mouth is moved by the clips' sound."""
    reader = learn_to_read(training, judge.side)
    judged: list[Judged] = []
    spoken: list[Spoken] = []
    for clip in clips:
        chosen, landmarks = _chosen(clip, count), judge.landmarks(clip)
        drawn, seen = [], []
        for index, picture in enumerate(judge.perform(heard_controls(clip, window))):
            truth = shrink(clip.colour(index), judge.side)
            drawn.append(reader.read(picture, landmarks[index]))
            seen.append(reader.read(truth, landmarks[index]))
            if index in chosen:
                judged.append(judge.judge(clip, index, picture))
        spoken.append(
            Spoken(mouth_opening(landmarks).astype(np.float64), np.array(drawn), np.array(seen))
        )
    yield from rows(model, name, "heard", judge.side, judged)
    yield from lip_rows(model, name, "heard", spoken)


def _chosen(clip: FrameStore, count: int) -> list[int]:
    """Return so many frames of a clip, evenly spread; 0: all."""
    places = np.linspace(0, len(clip) - 1, min(count or len(clip), len(clip)))
    return [int(place) for place in places]
