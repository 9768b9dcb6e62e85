"""`train apb2facev2`: all announcers with one net."""

import argparse
from collections.abc import Mapping
from pathlib import Path

import torch

from vcam.errors import InputError
from vcam.nets.apb2facev2 import APB2FaceV2
from vcam.nets.discriminator import PatchDiscriminator
from vcam.training import paper_runs
from vcam.training.apb2facev2 import draw, learners
from vcam.training.checkpoints import import_weights
from vcam.training.export import export
from vcam.training.faces import read_clips
from vcam.training.paper_runs import MODEL, Report
from vcam.training.trainer import Trainer

JUDGE_CHANNELS = 64


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the flags of this training."""
    paper_runs.configure(parser, ".cache/apb2facev2")
    parser.add_argument(
        "--frozen-fuser", type=Path, metavar="WEIGHTS",
        help="the net.safetensors of a trained model: keep its fuser as it is (the paper's code)",
    )  # fmt: skip


def run(given: argparse.Namespace, report: Report) -> int:
    """Train, and write the model."""
    paper_runs.prepare(given)
    train = read_clips(given.clips, given.side)
    held_out = read_clips(given.held_out, given.side) if given.held_out else train
    sizes = {"latent_dim": 256, "width": given.width, "landmarks": train.landmarks.shape[1] // 2}
    net = APB2FaceV2(**sizes)
    if given.frozen_fuser:
        _take_fuser(net, given.frozen_fuser)
    judge = PatchDiscriminator(max(4, round(JUDGE_CHANNELS * given.width)))
    recipe = paper_runs.recipe(given, 1.0, given.lr, 0.5)
    trainer = Trainer(
        learners(net.to(given.device), judge.to(given.device), given.frozen_fuser is not None),
        lambda step: train.batch(step, given.batch, given.seed).to(given.device),
        recipe,
        given.folder,
        lambda: paper_runs.measure(lambda batch: draw(averaged(), batch), held_out),
    )

    def averaged() -> APB2FaceV2:
        found = trainer.averaged["net"]
        assert isinstance(found, APB2FaceV2)
        return found

    count = sum(parameter.numel() for parameter in net.parameters())
    report(f"{count:,} parameters, {len(train)} frames, from step {trainer.step}")
    trainer.train(report)
    figures = paper_runs.measure(lambda batch: draw(averaged(), batch), held_out)
    _write(averaged(), sizes, given, {"params": count, **figures})
    report(f"{given.folder / MODEL}: " + ", ".join(f"{k} {v:.3f}" for k, v in figures.items()))
    return 0


def _write(
    net: APB2FaceV2,
    sizes: Mapping[str, object],
    given: argparse.Namespace,
    figures: Mapping[str, float],
) -> None:
    """Write weights, graphs and card."""
    net = net.cpu().eval()
    face = torch.zeros(1, 3, given.side, given.side)
    with torch.no_grad():
        features = net.reenactor.encode(face)
    frame = {"features": features, **paper_runs.senses_example()}
    folder = given.folder / MODEL
    files = export(net, {"encode": {"reference": face}, "frame": frame}, folder)
    settings = {"side": given.side, "sizes": dict(sizes)}
    paper_runs.write_card(folder, "apb2facev2", settings, files, figures, given.clips)


def _take_fuser(net: APB2FaceV2, weights: Path) -> None:
    """Give `net` the fuser of a trained model; InputError where there is none."""
    if not weights.is_file():
        raise InputError(f"--frozen-fuser {weights}: no such file; give a net.safetensors")
    other = APB2FaceV2(
        net.fuser.landmarks.in_features,
        net.reenactor.width,
        net.fuser.landmarks.out_features // 2,
    )
    import_weights(other, weights)
    net.fuser.load_state_dict(other.fuser.state_dict())
