"""`bench`: what every engine and every stage of a call costs on this machine."""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from vcam.engines.card import load_card, models
from vcam.errors import InputError
from vcam.evaluation.bench import Bench
from vcam.evaluation.machine import ANCHOR_GMACS, describe
from vcam.evaluation.reports import check_writable, write_json
from vcam.evaluation.untrained import UNTRAINED, write_untrained
from vcam.profile import load_profile

Report = Callable[[str], None]

PAPER_SIDES = (128, 256)
"""The papers' sizes: 256 in the text; 128 is what their frame rates seem to be measured at."""
SIDES = {"lite": (256, 512)}
"""Families of other sizes."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `bench`."""
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every figure there")
    parser.add_argument("--seconds", type=float, default=30.0, help="measure for about this long")
    parser.add_argument("--profile", default="announcer3", metavar="NAME|FILE")
    parser.add_argument(
        "--engine", action="append", metavar="MODEL", help="only this model; repeatable"
    )
    parser.add_argument(
        "--threads", type=int, nargs="+", default=[1, 2], metavar="N", help="of the engine (1 2)"
    )
    parser.add_argument(
        "--papers",
        action="store_true",
        help="also the papers' networks and lite, with random weights",
    )


def run(given: argparse.Namespace, report: Report) -> int:
    """Measure, report a short table, and write the figures to `--json`."""
    _check(given)
    profile = load_profile(given.profile).profile
    cards = [load_card(model) for model in given.engine or models()]
    check_writable(given.json, "--json")
    bench = Bench(profile, report)
    for card in cards:
        bench.add_model(card, given.threads, wanted=bool(given.engine))
    if given.papers:
        _add_papers(bench, given.threads)
    bench.add_stages()
    rows = bench.rows(given.seconds)
    machine = describe() | {
        "anchor_core_ms": round(bench.anchor_ms, 3),
        "anchor_gmacs_per_core_s": round(ANCHOR_GMACS / bench.anchor_ms * 1000, 1),
    }
    for line in table(machine, rows):
        report(line)
    write_json(given.json, {"machine": machine, "rows": rows})
    return 0


def _add_papers(bench: Bench, threads: Sequence[int]) -> None:
    """Add the papers' networks; their files are needed only until they are loaded."""
    with TemporaryDirectory(prefix="vcam-bench-") as folder:
        for family in UNTRAINED:
            for side in SIDES.get(family, PAPER_SIDES):
                card = write_untrained(family, side, bench.identity, Path(folder) / f"{side}")
                bench.add_model(card, threads)


def _check(given: argparse.Namespace) -> None:
    if not 0 < given.seconds <= 3600:
        raise InputError(f"--seconds {given.seconds:g}: wanted more than 0, at most 3600")
    wrong = [number for number in given.threads if not 1 <= number <= 64]
    if wrong:
        raise InputError(f"--threads {wrong[0]}: wanted 1 to 64")


def table(machine: dict[str, Any], rows: Sequence[dict[str, Any]]) -> list[str]:
    """Return the lines that people read."""
    lines = [
        f"{machine['cpu']}, {machine['cores']} cores; anchor convolution "
        f"{machine['anchor_core_ms']:.2f} core-ms",
        f"{'engine':<14} {'stage':<16} {'size':<9} {'runtime':<14} {'thr':>3} {'core-ms':>8} "
        f"{'wall-ms':>8} {'fps':>8} {'anchors':>8} {'MB':>6} {'dB':>6}",
    ]
    for row in rows:
        memory = "" if row["rss_mb"] is None else f"{row['rss_mb']:.0f}"
        way = " ".join(filter(None, [row["runtime"], row["precision"]]))
        nearness = "" if row["db_vs_plain"] is None else f"{row['db_vs_plain']:.1f}"
        lines.append(
            f"{row['engine']:<14} {row['stage']:<16} {row['size']:<9} {way:<14} "
            f"{row['threads']:>3} {row['core_ms']:>8.3f} {row['wall_ms']:>8.3f} {row['fps']:>8.1f} "
            f"{row['anchors']:>8.3f} {memory:>6} {nearness:>6}"
        )
    return lines
