"""`bench`: what every engine and every stage of a call costs on this machine."""

import argparse
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from vcam.clock import MediaClock
from vcam.engines import build_engine
from vcam.engines.base import Engine
from vcam.engines.card import ModelCard, load_card, models
from vcam.errors import InputError, ModelError, OutputError
from vcam.evaluation import stages
from vcam.evaluation.benchmark import Cost, Subject, measure
from vcam.evaluation.machine import ANCHOR_GMACS, anchor, describe, one_torch_thread
from vcam.evaluation.memory import resident_mb
from vcam.evaluation.similarity import psnr_db
from vcam.identity import load_identity
from vcam.media import Controls, Image
from vcam.profile import EngineSettings, Profile, load_profile

Report = Callable[[str], None]

MOMENTS = 30
"""An engine draws this many different frames in turn."""
JUDGED = 4
"""Of these it is judged how near the pictures come to the plain path's."""
LABELS = ("engine", "stage", "size", "runtime", "device", "threads", "params", "gmacs", "rss_mb",
          "db_vs_plain")  # fmt: skip
"""What identifies a row, and what is known of it without timing; None where it says nothing."""
RUNTIMES = ("torch", "openvino")
"""The first is the plain one that the others are compared with."""


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


def run(given: argparse.Namespace, report: Report) -> int:
    """Measure, report a short table, and write the figures to `--json`."""
    _check(given)
    if given.json:
        _write(given.json, {})  # says so now, not after the measurement, where it cannot
    profile = load_profile(given.profile).profile
    bench = Bench(profile, report)
    for model in given.engine or models():
        bench.add_model(model, given.threads)
    bench.add_stages()
    rows = bench.rows(given.seconds)
    machine = describe() | {
        "anchor_core_ms": round(bench.anchor_ms, 3),
        "anchor_gmacs_per_core_s": round(ANCHOR_GMACS / bench.anchor_ms * 1000, 1),
    }
    for line in table(machine, rows):
        report(line)
    if given.json:
        _write(given.json, {"machine": machine, "rows": rows})
    return 0


def _check(given: argparse.Namespace) -> None:
    if not 0 < given.seconds <= 3600:
        raise InputError(f"--seconds {given.seconds:g}: wanted more than 0, at most 3600")
    wrong = [number for number in given.threads if not 1 <= number <= 64]
    if wrong:
        raise InputError(f"--threads {wrong[0]}: wanted 1 to 64")


@dataclass(frozen=True)
class Candidate:
    """One engine, ready to draw, in one of its ways of running."""

    labels: dict[str, Any]
    engine: Engine = field(repr=False)
    pictures: list[Image] = field(repr=False)


