"""`train fuser`: from the speech set to the weights of `models/fuser`.

Twice is best: first from curves alone, then again with the first net as the `--teacher`, which
hears 200 ms ahead and says the curves of the recorded voices that have no text. What is shipped
is the mean of such runs (`--average`), made to close its lips a little more readily (`--close`).
"""

import argparse
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import chain
from pathlib import Path

import numpy as np
import torch

from vcam.audio.running_mean import RunningMean
from vcam.errors import InputError
from vcam.nets.fuser import WINDOW_ROWS, Fuser
from vcam.runtimes.torch import import_weights
from vcam.studio.assets import find_assets, load_head
from vcam.studio.recordings import find_data, transcripts
from vcam.studio.sound import read_sound
from vcam.studio.speechset import read_clip, read_manifest
from vcam.training import flags
from vcam.training import tape as tapes
from vcam.training.answers import load_fuser, shapes_of
from vcam.training.averaging import close, mean_of
from vcam.training.export import export
from vcam.training.fuser_card import learned_from, mean_learned_from, write_card
from vcam.training.fuser_loss import FuserLoss, aligned
from vcam.training.lips import Lips
from vcam.training.recipe import Recipe
from vcam.training.rows import PieceSource
from vcam.training.tape import Clip, Tape
from vcam.training.trainer import Learner, Trainer

MODEL = "model"
"""The part of the folder that can be shipped."""
_TEACHER_HEARS_MS = 200
_UNLABELLED = "libri_train"
_CHECKED_CLIPS = 6
_WEIGHT_DECAY = 0.02

