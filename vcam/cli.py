"""The command line; the only file that prints. Imports what a command needs when it is given."""

import argparse
import asyncio
import os
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

from vcam import strict
from vcam.errors import InputError, VcamError
from vcam.media import SECOND_NS
from vcam.profile import Profile, load_profile, profile_files

INTERRUPTED = 130
LONGEST_S = 1_000_000
"""Of a call that ends by itself; eleven days."""

PROFILE_FLAGS = {
    "--size": ("video.size", {"metavar": "1280x720", "help": "width x height of the picture"}),
    "--fps": ("video.fps", {"type": int, "help": "frames a second (30)"}),
    "--background": ("video.background", {"metavar": "IMAGE|#RRGGBB|blur|keep"}),
    "--mirror": ("video.mirror", {"action": "store_const", "const": True}),
    "--life": ("life.preset", {"metavar": "natural|still", "help": "still: no idle motion"}),
    "--mood": ("life.mood", {"metavar": "neutral|warm|serious"}),
    "--sync": ("engine.sync", {"metavar": "delayed|low-latency"}),
    "--engine": ("model", {"metavar": "MODEL", "help": "what draws: auto, lite512, still, ..."}),
    "--runtime": ("engine.runtime", {"metavar": "auto|openvino|torch"}),
    "--precision": ("engine.precision", {"metavar": "auto|fp32|bf16"}),
    "--device": ("engine.device", {"metavar": "cpu|cuda"}),
    "--threads": ("engine.threads", {"type": int, "help": "threads for the engine (1)"}),
    "--seed": ("seed", {"type": int, "help": "the same seed gives the same idle motion"}),
}
"""Flag -> the profile's key that it overrides, and how argparse reads it."""


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence instead of printing the usage."""

    def parse_known_args(self, args=None, namespace=None):  # type: ignore[no-untyped-def]
        """Refuse unknown words here: the parser of a command knows which ones it has."""
        found, unknown = super().parse_known_args(args, namespace)
        if unknown:
            self.error(f"unrecognized arguments: {' '.join(unknown)}")
        return found, unknown

    def error(self, message: str) -> NoReturn:
        """Raise InputError; an unknown word gets the nearest known one."""
        unknown = message.partition("unrecognized arguments: ")[2].split()
        close = strict.nearest(unknown[0], self._option_string_actions) if unknown else None
        hint = f"did you mean '{close}'?" if close else f"see {self.prog} --help"
        raise InputError(f"{message}; {hint}")


def configure_run(parser: argparse.ArgumentParser) -> None:
    """Add the flags of a call."""
    parser.add_argument("--profile", default="announcer3", metavar="NAME|FILE")
    parser.add_argument("--show-profile", action="store_true", help="print it and its origins")
    parser.add_argument("--mic", metavar="DEVICE", help="microphone, by index or part of its name")
    parser.add_argument("--audio", metavar="FILE|-", help="a recording, or PCM on standard input")
    parser.add_argument(
        "--to",
        action="append",
        default=[],
        metavar="SINK",
        help="camera[:DEVICE] | page[:PORT] | whip:URL | file:PATH | null; repeatable",
    )
    parser.add_argument("--mic-out", metavar="DEVICE", help="plays the delayed voice there")
    parser.add_argument("--host", default="127.0.0.1", help="where the page listens")
    parser.add_argument(
        "--token",
        default=os.environ.get("VCAM_TOKEN"),
        help="what viewers of the page must bring; needed for another host ($VCAM_TOKEN)",
    )
    for flag, (_, reading) in PROFILE_FLAGS.items():
        parser.add_argument(flag, **reading)  # type: ignore[arg-type]
    parser.add_argument("--duration", type=float, metavar="SECONDS")
    parser.add_argument("--fast", action="store_true", help="render a file as fast as it goes")
    parser.add_argument("--stats", type=Path, metavar="FILE", help="JSON lines, one a second")
    parser.add_argument("--quiet", action="store_true", help="no progress, no summary")


def run(given: argparse.Namespace) -> int:
    """Hold a call."""
    flags = {
        key: (flag, value)
        for flag, (key, _) in PROFILE_FLAGS.items()
        if (value := vars(given)[flag.removeprefix("--")]) is not None
    }
    loaded = load_profile(given.profile, flags)
    if given.show_profile:
        for key, value in sorted(loaded.origins.items()):
            print(f"{key} = {_shown(_leaf(loaded.profile, key))}  # {value.origin}")
        return 0
    if given.duration is not None and not 0 < given.duration <= LONGEST_S:
        raise InputError(
            f"--duration {given.duration:g}: wanted seconds, above 0 and at most {LONGEST_S}"
        )
    from vcam.call import Order, hold

    order = Order(
        mic=given.mic,
        audio=given.audio,
        to=tuple(given.to),
        mic_out=given.mic_out,
        host=given.host,
        token=given.token,
        duration_s=given.duration,
        fast=given.fast,
        stats=given.stats,
    )
    say = _complain if given.quiet else _say
    progress = _quiet if given.quiet else _show_progress
    outcome = asyncio.run(hold(loaded.profile, order, say, progress))
    if not given.quiet:
        _say(_sum_up(outcome.summary))
    if outcome.interrupted:
        return INTERRUPTED
    return outcome.lost[0].exit_code if outcome.lost else 0


def list_profiles(_: argparse.Namespace) -> int:
    """Print every profile that can be chosen."""
    for name in profile_files():
        profile = load_profile(name).profile
        print(f"{name:<16} {profile.title:<28} face {profile.identity}, drawn by {profile.model}")
    return 0


def _configure_nothing(_: argparse.ArgumentParser) -> None:
    """The command has no flags."""


@dataclass(frozen=True)
class Command:
    """One thing that vcam can do."""

    purpose: str
    configure: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]


def _room(module: str, purpose: str, extra: str | None = None) -> Command:
    """A command that a room brings along: `configure(parser)` and `run(given, report)`.

    The room is imported when its command is given, so that the others stay quick; `extra` is what
    vcam must have been installed with for it.
    """

    def room() -> ModuleType:
        try:
            return import_module(module)
        except ModuleNotFoundError as missing:
            if extra is None:
                raise
            raise InputError(
                f"this command needs the package '{missing.name}', which is not installed; "
                f"in vcam's folder run: python3 -m pip install '.[{extra}]'"
            ) from missing

    def run_room(given: argparse.Namespace) -> int:
        code: int = room().run(given, _say)
        return code

    return Command(purpose, lambda parser: room().configure(parser), run_room)


COMMANDS = {
    "run": Command("hold a call (the default)", configure_run, run),
    "profiles": Command("list the announcers", _configure_nothing, list_profiles),
    "devices": _room("vcam.devices", "list microphones, sound outputs and virtual cameras"),
    "doctor": _room("vcam.doctor", "check this computer, and name what mends it"),
    "studio": _room("vcam.studio.command", "make announcers, speech and training frames", "studio"),
    "bench": _room("vcam.evaluation.bench_command", "measure the engines on this machine"),
    "train": _room("vcam.training.command", "make a model again", "studio"),
    "evaluate": _room("vcam.evaluation.command", "measure what a model does", "studio"),
}
"""The first word of the command line; without one it is `run`."""


def main(argv: Sequence[str] | None = None) -> int:
    """Do one command and return the exit code: 0, 2 (input), 3 (device) or 130 (interrupted)."""
    # Spinning OpenMP threads would starve the call app beside us (measured: reference_model.md).
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    os.environ.setdefault("GOMP_SPINCOUNT", "0")
    arguments = list(sys.argv[1:] if argv is None else argv)
    debug = "--debug" in arguments
    try:
        return _dispatch([word for word in arguments if word != "--debug"])
    except VcamError as problem:
        if debug:
            traceback.print_exc()
        print(f"vcam: {problem}", file=sys.stderr)
        return problem.exit_code
    except KeyboardInterrupt:
        return INTERRUPTED


def _dispatch(arguments: list[str]) -> int:
    named = bool(arguments) and not arguments[0].startswith("-")
    name, rest = (arguments[0], arguments[1:]) if named else ("run", arguments)
    if name not in COMMANDS:
        close = strict.nearest(name, COMMANDS)
        hint = f"did you mean '{close}'? " if close else ""
        raise InputError(f"unknown command '{name}'; {hint}Known: {', '.join(COMMANDS)}")
    command = COMMANDS[name]
    others = "\n".join(f"  {word:<10} {other.purpose}" for word, other in COMMANDS.items())
    parser = Parser(
        prog="vcam" if not named else f"vcam {name}",
        description=command.purpose,
        epilog=None if named else f"commands:\n{others}",
        allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.configure(parser)
    return command.run(parser.parse_args(rest))


def _leaf(profile: Profile, key: str) -> object:
    found: object = profile
    for name in key.split("."):
        found = vars(found)[name]
    return found


def _shown(leaf: object) -> str:
    """Return a value as a profile has it; the only pair is a size, (H, W)."""
    return f"{leaf[1]}x{leaf[0]}" if isinstance(leaf, tuple) else repr(leaf)


def _say(sentence: str) -> None:
    print(sentence, flush=True)


def _complain(sentence: str) -> None:
    """Say it where it disturbs no output: what a quiet call still says is mostly trouble."""
    print(sentence, file=sys.stderr, flush=True)


def _quiet(_: object) -> None:
    """Say nothing."""


def _show_progress(t_ns: int) -> None:
    if t_ns % SECOND_NS == 0 and sys.stderr.isatty():
        print(f"\r{t_ns // SECOND_NS} s rendered", end="", file=sys.stderr, flush=True)


def _sum_up(summary: Mapping[str, Any]) -> str:
    shown, due = summary["frames_shown"], summary["frames_due"]
    share = 100 * shown / due if due else 0.0
    parts = [f"{shown} of {due} frames shown ({share:.2f} %)"]
    if summary["cpu_core_ms_per_frame"] is not None:
        parts.append(f"{summary['cpu_core_ms_per_frame']:.1f} core-ms a frame")
    if summary["sound_to_frame_ms"]["p95"]:
        parts.append(f"sound to frame p95 {summary['sound_to_frame_ms']['p95']:.0f} ms")
    return ", ".join(parts)
