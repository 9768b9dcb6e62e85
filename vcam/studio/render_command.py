"""`studio render`: render the training frames and the held-out clips of announcers."""

import argparse
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from tqdm import tqdm

from vcam.errors import InputError
from vcam.studio.announcers import ANNOUNCERS, announcer_named
from vcam.studio.camera import REGION
from vcam.studio.clips import HELD_OUT_CLIPS
from vcam.studio.shoot import Shoot, StudioCamera, plan_shoot, shoot
from vcam.studio.speech_command import DEFAULT_SET

DEFAULT_STORE = Path(".cache/frames")
TRAINING_FRAMES = 1280

Report = Callable[[str], None]


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `studio render`."""
    parser.add_argument("--announcer", default="all", help="NAME or all (%(default)s)")
    parser.add_argument("--out", type=Path, default=DEFAULT_STORE, help="folder (%(default)s)")
    parser.add_argument("--speech", type=Path, default=DEFAULT_SET, help="speech set (%(default)s)")
    parser.add_argument("--size", type=int, default=REGION, help="pixels (%(default)s)")
    parser.add_argument("--frames", type=int, default=TRAINING_FRAMES, help="for training")
    parser.add_argument(
        "--turned", type=int, default=0, metavar="N", help="also with heads by chance (0)"
    )
    parser.add_argument("--clips", type=int, default=HELD_OUT_CLIPS, help="held out")
    parser.add_argument("--jobs", type=int, default=1, help="processes (%(default)s)")
    parser.add_argument("--seed", type=int, default=0)


def run(args: argparse.Namespace, report: Report) -> None:
    """Render what is missing and report size and count of each announcer."""
    if args.frames < 1 or args.size < 16 or min(args.turned, args.clips) < 0:
        raise InputError("Wanted --frames from 1, --size from 16, --turned and --clips from 0.")
    names = list(ANNOUNCERS) if args.announcer == "all" else [announcer_named(args.announcer).name]
    for name in names:
        camera = StudioCamera(name, args.size, args.assets)
        order = Shoot(camera, args.frames, args.turned, args.clips, args.seed)
        scenes = plan_shoot(args.out / name, order, args.speech)
        total = sum(len(scene.controls) for scene in scenes)
        with tqdm(total=total, unit="frame", desc=name, disable=None) as bar:
            shoot(scenes, args.jobs, partial(_advance, bar))
        stored = sum(path.stat().st_size for path in (args.out / name).rglob("*.*"))
        report(f"{name}: {total} frames, {stored / total / 1000:.0f} KB each, in {args.out / name}")


def _advance(bar: Any, done: int, _: int) -> None:
    bar.update(done - bar.n)
