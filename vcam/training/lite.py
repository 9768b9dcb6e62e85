"""`train lite`: one network for all announcers, from the studio's frames.

    run_vcam.py studio render --out .cache/frames           (hours of rendering)
    run_vcam.py train lite --side 256 --minutes 120 --out .cache/lite256
    run_vcam.py train lite --side 512 --minutes 180 --out .cache/lite512 --by-ear .cache/speech \
        --start .cache/lite256/export/lite256/net.safetensors
    cp -r .cache/lite512/export/lite512 models/

Announcers take turns, a batch each. Run again with the same folder it goes on where it was.
"""

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from vcam.engines.talker import load_talker
from vcam.errors import InputError
from vcam.media import Image, Vector
from vcam.nets.composing import Look, compose
from vcam.nets.lite import Lite
from vcam.nets.lite_plan import LiteSize
from vcam.profile import EngineSettings
from vcam.runtimes.torch import import_weights
from vcam.similarity import ssim_map
from vcam.studio.frames import STORE, FrameStore
from vcam.training import flags
from vcam.training.by_ear import mistakes
from vcam.training.face_frames import FaceBatch, FaceFrames
from vcam.training.lite_export import FUSER, export_lite
from vcam.training.lite_identity import make_look, portraits
from vcam.training.lite_loss import LiteLoss
from vcam.training.pose_flow import fit_pose_flow
from vcam.training.recipe import Recipe
from vcam.training.trainer import Learner, Trainer

Report = Callable[[str], None]

SIZE = LiteSize()
TRAINING, HELD_OUT = "training", "clip*"
POSE_FRAMES = 150
"""So many frames of each announcer show how a head turns."""
CHECKED = 24
"""At every checkpoint so many held-out frames of each announcer are drawn."""


@dataclass(frozen=True)
class Pupil:
    """One announcer in a training."""

    name: str
    frames: FaceFrames
    held_out: tuple[FaceFrames, ...]
    look: Look
    mistakes: Mapping[int, Vector] | None = None
    """The fuser's, (52,), by frame; None: mouths are drawn as they were."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `train lite`."""
    parser.add_argument("--frames", type=Path, default=Path(".cache/frames"), metavar="DIR")
    parser.add_argument(
        "--announcer",
        action="append",
        metavar="NAME",
        help="in the order of their turns, twice for twice as often; default: all there, in turn",
    )
    parser.add_argument("--out", type=Path, default=Path(".cache/lite"), metavar="DIR")
    parser.add_argument("--side", type=int, default=256, metavar="PIXELS", help="256 or 512")
    parser.add_argument("--start", type=Path, metavar="FILE", help="weights to begin with")
    parser.add_argument("--minutes", type=float, default=120.0)
    parser.add_argument("--steps", type=int, default=0, help="end after so many (0: by minutes)")
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument(
        "--crops", type=float, default=0.0, help="share of batches that are windows on the face"
    )
    parser.add_argument(
        "--by-ear", type=Path, metavar="SPEECH",
        help="the frames' speech set: draw half of its moments with the mouth that the fuser says",
    )  # fmt: skip
    parser.add_argument("--lr", type=float, default=1e-3)
    parser.add_argument(
        "--muon", type=float, default=0.0, metavar="TIMES",
        help="move matrices by Muon, at so many times the rate (0: Adam moves all)",
    )  # fmt: skip
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="cpu", help="cpu or cuda")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--fp32", action="store_true", help="do not compute in bfloat16")
    parser.add_argument("--assets", type=Path, help="of the studio, for portraits")


def run(given: argparse.Namespace, report: Report) -> int:
    """Train and export; return the exit code."""
    check(given)
    torch.set_num_threads(given.threads)
    torch.manual_seed(given.seed)
    pupils = load_pupils(given, report)
    net = Lite(SIZE)
    if given.start:
        import_weights(net, given.start)
    recipe = Recipe(
        steps=given.steps,
        minutes=given.minutes,
        lr=given.lr,
        muon=given.muon,
        warm_up=100,
        ema=0.998,
        bf16=not given.fp32,
        seed=given.seed,
    )
    trainer = make_trainer(net, pupils, recipe, given)
    if trainer.step == 0 and not given.start:
        stores = [pupil.frames.store for pupil in pupils]
        left = fit_pose_flow(net.pose_flow, stores, given.seed, POSE_FRAMES)
        report(f"pose flow fitted: {left:.2f} px left of 256")
    report(f"{sum(len(pupil.frames) for pupil in pupils)} frames of {len(pupils)} announcers")
    trainer.train(report)
    averaged = trainer.averaged["lite"]
    assert isinstance(averaged, Lite)
    folder = given.out / "export" / f"lite{given.side}"
    export_lite(averaged.cpu(), {pupil.name: pupil.look for pupil in pupils}, folder)
    report(f"exported to {folder}")
    return 0


def check(given: argparse.Namespace) -> None:
    """Raise InputError for what cannot be trained."""
    flags.check(given, ("crops",))
    if given.side % 256 or given.side < 256:
        raise InputError(f"--side {given.side}: wanted a multiple of 256")


