"""What the trainings of both papers share: flags, settings, measuring, and the card.

Followed: Adam with betas 0.5 and 0.999 at 2e-4, batch 16 (V1's predictor: 0.99, 3e-4, batch 32).
Not followed: the codes' 40 constant and 30 falling epochs (our trainer's cosine over the budget),
and their split by frames, by which neighbours of training frames are tested: clips are held out.
"""

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import torch
import yaml
from torch import Tensor, nn

from vcam.engines.landmark_image import CROP
from vcam.errors import InputError
from vcam.nets.apb2facev2 import APB2FaceV2
from vcam.nets.audio_fuser import AudioAwareFuser
from vcam.nets.blocks import to_pixels
from vcam.runtimes.base import WEIGHTS
from vcam.runtimes.torch import import_weights
from vcam.similarity import boxes_of, compare
from vcam.studio.speech_command import DEFAULT_SET
from vcam.training import flags
from vcam.training.checkpoints import CHECKPOINT
from vcam.training.faces import Faces
from vcam.training.recipe import Recipe

MODEL = "model"
"""The part of the folder that can be shipped."""
JUDGED = 32
"""At most so many frames are measured at a checkpoint."""
NO_CLIP = 1e9
LATENT = 256
POINTS = 68
"""The papers have 106, of a detector that is not free; the studio has these."""

Report = Callable[[str], None]


def configure(parser: argparse.ArgumentParser, folder: str) -> None:
    """Add the flags of a paper's training."""
    parser.add_argument(
        "--clips", type=Path, nargs="+", required=True, metavar="FOLDER",
        help="frames to learn from, of studio render: its folders training, clip1, ...",
    )  # fmt: skip
    parser.add_argument(
        "--speech", type=Path, default=DEFAULT_SET, metavar="DIR", help="speech set (%(default)s)"
    )
    parser.add_argument(
        "--hours", type=float, default=3.0, help="of it, for the geometry alone (%(default)s)"
    )
    parser.add_argument(
        "--held-out", type=Path, nargs="*", default=[], metavar="FOLDER",
        help="clips to judge by; else it is judged by those that it learns from",
    )  # fmt: skip
    parser.add_argument("--folder", type=Path, default=Path(folder), help="works in here")
    parser.add_argument("--side", type=int, default=128, help="of the pictures (128; paper: 256)")
    parser.add_argument("--minutes", type=float, default=60.0, help="of wall time (60)")
    parser.add_argument("--steps", type=int, default=0, help="or as many steps, if fewer")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--lr", type=float, default=2e-4)
    parser.add_argument(
        "--large-lr", type=float, default=0.0, metavar="LR", help="after --small-first (as --lr)"
    )
    parser.add_argument(
        "--muon", type=float, default=0.0, metavar="TIMES",
        help="move matrices by Muon, at so many times the rate (0: Adam moves all; the papers: 0)",
    )  # fmt: skip
    parser.add_argument("--width", type=float, default=1.0, help="of all layers; 1 is the paper's")
    parser.add_argument(
        "--ema", type=float, default=0.0, metavar="DECAY", help="average the weights (the paper: 0)"
    )
    parser.add_argument(
        "--small-first", type=float, default=0.0, metavar="SHARE",
        help="of the time for drawing: at half the side, without the discriminator (0; papers: 0)",
    )  # fmt: skip
    parser.add_argument(
        "--adversarial-last", type=float, default=1.0, metavar="SHARE",
        help="of the rest: the discriminator takes part (1; the papers: 1)",
    )  # fmt: skip
    parser.add_argument(
        "--emphasis", action="store_true",
        help="faces, mouths and eyes count more; talking mouths and turned heads are drawn more "
        "often (the papers: all alike)",
    )  # fmt: skip
    parser.add_argument("--bf16", action="store_true", help="compute in bfloat16 where it is safe")
    parser.add_argument(
        "--start", type=Path, metavar="FOLDER", help="go on from this trained model's weights"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="cpu", metavar="cpu|cuda")
    parser.add_argument("--threads", type=int, default=1)


def prepare(given: argparse.Namespace, shares: tuple[str, ...]) -> None:
    """Check the flags, and `shares` of one paper alone; set what torch keeps for itself."""
    flags.check(given, ("small_first", "adversarial_last", "ema", *shares), ("width", "hours"))
    if given.side % 4 or not 32 <= given.side <= 1024:
        raise InputError(f"--side {given.side}: wanted a multiple of 4 from 32 to 1024")
    torch.set_num_threads(given.threads)
    torch.manual_seed(given.seed)


def about(given: argparse.Namespace, *more: str) -> dict[str, object]:
    """Return the flags that say what a training is of: those of both papers, and `more`."""
    return flags.about(
        given, "clips", "speech", "hours", "side", "batch", "width", "emphasis", "start", *more
    )


