"""`train apb2facev2`: all announcers with one net.

In up to four parts, each with a folder and a share of the budget: the fuser learns the geometry
from hours of speech (`fuser`), the whole net learns to draw at half the side (`small`) and at the
whole (`drawing`), and draws against a discriminator (`adversarial`). The paper has only the last;
the others make a short training whole, and are off unless asked for.
"""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import cast

import torch
from torch import Tensor, nn

from vcam.nets.apb2facev2 import APB2FaceV2, examples
from vcam.nets.audio_fuser import AudioAwareFuser
from vcam.nets.discriminator import PatchDiscriminator
from vcam.studio.frames import FrameStore
from vcam.training import paper_runs
from vcam.training.apb2facev2 import draw, fuser_learner, learners
from vcam.training.emphasis import lively
from vcam.training.export import export
from vcam.training.faces import Faces, halved, read_faces
from vcam.training.paper_runs import MODEL, Report
from vcam.training.starting import START_RUNS, balance, branches, fit
from vcam.training.talk import Talk, read_talk
from vcam.training.trainer import Trainer

FUSER = "fuser"
"""The part before the drawing."""
JUDGE_CHANNELS = 64
FUSER_LR, FUSER_RUNS = 1e-3, 6


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the flags of this training."""
    paper_runs.configure(parser, ".cache/apb2facev2")
    parser.add_argument(
        "--fuser-first", type=float, default=0.0, metavar="SHARE",
        help="of the budget: the fuser alone, from the speech set (0; the paper: 0)",
    )  # fmt: skip
    parser.add_argument(
        "--frozen-fuser", type=Path, metavar="WEIGHTS",
        help="the net.safetensors of a trained model: keep its fuser as it is (the paper's code)",
    )  # fmt: skip


def run(given: argparse.Namespace, report: Report) -> int:
    """Train, and write the model."""
    paper_runs.prepare(given, ("fuser_first",))
    sizes = {
        "latent_dim": paper_runs.LATENT,
        "width": given.width,
        "landmarks": paper_runs.POINTS,
    }
    net = APB2FaceV2(**sizes).to(given.device)
    paper_runs.start(net, given)
    if given.frozen_fuser:
        kept = paper_runs.trained_fuser(given.frozen_fuser, "--frozen-fuser", given.width)
        _copy(kept, net.fuser)
    drawing = paper_runs.parts(given, 1.0 - given.fuser_first)
    left = paper_runs.left(given.folder, {FUSER: given.fuser_first, **drawing}, report)
    if FUSER in left:
        _train_fuser(net, given, report)
    train = read_faces(given.clips, given.side, given.speech)
    held_out = read_faces(given.held_out, given.side, given.speech) if given.held_out else train
    count = sum(parameter.numel() for parameter in net.parameters())
    report(f"{count:,} parameters, {len(train)} frames")
    for name in (part for part in left if part != FUSER):
        sets = (halved(train), halved(held_out)) if name == "small" else (train, held_out)
        _train_whole(net, name, drawing[name], sets, given, report)
    figures = paper_runs.measure(lambda batch: draw(net, batch), held_out)
    measured_on = paper_runs.how(held_out, bool(given.held_out))
    _write(net, sizes, given, {"parameters": count, **figures}, measured_on)
    report(f"{given.folder / MODEL}: " + ", ".join(f"{k} {v:.3f}" for k, v in figures.items()))
    return 0


def _train_fuser(net: APB2FaceV2, given: argparse.Namespace, report: Report) -> None:
    """Teach the fuser alone what the announcers' landmarks are."""
    names = sorted({str(FrameStore(clip).card["announcer"]) for clip in given.clips})
    talk = read_talk(given.speech, names, given.hours, given.seed)
    report(f"{len(talk)} moments of speech, mean landmarks of {', '.join(names)}")
    if not given.start:
        _start_fuser(net.fuser, talk, given.seed)
    trainer = Trainer(
        (fuser_learner(net.fuser),),
        lambda step: talk.batch(step, FUSER_RUNS, given.seed).to(given.device),
        paper_runs.recipe(given, given.fuser_first, FUSER_LR, 0.9),
        given.folder / FUSER,
        about=_about(given),
    )
    trainer.train(report)
    _copy(trainer.averaged["fuser"], net.fuser)


@torch.no_grad()
def _start_fuser(fuser: AudioAwareFuser, talk: Talk, seed: int) -> None:
    """Let a fresh fuser see sound, pose and blink alike, and read off landmarks as it can."""
    batch = talk.batch(0, START_RUNS, seed).to(next(fuser.parameters()).device.type)

    def latent() -> Tensor:
        return fuser.of_rows(batch.rows, batch.starts, batch.pose, batch.blink)

    balance([*branches(fuser.trunk), cast(nn.Linear, fuser.fuse[-1])], latent)
    fit(fuser.landmarks, latent(), batch.landmarks)


def _train_whole(
    net: APB2FaceV2,
    name: str,
    share: float,
    sets: tuple[Faces, Faces],
    given: argparse.Namespace,
    report: Report,
) -> None:
    """Teach the whole net to draw; it keeps the averaged weights."""
    train, held_out = sets
    odds = lively(train) if given.emphasis else None
    channels = max(4, round(JUDGE_CHANNELS * given.width))
    judge = PatchDiscriminator(channels).to(given.device) if name == "adversarial" else None

    def check() -> Mapping[str, float]:
        return paper_runs.measure(lambda batch: draw(averaged(), batch), held_out)

    trainer = Trainer(
        learners(net, judge, given.frozen_fuser is not None, given.emphasis),
        lambda step: train.batch(step, given.batch, given.seed, odds).to(given.device),
        paper_runs.recipe(given, share, paper_runs.drawing_lr(given, name), 0.5),
        given.folder / name,
        check,
        _about(given),
    )

    def averaged() -> APB2FaceV2:
        found = trainer.averaged["net"]
        assert isinstance(found, APB2FaceV2)
        return found

    report(f"{name}: from step {trainer.step}")
    trainer.train(report)
    _copy(averaged(), net)


def _about(given: argparse.Namespace) -> dict[str, object]:
    return paper_runs.about(given, "frozen_fuser")


def _copy(source: nn.Module, target: nn.Module) -> None:
    target.load_state_dict(source.state_dict())


def _write(
    net: APB2FaceV2,
    sizes: Mapping[str, object],
    given: argparse.Namespace,
    figures: Mapping[str, float],
    measured_on: str,
) -> None:
    """Write weights, graphs and card."""
    net = net.cpu().eval()
    folder = given.folder / MODEL
    files = export(net, examples(net, given.side), folder)
    settings = {"side": given.side, "sizes": dict(sizes)}
    paper_runs.write_card(folder, "apb2facev2", settings, files, figures, measured_on, given)
