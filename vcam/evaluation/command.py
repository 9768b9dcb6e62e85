"""`run_vcam.py evaluate WHAT`: measures what was trained."""

import argparse
from collections.abc import Callable
from importlib import import_module

EVALUATIONS = {
    "voice": ("vcam.evaluation.voice_command", "the fuser: how well the mouth follows the voice"),
    "face": ("vcam.evaluation.face_command", "a model that draws: how near it is to the studio"),
}
"""What can be measured -> its module (`configure(parser)`, `run(given, report)`), its purpose."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add what can be measured, each with its own flags."""
    choices = parser.add_subparsers(dest="what", required=True, metavar="WHAT")
    for name, (module, purpose) in EVALUATIONS.items():
        choice = choices.add_parser(name, help=purpose, description=purpose)
        import_module(module).configure(choice)


def run(given: argparse.Namespace, report: Callable[[str], None]) -> int:
    """Measure; return the exit code."""
    module, _ = EVALUATIONS[given.what]
    code: int = import_module(module).run(given, report)
    return code
