"""`run_vcam.py train WHAT`: makes a model again."""

import argparse
from collections.abc import Callable

from vcam import choices

TRAININGS = {
    "fuser": ("vcam.training.fuser", "sound to mouth, for the default engine"),
    "lite": ("vcam.training.lite", "the face of the default engine, from the studio's frames"),
    "apb2facev2": ("vcam.training.apb2facev2_command", "the paper's net, all announcers in one"),
    "apb2face": ("vcam.training.apb2face_command", "the earlier paper's, one net each announcer"),
}
"""What can be trained."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add what can be trained, each with its own flags."""
    choices.configure(parser, TRAININGS)


def run(given: argparse.Namespace, report: Callable[[str], None]) -> int:
    """Train; return the exit code."""
    return choices.run(given, TRAININGS, report)