class Bench:
    """Collects candidates, then measures all of them side by side."""

    def __init__(self, profile: Profile, report: Report) -> None:
        self._profile = profile
        self._identity = load_identity(profile.identity)
        self._report = report
        self._candidates: list[Candidate] = []
        self._subjects = [Subject({"stage": "anchor"}, anchor(), one_torch_thread)]
        self.anchor_ms = 0.0

    def add_model(self, model: str, threads: Sequence[int]) -> None:
        """Add every way in which `model` runs; one that this machine lacks is reported."""
        card = load_card(model)
        plain: list[Image] | None = None
        for settings in _ways(card, threads):
            try:
                engine = build_engine(card, self._identity, settings)
            except ModelError as problem:
                self._report(f"{model}: {settings.runtime} left out: {problem}")
                continue
            frames = stages.moments(self._profile, engine, self._identity, MOMENTS)
            candidate = self._candidate(card, settings, engine, frames)
            if card.weights:
                plain = plain or candidate.pictures
                candidate.labels["db_vs_plain"] = _nearness_db(candidate.pictures, plain)
            self._candidates.append(candidate)
            work = stages.engine_work(engine, frames)
            self._subjects.append(Subject(candidate.labels, work))

    def _candidate(
        self, card: ModelCard, settings: EngineSettings, engine: Engine, frames: list[Controls]
    ) -> Candidate:
        height, width = engine.spec.size
        labels = _labels(
            engine=card.name,
            stage="engine",
            size=f"{width}x{height}",
            runtime=settings.runtime if card.weights else "none",
            device=settings.device,
            threads=settings.threads,
            params=card.measured.get("params"),
            gmacs=card.measured.get("gmacs"),
            rss_mb=round(resident_mb(replace(self._profile, model=card.name, engine=settings))),
        )
        return Candidate(labels, engine, [engine.render(frame) for frame in frames[-JUDGED:]])

    def add_stages(self) -> None:
        """Add the stages around an engine, and a whole frame with the first engine there is."""
        for candidate in self._candidates[:1]:
            labels = candidate.labels
            height, width = self._profile.video.size
            named = _labels(engine=labels["engine"], size=f"{width}x{height}", threads=1)
            named |= {"runtime": labels["runtime"], "device": labels["device"]}
            self._subjects += stages.stage_subjects(
                self._profile, self._identity, candidate.engine, named
            )

    def rows(self, seconds: float) -> list[dict[str, Any]]:
        """Measure all subjects for about `seconds` and return their rows."""
        first, *costs = measure(self._subjects, seconds, MediaClock())
        self.anchor_ms = first.core_ms
        return [
            dict(subject.labels) | _figures(cost)
            for subject, cost in zip(self._subjects[1:], costs, strict=True)
        ]


def _ways(card: ModelCard, threads: Sequence[int]) -> list[EngineSettings]:
    """Return the settings to try; without weights there is no runtime and one thread."""
    if not card.weights:
        return [EngineSettings()]
    return [EngineSettings(runtime=name, threads=n) for name in RUNTIMES for n in threads]  # type: ignore[arg-type]


def _labels(**known: object) -> dict[str, Any]:
    """Return a row in which everything unknown is None."""
    return dict.fromkeys(LABELS) | known


def _figures(cost: Cost) -> dict[str, Any]:
    return {
        "core_ms": round(cost.core_ms, 4),
        "core_ms_min": round(cost.core_ms_min, 4),
        "wall_ms": round(cost.wall_ms, 4),
        "fps": round(cost.fps, 1),
        "anchors": round(cost.anchors, 4),
        "rounds": cost.rounds,
    }


def _nearness_db(pictures: list[Image], plain: list[Image]) -> float | None:
    """Return the worst PSNR of any picture, None where all are equal to the last bit."""
    worst = min(psnr_db(a, b) for a, b in zip(pictures, plain, strict=True))
    return None if worst == float("inf") else round(worst, 1)


def table(machine: dict[str, Any], rows: Sequence[dict[str, Any]]) -> list[str]:
    """Return the lines that people read."""
    lines = [
        f"{machine['cpu']}, {machine['cores']} cores; anchor convolution "
        f"{machine['anchor_core_ms']:.2f} core-ms",
        f"{'engine':<14} {'stage':<16} {'size':<9} {'runtime':<9} {'thr':>3} {'core-ms':>8} "
        f"{'wall-ms':>8} {'fps':>8} {'anchors':>8} {'MB':>6} {'dB':>6}",
    ]
    for row in rows:
        memory = "" if row["rss_mb"] is None else f"{row['rss_mb']:.0f}"
        nearness = "" if row["db_vs_plain"] is None else f"{row['db_vs_plain']:.1f}"
        lines.append(
            f"{row['engine']:<14} {row['stage']:<16} {row['size']:<9} {row['runtime']:<9} "
            f"{row['threads']:>3} {row['core_ms']:>8.3f} {row['wall_ms']:>8.3f} {row['fps']:>8.1f} "
            f"{row['anchors']:>8.3f} {memory:>6} {nearness:>6}"
        )
    return lines


def _write(file: Path, figures: dict[str, Any]) -> None:
    try:
        file.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    except OSError as problem:
        raise OutputError(f"--json {file}: cannot be written ({problem.strerror})") from None