def parts(given: argparse.Namespace, whole: float) -> dict[str, float]:
    """Return the parts in which a net learns to draw, with their shares of the budget."""
    large = whole * (1.0 - given.small_first)
    return {
        "small": whole * given.small_first,
        "drawing": large * (1.0 - given.adversarial_last),
        "adversarial": large * given.adversarial_last,
    }


def left(folder: Path, shares: Mapping[str, float], report: Report) -> list[str]:
    """Return the parts with a share that are still to be done, in their order.

    Parts of one net go on from one another: what is before one that has begun would be trained
    for nothing, since the checkpoint of the later part has the weights.
    """
    names = [name for name, share in shares.items() if share > 0]
    begun = [place for place, name in enumerate(names) if (folder / name / CHECKPOINT).is_file()]
    first = begun[-1] if begun else 0
    if first:
        report(f"{folder}: left alone: {', '.join(names[:first])}; {names[first]} has begun")
    return names[first:]


def drawing_lr(given: argparse.Namespace, part: str) -> float:
    """Return the learning rate of a part of the drawing."""
    refined = given.large_lr > 0 and part != "small"
    return float(given.large_lr if refined else given.lr)


def recipe(
    given: argparse.Namespace, share: float, lr: float, beta: float, bf16: bool = True
) -> Recipe:
    """Return the settings of a training that has `share` of the budget.

    Landmarks in pixels are too fine for bfloat16: `bf16` says whether it may be used at all.
    """
    return Recipe(
        steps=max(1, round(given.steps * share)) if given.steps else 0,
        minutes=given.minutes * share,
        lr=lr,
        betas=(beta, 0.999),
        warm_up=30,
        clip=NO_CLIP,
        muon=given.muon,
        ema=given.ema,
        bf16=given.bf16 and bf16,
        seed=given.seed,
    )


def start(net: nn.Module, given: argparse.Namespace, part: str = "") -> bool:
    """Load what `--start` has of a net, if it was given; return whether.

    Raises:
        ModelError: the weights are missing, or of another net.
    """
    if given.start:
        import_weights(net, given.start / part / WEIGHTS)
    return bool(given.start)


def trained_fuser(weights: Path, flag: str, width: float) -> AudioAwareFuser:
    """Return the fuser of the trained apb2facev2 that `flag` named.

    Raises:
        InputError: there is no such file.
        ModelError: it is of another net, or of another width.
    """
    if not weights.is_file():
        raise InputError(f"{flag} {weights}: no such file; give a net.safetensors")
    net = APB2FaceV2(LATENT, width, POINTS)
    import_weights(net, weights)
    return net.fuser


def measure(draw: Callable[[Faces], Tensor], faces: Faces) -> Mapping[str, float]:
    """Return SSIM of what is drawn of some of `faces`, and of the floor: the reference, still."""
    chosen = torch.linspace(0, len(faces) - 1, min(len(faces), JUDGED)).long()
    batch = faces.take(chosen)
    drawn, still, truth = (
        to_pixels(pictures).cpu().numpy()
        for pictures in (draw(batch), batch.reference, batch.picture)
    )
    side = truth.shape[1]
    points = batch.landmarks.cpu().numpy().reshape(len(batch), -1, 2) * (side / CROP)
    found: dict[str, list[float]] = {}
    for index, landmarks in enumerate(points):
        boxes = boxes_of(landmarks, side) if len(landmarks) == 68 else {}
        for name, pictures in (("", drawn), ("still_", still)):
            figures = compare(pictures[index], truth[index], boxes)
            for key in ("ssim", "ssim_face", "ssim_mouth", "ssim_eyes"):
                if key in figures:
                    found.setdefault(name + key, []).append(figures[key])
    return {name: float(np.mean(values)) for name, values in found.items()}


def how(faces: Faces, held_out: bool) -> str:
    """Return on what `measure` measures."""
    kind = "held-out frames" if held_out else "frames that were learned from, none being held out"
    return f"on {min(len(faces), JUDGED)} {kind}"


def write_card(
    folder: Path,
    family: str,
    net: Mapping[str, object],
    files: Mapping[str, str],
    figures: Mapping[str, float],
    measured_on: str,
    given: argparse.Namespace,
) -> None:
    """Write the card of a trained model."""
    card = {
        "family": family,
        "licence": "MIT",
        "data": f"{len(given.clips)} sets of frames of the studio's synthetic announcers (MIT), "
        "sound of its speech set (licences: THIRD_PARTY.md)",
        "retrain": f"run_vcam.py train {family} {flags.words(given)}",
        "net": dict(net),
        "weights": dict(sorted(files.items())),
        "measured": {"how": measured_on}
        | {name: round(value, 4) for name, value in figures.items()},
    }
    text = yaml.safe_dump(card, sort_keys=False, width=100)
    (folder / "model.yaml").write_text(text, encoding="utf-8")
