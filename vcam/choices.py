"""Commands whose first word is a choice, from one literal table of modules."""

import argparse
from collections.abc import Callable, Mapping
from importlib import import_module

Choices = Mapping[str, tuple[str, str]]
"""Word -> its module (`configure(parser)`, `run(given, report) -> int`) and its purpose."""


def configure(parser: argparse.ArgumentParser, choices: Choices) -> None:
    """Add every choice with its own flags; the word lands in `what`."""
    words = parser.add_subparsers(dest="what", required=True, metavar="WHAT")
    for word, (module, purpose) in choices.items():
        choice = words.add_parser(word, help=purpose, description=purpose)
        import_module(module).configure(choice)


def run(given: argparse.Namespace, choices: Choices, report: Callable[[str], None]) -> int:
    """Do what was chosen; return the exit code."""
    module, _ = choices[given.what]
    code: int = import_module(module).run(given, report)
    return code
