"""`run_vcam.py evaluate WHAT`: measures what was trained."""

import argparse
from collections.abc import Callable

from vcam import choices

_ENGINE = "vcam.evaluation.engine_command"
EVALUATIONS = {
    "voice": ("vcam.evaluation.voice_command", "the fuser: how well the mouth follows the voice"),
    "face": ("vcam.evaluation.face_command", "a model that draws: how near it is to the studio"),
    "still": (_ENGINE, "the engine that does not move, by the papers' measures"),
    "lite": (_ENGINE, "the default engine with its fuser, by the papers' measures"),
    "apb2facev2": (_ENGINE, "the paper's engine, by its measures"),
    "apb2face": (_ENGINE, "the earlier paper's engine, by its measures"),
}
"""What can be measured."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add what can be measured, each with its own flags."""
    choices.configure(parser, EVALUATIONS)


def run(given: argparse.Namespace, report: Callable[[str], None]) -> int:
    """Measure; return the exit code."""
    return choices.run(given, EVALUATIONS, report)