Report = Callable[[str], None]


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the flags of this training."""
    parser.add_argument("--speech", type=Path, metavar="FOLDER", help="set of `studio speech`")
    parser.add_argument("--data", type=Path, metavar="FOLDER", help="recordings without text, too")
    parser.add_argument("--assets", type=Path, metavar="FOLDER", help="where the head model is")
    parser.add_argument("--folder", type=Path, default=Path(".cache/fuser"), help="works in here")
    parser.add_argument("--tape", type=Path, metavar="FOLDER", help="default: FOLDER/tape")
    parser.add_argument("--start", type=Path, metavar="WEIGHTS", help="go on from these")
    parser.add_argument(
        "--teacher", type=Path, metavar="WEIGHTS", help="go on from these, and let them say curves"
    )
    parser.add_argument(
        "--average", type=Path, nargs="+", metavar="WEIGHTS", help="do not train: the mean of these"
    )
    parser.add_argument(
        "--close", type=float, default=0.0, metavar="APERTURE", help="with it: part lips less (0)"
    )
    parser.add_argument("--minutes", type=float, default=60.0, help="of wall time (60)")
    parser.add_argument("--steps", type=int, default=0, help="or as many steps, if fewer")
    parser.add_argument("--batch", type=int, default=32, help="pieces of 1.6 s in a batch (32)")
    parser.add_argument("--lr", type=float, default=1e-3)
    parser.add_argument(
        "--dropout", type=float, default=0.0, metavar="SHARE", help="of channels, hidden (0)"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="cpu", metavar="cpu|cuda")
    parser.add_argument("--threads", type=int, default=1)


def run(given: argparse.Namespace, report: Report) -> int:
    """Record the tapes if they are missing, train, and write the weights."""
    flags.check(given)
    if not 0.0 <= given.dropout < 1.0:
        raise InputError(f"--dropout {given.dropout}: wanted a share of 0 or more, and below 1")
    if given.close and not given.average:
        raise InputError(
            f"--close {given.close:g}: only a mean of runs is made to close its lips; give the "
            "weights with --average"
        )
    if given.data:  # now: it is read last, after all else was recorded
        find_data(given.data)
    torch.set_num_threads(given.threads)
    return _average(given, report) if given.average else _train(given, report)


def _average(given: argparse.Namespace, report: Report) -> int:
    net = mean_of(given.average)
    if given.close:
        close(net, Lips(load_head(find_assets(given.assets))), given.close)
    made = {"mean_of_runs": len(given.average), "lips_part_less_by": given.close}
    _ship(net, mean_learned_from(given.average), made, given, report)
    return 0


def _train(given: argparse.Namespace, report: Report) -> int:
    folder: Path = given.folder
    train, check = _tapes(given, report)
    about = flags.about(given, "batch", "dropout", "start", "teacher")
    about["tape"] = [len(train.takes), train.rows.shape[1]]  # wherever it lies
    data = learned_from(train.takes, given.teacher, given.start)
    torch.manual_seed(given.seed)
    net = Fuser(dropout=given.dropout)
    if given.start or given.teacher:  # a pupil starts as its teacher
        import_weights(net, given.start or given.teacher)
    if given.teacher:
        train = told_by(load_fuser(given.teacher), train)
    net.to(given.device)
    lips = Lips(load_head(find_assets(given.assets))).to(given.device)
    recipe = Recipe(
        steps=given.steps,
        minutes=given.minutes,
        lr=given.lr,
        weight_decay=_WEIGHT_DECAY,
        bf16=True,
        seed=given.seed,
    )
    learner = Learner("fuser", net, FuserLoss(net, lips))
    source = PieceSource(train, given.batch, given.seed, device=given.device)
    trainer = Trainer(
        (learner,),
        source,
        recipe,
        folder,
        lambda: measure(trainer.averaged["fuser"], lips, check),
        about,
    )
    report(f"{sum(p.numel() for p in net.parameters()):,} parameters, from step {trainer.step}")
    trainer.train(report)
    averaged = trainer.averaged["fuser"]
    assert isinstance(averaged, Fuser)
    made = {"steps": trainer.step, "training_minutes": round(trainer.seconds / 60, 1)}
    _ship(averaged.cpu(), data, made, given, report)
    return 0


def _ship(
    net: Fuser, data: str, made: Mapping[str, float], given: argparse.Namespace, report: Report
) -> None:
    folder: Path = given.folder / MODEL
    files = export(net, net.examples(), folder)
    write_card(folder, data, files, made, given)
    report(f"{folder}: {len(files)} files and their card")


def told_by(teacher: Fuser, tape: Tape) -> Tape:
    """Return the tape with the missing curves as `teacher` hears them, from the clean sound."""
    curves = tape.curves.copy()
    takes = []
    for take in tape.takes:
        if not take.curves:
            rows = RunningMean().push(tape.rows[0, take.start : take.stop].astype(np.float32))
            curves[take.start : take.stop] = shapes_of(teacher, rows, _TEACHER_HEARS_MS)
        takes.append(replace(take, curves=True))
    return replace(tape, curves=curves, takes=tuple(takes))


@torch.no_grad()
def measure(net: torch.nn.Module, lips: Lips, tape: Tape) -> Mapping[str, float]:
    """Return the correlation of aperture for each look-ahead, over all of a tape's clean sound."""
    assert isinstance(net, Fuser)
    net.eval()
    ahead, device = net.look_aheads_ms, lips.gap.device
    said, wanted = [], []
    for take in tape.takes[:: max(1, len(tape.takes) // _CHECKED_CLIPS)]:
        plain, known = (
            table[take.start : take.stop].astype(np.float32)
            for table in (tape.rows[0], tape.curves)
        )
        rows = torch.from_numpy(RunningMean().push(plain))[None].to(device)
        curves = torch.from_numpy(known)[None].to(device)
        if rows.shape[1] < 2 * WINDOW_ROWS:
            continue
        raw = net(rows)[:, :-1]
        said.append(raw.clamp(0.0, 1.0)[0])
        wanted.append(aligned(curves, raw.shape[1], ahead)[0])
    gap = lips.aperture(torch.cat(said)).clamp_min(0.0)
    true = lips.aperture(torch.cat(wanted)).clamp_min(0.0)
    shut = true < 0.012
    figures = {}
    for place, ms in enumerate(ahead):
        pair = torch.stack([gap[:, place], true[:, place]])
        figures[f"r_{ms}"] = float(torch.corrcoef(pair)[0, 1])
        figures[f"met_{ms}"] = float((gap[:, place] < 0.015)[shut[:, place]].float().mean())
    return figures


def _tapes(given: argparse.Namespace, report: Report) -> tuple[Tape, Tape]:
    """Return the tape to train on and the one to check with; record them where they are missing."""
    folder: Path = given.tape if given.tape is not None else given.folder / "tape"
    for part in ("train", "validation"):
        if (folder / part / "tape.json").is_file():
            continue
        if given.speech is None:
            raise InputError(
                f"no tape in '{folder}', and no speech set to make one from; give --speech FOLDER"
            )
        report(f"recording the tape of the {part} voices")
        clips = read_set(given.speech, part, _CHECKED_CLIPS if part == "validation" else None)
        more = read_unlabelled(given.data) if given.data and part == "train" else iter(())
        tapes.record(chain(clips, more), folder / part, given.seed, report)
    return tapes.load(folder / "train"), tapes.load(folder / "validation")


def read_set(folder: Path, split: str, limit: int | None = None) -> Iterator[Clip]:
    """Yield the clips with curves of one part of a speech set; `limit` of them, evenly taken."""
    rows = [row for row in read_manifest(folder) if row["split"] == split and row["curves"]]
    step = max(1, len(rows) // limit) if limit else 1
    for row in rows[::step][:limit]:
        clip = read_clip(folder, row["path"])
        said = (row["voice"], row["source"], row["language"], row.get("licence", ""))
        yield Clip(clip.samples, clip.weights, *said)


def read_unlabelled(data: Path) -> Iterator[Clip]:
    """Yield the recorded voices whose text nobody knows."""
    for line in (data / "speech/manifest.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        source = row["path"].split("/")[0]
        if source == _UNLABELLED and Path(row["path"]).stem not in transcripts():
            samples = read_sound(data / "speech" / row["path"])
            licence = row.get("licence", "")
            yield Clip(samples, None, row["speaker"], source, row["lang"], licence)
