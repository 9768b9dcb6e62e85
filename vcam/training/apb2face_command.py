"""`train apb2face`: one geometry predictor for all, then a face reenactor for each announcer.

The predictor learns from the speech set, the mean landmarks of the announcers that are trained:
nothing that it reads says whose they are. A reenactor learns from true landmarks, so every frame
of a training set serves, whether its sound is known or not.
"""

import argparse
from collections.abc import Mapping
from pathlib import Path

import torch

from vcam.errors import InputError
from vcam.nets.apb2facev2 import senses_example
from vcam.nets.discriminator import PatchDiscriminator
from vcam.nets.face_reenactor import FaceReenactor
from vcam.nets.geometry import GeometryPredictor, LandmarkDiscriminator
from vcam.studio.frames import FrameStore
from vcam.training import paper_runs
from vcam.training.apb2face import draw, predictor_learners, reenactor_learners
from vcam.training.emphasis import lively
from vcam.training.export import export
from vcam.training.faces import Faces, halved, read_drawn, read_faces
from vcam.training.paper_runs import MODEL, Report
from vcam.training.starting import START_RUNS, balance, branches, fit
from vcam.training.talk import Talk, read_talk
from vcam.training.trainer import Trainer

PREDICTOR_LR, PREDICTOR_BETA, PREDICTOR_RUNS = 3e-4, 0.99, 12


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the flags of this training."""
    paper_runs.configure(parser, ".cache/apb2face")
    parser.add_argument(
        "--predictor-share", type=float, default=0.2, metavar="SHARE",
        help="of the budget (0.2; 0: as in --start); the reenactors share the rest",
    )  # fmt: skip
    parser.add_argument(
        "--channels", type=int, default=0, metavar="N",
        help="of the reenactors' outer layers (64 times --width; the paper: 64)",
    )  # fmt: skip
    parser.add_argument(
        "--dropout", type=float, default=0.5, metavar="SHARE",
        help="in the reenactors' blocks (0.5, the paper's)",
    )  # fmt: skip
    parser.add_argument(
        "--trunk", type=Path, metavar="WEIGHTS",
        help="the net.safetensors of a trained apb2facev2: the predictor starts from what its "
        "fuser reads from sound, pose and blink, which is the same net",
    )  # fmt: skip


def run(given: argparse.Namespace, report: Report) -> int:
    """Train the predictor, then reenactors one after the other, and write the model."""
    paper_runs.prepare(given, ("predictor_share", "dropout"))
    _check(given)
    people = by_announcer(given.clips)
    held_out = by_announcer(given.held_out)
    folder: Path = given.folder / MODEL
    predictor = _train_predictor(list(people), given, report)
    files = export(predictor, {"predict": senses_example()}, folder)
    channels = given.channels or max(4, round(64 * given.width))
    figures: dict[str, float] = {}
    measured_on: list[str] = []
    share = (1.0 - given.predictor_share) / len(people)
    for name, clips in people.items():
        faces = read_drawn(clips, given.side)
        net = _train_reenactor(
            name, faces, share, FaceReenactor(channels, dropout=given.dropout), given, report
        )
        shown = read_faces(held_out.get(name, clips), given.side, given.speech)
        found = paper_runs.measure(lambda batch, net=net: draw(predictor, net, batch), shown)  # type: ignore[misc]
        measured_on.append(f"{name}: {paper_runs.how(shown, name in held_out)}")
        figures |= {f"{name}_{key}": value for key, value in found.items()}
        drawing = {"face": {"drawing": torch.zeros(1, given.side, given.side)}}
        written = export(net, drawing, folder / name)
        files |= {f"{name}/{file}": digest for file, digest in written.items()}
    settings = {
        "side": given.side,
        "predictor": {"landmarks": paper_runs.POINTS, "width": given.width},
        "reenactor": {"channels": channels},
    }
    paper_runs.write_card(
        folder, "apb2face", settings, files, figures, "; ".join(measured_on), given
    )
    report(f"{folder}: " + ", ".join(f"{k} {v:.3f}" for k, v in figures.items()))
    return 0


def _check(given: argparse.Namespace) -> None:
    """Raise InputError for what this training alone cannot do."""
    if given.channels < 0:
        raise InputError(f"--channels {given.channels}: wanted 1 or more, or 0: as --width says")
    if not given.start and given.predictor_share == 0:
        raise InputError("--predictor-share 0: no predictor to keep; give a model with --start")
    if not given.start and given.predictor_share == 1:
        raise InputError(
            "--predictor-share 1: no time for the reenactors; give a share below 1, or a model "
            "with --start"
        )


def by_announcer(clips: list[Path]) -> Mapping[str, list[Path]]:
    """Return the clips of each announcer."""
    found: dict[str, list[Path]] = {}
    for clip in clips:
        found.setdefault(FrameStore(clip).card["announcer"], []).append(clip)
    return found


def _train_predictor(
    names: list[str], given: argparse.Namespace, report: Report
) -> GeometryPredictor:
    """Return a predictor of these announcers' mean landmarks."""
    net = GeometryPredictor(paper_runs.POINTS, given.width)
    started = paper_runs.start(net, given)
    if given.predictor_share == 0:
        return net.eval()
    talk = read_talk(given.speech, names, given.hours, given.seed)
    judge = LandmarkDiscriminator(paper_runs.POINTS)
    if given.trunk:
        fuser = paper_runs.trained_fuser(given.trunk, "--trunk", given.width)
        net.trunk.load_state_dict(fuser.trunk.state_dict())
    if not started:
        _start_predictor(net, talk, given.seed)
    trainer = Trainer(
        predictor_learners(net.to(given.device), judge.to(given.device)),
        lambda step: talk.batch(step, PREDICTOR_RUNS, given.seed).to(given.device),
        paper_runs.recipe(given, given.predictor_share, PREDICTOR_LR, PREDICTOR_BETA, bf16=False),
        given.folder / "predictor",
        about=_about(given),
    )
    report(f"predictor: {len(talk)} moments of speech, from step {trainer.step}")
    trainer.train(report)
    net.load_state_dict(trainer.averaged["net"].state_dict())
    return net.cpu().eval()