def load_pupils(given: argparse.Namespace, report: Report) -> list[Pupil]:
    """Open the frames and draw the portraits of the announcers.

    Raises:
        InputError: there are no frames of one, or of any, or they are too small.
    """
    there = sorted(file.parts[-3] for file in given.frames.glob(f"*/{TRAINING}/{STORE}"))
    names = list(dict.fromkeys(given.announcer or there))
    if not names:
        raise InputError(
            f"no frames in '{given.frames}'; make them: run_vcam.py studio render --out DIR"
        )
    pupils = []
    for who, name in enumerate(names):
        report(f"opening {name}")
        folder = given.frames / name
        store = FrameStore(folder / TRAINING)
        if int(store.card["size"]) < given.side:
            raise InputError(
                f"--side {given.side}: the frames of {name} are {store.card['size']} pixels; "
                "render larger ones: run_vcam.py studio render --size PIXELS"
            )
        clips = sorted(file.parent for file in folder.glob(f"{HELD_OUT}/{STORE}"))
        look = make_look(portraits(folder, name, given.assets), store, given.side)
        talker = load_talker(FUSER, EngineSettings()) if given.by_ear else None
        pupils.append(
            Pupil(
                name,
                FaceFrames(store, given.side, who),
                tuple(FaceFrames(FrameStore(clip), given.side, who) for clip in clips),
                look,
                mistakes(store, given.by_ear, talker) if talker else None,
            )
        )
    return pupils


def make_trainer(
    net: Lite, pupils: Sequence[Pupil], recipe: Recipe, given: argparse.Namespace
) -> Trainer[FaceBatch]:
    """Return the trainer, at the step that `given.out` has reached."""
    device = torch.device(given.device)
    net.to(device)
    by_name = {pupil.name: pupil for pupil in pupils}
    names = list(given.announcer or by_name)
    turns = [by_name[name] for name in names]
    looks = [Look(*(tensor.to(device) for tensor in pupil.look)) for pupil in pupils]

    def batches(step: int) -> FaceBatch:
        random = np.random.default_rng([given.seed, step])
        pupil = turns[step % len(turns)]
        return to_device(
            pupil.frames.draw(random, given.batch, given.crops, pupil.mistakes), device
        )

    def measure() -> Mapping[str, float]:
        averaged = trainer.averaged["lite"]
        assert isinstance(averaged, Lite)
        return held_out_figures(averaged, pupils, looks, device)

    learner = Learner("lite", net, LiteLoss(net, looks))
    about = flags.about(given, "frames", "side", "batch", "crops", "by_ear", "start")
    about |= {"announcers": names, "sizes": asdict(net.size)}
    trainer = Trainer((learner,), batches, recipe, given.out, measure, about)
    return trainer


@torch.inference_mode()
def held_out_figures(
    net: Lite, pupils: Sequence[Pupil], looks: Sequence[Look], device: torch.device
) -> dict[str, float]:
    """Return the mean SSIM of held-out frames, whole and in each kind of box."""
    net.eval()
    found: dict[str, list[float]] = {}
    for pupil, look in zip(pupils, looks, strict=True):
        for frames in pupil.held_out:
            count = CHECKED // len(pupil.held_out)
            for index in np.linspace(0, len(frames) - 1, count).astype(int).tolist():
                batch = to_device(frames.batch([index]), device)
                similar = ssim_map(_bytes(draw(net, batch, look)), _bytes(batch.picture))
                for name, (left, top, right, bottom) in boxes_of(frames, index).items():
                    value = float(similar[top:bottom, left:right].mean())
                    found.setdefault(name, []).append(value)
    return {name: float(np.mean(values)) for name, values in found.items()}


def _bytes(picture: Tensor) -> Image:
    pixels = (picture[0].clamp(0, 1) * 255).round().byte().permute(1, 2, 0)
    return np.asarray(pixels.cpu().numpy(), np.uint8)


def draw(net: Lite, batch: FaceBatch, look: Look) -> Tensor:
    """Return the pictures (B, 3, R, R) that `net` makes of a batch's controls."""
    features = net.encode(*look)
    layers = net(features, look.corners, batch.expression, batch.pose, batch.gaze)
    return compose(layers, look)[0]


def boxes_of(frames: FaceFrames, index: int) -> dict[str, tuple[int, int, int, int]]:
    """Return left, top, right, bottom of the whole picture and of each part."""
    boxes = {"whole": (0, 0, frames.side, frames.side)}
    for name, table in vars(frames.boxes).items():
        left, top, right, bottom = (int(edge) for edge in table[index])
        boxes[name] = (left, top, right, bottom)
    return boxes


def to_device(batch: FaceBatch, device: torch.device) -> FaceBatch:
    """Return the batch on a device."""
    tensors = (value for value in vars(batch).values() if isinstance(value, Tensor))
    return FaceBatch(batch.who, batch.window, *(tensor.to(device) for tensor in tensors))
