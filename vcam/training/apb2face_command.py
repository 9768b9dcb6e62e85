"""`train apb2face`: one geometry predictor for all, then a face reenactor for each announcer."""

import argparse
from collections.abc import Mapping
from pathlib import Path

import torch

from vcam.nets.discriminator import PatchDiscriminator
from vcam.nets.face_reenactor import FaceReenactor
from vcam.nets.geometry import GeometryPredictor, LandmarkDiscriminator
from vcam.studio.frames import FrameStore
from vcam.training import paper_runs
from vcam.training.apb2face import draw, predictor_learners, reenactor_learners
from vcam.training.export import export
from vcam.training.faces import Faces, read_clips
from vcam.training.paper_runs import MODEL, Report
from vcam.training.trainer import Learner, Trainer

PREDICTOR_LR, PREDICTOR_BETA, PREDICTOR_BATCH = 3e-4, 0.99, 32
PREDICTOR_SHARE = 0.2
"""Of the budget; the reenactors share the rest."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the flags of this training."""
    paper_runs.configure(parser, ".cache/apb2face")


def run(given: argparse.Namespace, report: Report) -> int:
    """Train the predictor, then reenactors one after the other, and write the model."""
    paper_runs.prepare(given)
    people = by_announcer(given.clips)
    everybody = read_clips(given.clips, given.side)
    held_out = by_announcer(given.held_out)
    folder: Path = given.folder / MODEL

    points = everybody.landmarks.shape[1] // 2
    predictor = GeometryPredictor(points, given.width)
    judges = LandmarkDiscriminator(points)
    pair = predictor_learners(predictor.to(given.device), judges.to(given.device))
    _train(given, report, "predictor", pair, everybody, PREDICTOR_SHARE)
    predictor = predictor.cpu().eval()
    files = export(predictor, {"predict": paper_runs.senses_example()}, folder)

    channels = max(4, round(64 * given.width))
    figures: dict[str, float] = {}
    share = (1.0 - PREDICTOR_SHARE) / len(people)
    for name, clips in people.items():
        faces = read_clips(clips, given.side)
        net, judge = FaceReenactor(channels), PatchDiscriminator(channels)
        pair = reenactor_learners(net.to(given.device), judge.to(given.device))
        _train(given, report, name, pair, faces, share)
        net = net.cpu().eval()
        shown = read_clips(held_out[name], given.side) if name in held_out else faces
        found = paper_runs.measure(lambda batch, net=net: draw(predictor, net, batch), shown)  # type: ignore[misc]
        figures |= {f"{name}_{key}": value for key, value in found.items()}
        drawing = {"face": {"drawing": torch.zeros(1, given.side, given.side)}}
        written = export(net, drawing, folder / name)
        files |= {f"{name}/{file}": digest for file, digest in written.items()}
    settings = {
        "side": given.side,
        "predictor": {"landmarks": points, "width": given.width},
        "reenactor": {"channels": channels},
    }
    paper_runs.write_card(folder, "apb2face", settings, files, figures, given.clips)
    report(f"{folder}: " + ", ".join(f"{k} {v:.3f}" for k, v in figures.items()))
    return 0


def by_announcer(clips: list[Path]) -> Mapping[str, list[Path]]:
    """Return the clips of each announcer."""
    found: dict[str, list[Path]] = {}
    for clip in clips:
        found.setdefault(FrameStore(clip).card["announcer"], []).append(clip)
    return found


def _train(
    given: argparse.Namespace,
    report: Report,
    name: str,
    pair: tuple[Learner[Faces], ...],
    faces: Faces,
    share: float,
) -> None:
    """Train one net against its judge in a folder of its own; the net keeps the last weights."""
    is_predictor = name == "predictor"
    lr, beta = (PREDICTOR_LR, PREDICTOR_BETA) if is_predictor else (given.lr, 0.5)
    size = max(given.batch, PREDICTOR_BATCH) if is_predictor else given.batch
    trainer = Trainer(
        pair,
        lambda step: faces.batch(step, size, given.seed).to(given.device),
        paper_runs.recipe(given, share, lr, beta),
        given.folder / name,
    )
    report(f"{name}: {len(faces)} frames, from step {trainer.step}")
    trainer.train(report)