@torch.no_grad()
def _start_predictor(net: GeometryPredictor, talk: Talk, seed: int) -> None:
    """Let a fresh predictor see sound, pose and blink alike, and read off what it can."""
    batch = talk.batch(0, START_RUNS, seed)
    trunk, hidden = net.trunk, net.head[:-1]
    balance(
        branches(trunk), lambda: trunk.of_rows(batch.rows, batch.starts, batch.pose, batch.blink)
    )
    seen = trunk.of_rows(batch.rows, batch.starts, batch.pose, batch.blink)
    fit(net.last, hidden(seen), batch.landmarks)


def _train_reenactor(
    name: str,
    faces: Faces,
    share: float,
    net: FaceReenactor,
    given: argparse.Namespace,
    report: Report,
) -> FaceReenactor:
    """Return one person's reenactor."""
    paper_runs.start(net, given, name)
    net = net.to(given.device)
    odds = lively(faces) if given.emphasis else None
    shares = paper_runs.parts(given, share)
    for part in paper_runs.left(given.folder / name, shares, report):
        seen = halved(faces) if part == "small" else faces
        adversarial = part == "adversarial"
        judge = PatchDiscriminator(net.channels).to(given.device) if adversarial else None
        trainer = Trainer(
            reenactor_learners(net, judge, given.emphasis),
            lambda step, seen=seen: seen.batch(step, given.batch, given.seed, odds).to(
                given.device
            ),  # type: ignore[misc]
            paper_runs.recipe(given, shares[part], paper_runs.drawing_lr(given, part), 0.5),
            given.folder / name / part,
            about=_about(given),
        )
        report(f"{name}, {part}: {len(seen)} frames, from step {trainer.step}")
        trainer.train(report)
        net.load_state_dict(trainer.averaged["net"].state_dict())
    return net.cpu().eval()


def _about(given: argparse.Namespace) -> dict[str, object]:
    return paper_runs.about(given, "channels", "dropout", "trunk")
