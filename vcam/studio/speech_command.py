"""`studio speech`: make the speech set, and say what is in it and how it measures up."""

import argparse
from collections.abc import Callable
from pathlib import Path

from tqdm import tqdm

from vcam.errors import InputError
from vcam.studio.assets import find_assets, load_head
from vcam.studio.figures import MotionFigures, measure_set, measure_talker
from vcam.studio.lips import MeanLips
from vcam.studio.recordings import find_data
from vcam.studio.speechset import build_set, plan_set, summarise
from vcam.studio.talker import load_talker

DEFAULT_SET = Path(".cache/speech")

Report = Callable[[str], None]


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `studio speech`."""
    parser.add_argument("--out", type=Path, default=DEFAULT_SET, help="folder (%(default)s)")
    parser.add_argument("--data", type=Path, help="folder of the recorded speech (VCAM_DATA)")
    parser.add_argument("--synthetic-only", action="store_true", help="without recorded speech")
    parser.add_argument("--share", type=float, default=1.0, help="of each voice's minutes (1)")
    parser.add_argument("--jobs", type=int, default=1, help="processes (%(default)s)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--figures", action="store_true", help="measure against a real speaker")


def run(args: argparse.Namespace, report: Report) -> None:
    """Make what is missing of the set and report hours by part, source and language."""
    if not 0 < args.share <= 1:
        raise InputError(f"--share {args.share:g}: wanted a share above 0 and up to 1.")
    data = None if args.synthetic_only else find_data(args.data)
    plans = plan_set(data, args.seed, args.share)
    with tqdm(total=len(plans), unit="clip", disable=None) as bar:
        rows = build_set(args.out, plans, data, args.jobs, lambda done, _: bar.update(done - bar.n))
    for key, table in summarise(rows).items():
        report(f"hours by {key}: " + ", ".join(f"{k} {hours:.2f}" for k, hours in table.items()))
    without = sum(not row["curves"] for row in rows)
    size_mb = sum(path.stat().st_size for path in args.out.rglob("*") if path.is_file()) / 1e6
    report(f"{len(rows)} clips, {without} of them without curves, {size_mb:.0f} MB in {args.out}")
    if args.figures:
        lips = MeanLips(load_head(find_assets(args.assets)))
        report(_say("this set", measure_set(args.out, rows, lips)))
        report(_say("real speaker", measure_talker(load_talker(find_data(args.data)))))


def _say(whose: str, figures: MotionFigures) -> str:
    said = (
        f"{whose}: aperture p95 {figures.aperture_p95:.3f}, "
        f"speed p95 {figures.speed_p95:.2f}/s, "
        f"lag {figures.lag_ms:+.0f} ms (r {figures.correlation:.2f})"
    )
    if figures.bilabials:
        said += f", {figures.closed} of {figures.bilabials} bilabials closed"
        said += f", largest motion in pauses {figures.still:.3f}"
    return said
