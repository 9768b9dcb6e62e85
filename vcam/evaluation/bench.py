"""All engines and stages of a call as subjects of one benchmark."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch

from vcam.clock import MediaClock
from vcam.engines import build_engine
from vcam.engines.base import Engine
from vcam.engines.card import ModelCard, candidates
from vcam.errors import InputError
from vcam.evaluation import stages
from vcam.evaluation.benchmark import Cost, Subject, measure
from vcam.evaluation.machine import anchor, one_torch_thread
from vcam.evaluation.memory import resident_mb
from vcam.evaluation.untrained import PLAIN_PATHS
from vcam.identity import load_identity
from vcam.media import Controls, Image
from vcam.profile import EngineSettings, Profile
from vcam.runtimes.base import Precision
from vcam.runtimes.openvino import has_bf16
from vcam.similarity import psnr_db

MOMENTS = 30
"""An engine draws this many different frames in turn."""
JUDGED = 4
"""Of these it is judged how near the pictures come to the plain path's."""
LABELS = ("engine", "stage", "size", "runtime", "precision", "device", "threads", "weights",
          "parameters", "gmacs", "rss_mb", "db_vs_plain")  # fmt: skip
"""What identifies a row, and what is known of it without timing; None where it says nothing."""


class Bench:
    """Collects engines in all their ways of running, then measures them side by side."""

    def __init__(self, profile: Profile, report: Callable[[str], None]) -> None:
        self.identity = load_identity(profile.identity)
        self.anchor_ms = 0.0
        self._profile = profile
        self._drawn_by = candidates(profile.model)[0]
        self._report = report
        self._engines: list[tuple[dict[str, Any], Engine]] = []
        self._own: tuple[ModelCard, EngineSettings] | None = None
        self._resident: dict[tuple[Path, EngineSettings], int] = {}
        self._subjects = [Subject({"stage": "anchor"}, anchor(), one_torch_thread)]

    def add_model(self, card: ModelCard, threads: Sequence[int], wanted: bool = False) -> None:
        """Add every way in which a model runs; one that this machine lacks is reported.

        Raises InputError when none runs and the model was `wanted` by name.
        """
        judge = _Judge()
        ways, problems = list(_ways(card, threads)), []
        if card.family in PLAIN_PATHS:
            try:
                self._add_plain(card, judge)
            except InputError as problem:
                self._report(f"{card.name}: plain left out: {problem}")
        for settings in ways:
            try:
                engine = build_engine(card, self.identity, settings)
            except InputError as problem:
                problems.append(problem)
                if wanted and len(problems) == len(ways):
                    raise
                self._report(f"{card.name}: {settings.runtime} left out: {problem}")
                continue
            labels = self._labels_of(card, settings, engine)
            labels["rss_mb"] = self._resident_mb(card, settings)
            frames = stages.moments(self._profile, engine, self.identity, MOMENTS)
            if card.weights and (judge.first or settings.runtime == "torch"):
                labels["db_vs_plain"] = judge.nearness_db(engine.render, frames)
            self._engines.append((labels, engine))
            if card.name == self._drawn_by:
                self._own = card, settings
            self._subjects.append(Subject(labels, stages.engine_work(engine.render, frames)))

    def _add_plain(self, card: ModelCard, judge: "_Judge") -> None:
        """Add the network as the paper's code runs it: everything, every frame, eagerly."""
        settings = EngineSettings(runtime="torch", precision="fp32")
        engine = build_engine(card, self.identity, settings)
        frames = stages.moments(self._profile, engine, self.identity, MOMENTS)
        draw = PLAIN_PATHS[card.family](card, self.identity)
        labels = self._labels_of(card, settings, engine) | {"runtime": "plain"}
        judge.nearness_db(draw, frames)
        self._subjects.append(Subject(labels, stages.engine_work(draw, frames), one_torch_thread))

    def _labels_of(
        self, card: ModelCard, settings: EngineSettings, engine: Engine
    ) -> dict[str, Any]:
        height, width = engine.spec.size
        trained = bool(card.weights)
        return _labels(
            engine=card.name,
            stage="engine",
            size=f"{width}x{height}",
            runtime=settings.runtime if trained else "none",
            precision=settings.precision if trained else None,
            device=settings.device,
            threads=settings.threads,
            weights=card.measured.get("weights", "trained" if trained else "none"),
            parameters=card.measured.get("parameters"),
            gmacs=card.measured.get("gmacs"),
        )

    def _resident_mb(self, card: ModelCard, settings: EngineSettings) -> int:
        """Return the memory of a way to run; threads share it (measured: to 2 %)."""
        way = card.folder, replace(settings, threads=1)
        if way not in self._resident:
            profile = replace(self._profile, engine=way[1])
            self._resident[way] = round(resident_mb(card, profile))
        return self._resident[way]

    def add_stages(self) -> None:
        """Add the stages around an engine, and a whole frame with the profile's own engine."""
        own = [pair for pair in self._engines if pair[0]["engine"] == self._drawn_by]
        for labels, engine in (own or self._engines)[-1:]:
            if self._own:
                # two streams of sound through one fuser make it start over at every change
                engine = build_engine(self._own[0], self.identity, self._own[1])
            height, width = self._profile.video.size
            named = _labels(size=f"{width}x{height}", threads=labels["threads"])
            named |= {name: labels[name] for name in ("engine", "runtime", "precision", "device")}
            self._subjects += stages.stage_subjects(self._profile, self.identity, engine, named)

    def rows(self, seconds: float) -> list[dict[str, Any]]:
        """Measure all subjects for about `seconds` and return their rows."""
        first, *costs = measure(self._subjects, seconds, MediaClock())
        self.anchor_ms = first.core_ms
        return [
            dict(subject.labels) | _figures(cost)
            for subject, cost in zip(self._subjects[1:], costs, strict=True)
        ]


@dataclass
class _Judge:
    """Compares pictures with those of the first way that a model ran."""

    first: list[Image] = field(default_factory=list)

    def nearness_db(
        self, draw: Callable[[Controls], Image], frames: list[Controls]
    ) -> float | None:
        """Return the worst PSNR of any picture; None for the first way, and for equal bits."""
        pictures = [draw(frame) for frame in frames[-JUDGED:]]
        if not self.first:
            self.first = pictures
            return None
        worst = min(psnr_db(a, b) for a, b in zip(pictures, self.first, strict=True))
        return None if worst == float("inf") else round(worst, 1)


def _ways(card: ModelCard, threads: Sequence[int]) -> Iterator[EngineSettings]:
    """Yield the settings to try; without weights there is no runtime and one thread."""
    if not card.weights:
        yield EngineSettings()
        return
    fast: tuple[Precision, ...] = ("fp32", "bf16") if has_bf16() else ("fp32",)
    for number in threads:
        yield EngineSettings(runtime="torch", precision="fp32", threads=number)
    for precision in fast:
        for number in threads:
            yield EngineSettings(runtime="openvino", precision=precision, threads=number)
    if torch.cuda.is_available():
        for precision in ("fp32", "bf16"):
            yield EngineSettings(runtime="torch", precision=precision, device="cuda")


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
