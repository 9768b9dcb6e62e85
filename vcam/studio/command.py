"""The `studio` command: preview, plates, sheet, speech, render."""

import argparse
import os
from collections.abc import Callable
from pathlib import Path

from PIL import Image as Pictures

from vcam.errors import InputError, OutputError
from vcam.media import Controls
from vcam.paths import is_file, is_folder
from vcam.studio import render_command, speech_command
from vcam.studio.announcers import ANNOUNCERS, announcer_named
from vcam.studio.camera import REGION
from vcam.studio.plates import make_plates
from vcam.studio.renderer import Renderer
from vcam.studio.sheet import make_sheet

Report = Callable[[str], None]

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp")
"""Of the pictures that `preview` writes."""
_SIZES_PX = (16, 4096)


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the studio's subcommands to `parser`."""
    _add_assets(parser, None)
    commands = parser.add_subparsers(dest="studio_command", required=True)
    preview = commands.add_parser("preview", help="draw one picture of an announcer")
    preview.add_argument("name", help=", ".join(ANNOUNCERS))
    preview.add_argument("--size", type=int, default=REGION, help="pixels (default %(default)s)")
    preview.add_argument("--out", type=Path, help="picture file (default NAME.png)")
    preview.set_defaults(studio_run=_preview)
    plates = commands.add_parser("plates", help="draw what the call path needs, for all six")
    plates.add_argument("names", nargs="*", metavar="NAME", help="announcers (default: all)")
    plates.add_argument("--out", type=Path, default=Path("models/announcers"))
    plates.set_defaults(studio_run=_plates)
    sheet = commands.add_parser("sheet", help="draw contact sheets to look at")
    sheet.add_argument("names", nargs="*", metavar="NAME", help="announcers (default: all)")
    sheet.add_argument("--size", type=int, default=256, help="pixels (default %(default)s)")
    sheet.add_argument("--out", type=Path, default=Path(".cache/sheets"))
    sheet.set_defaults(studio_run=_sheet)
    speech = commands.add_parser("speech", help="make sound with known mouth motion")
    speech_command.configure(speech)
    speech.set_defaults(studio_run=speech_command.run)
    render = commands.add_parser("render", help="render training frames and held-out clips")
    render_command.configure(render)
    render.set_defaults(studio_run=render_command.run)
    for command in (preview, plates, sheet, speech, render):
        _add_assets(command, argparse.SUPPRESS)


def _add_assets(parser: argparse.ArgumentParser, default: str | None) -> None:
    """Add the flag that stands before a subcommand or after it; suppressed, it keeps the other."""
    parser.add_argument(
        "--assets",
        type=Path,
        default=default,
        help="folder of the head model and garments (VCAM_ASSETS)",
    )


def run(args: argparse.Namespace, report: Report) -> int:
    """Run the subcommand that `configure` parsed; `report` gets one line per finished thing."""
    args.studio_run(args, report)
    return 0


def _preview(args: argparse.Namespace, report: Report) -> None:
    who = announcer_named(args.name)
    path = args.out or Path(f"{who.name}.png")
    _check_size(args.size)
    _check_picture(path)
    with Renderer(who, args.size, args.assets) as renderer:
        picture = renderer.render(Controls(0)).rgba
    Pictures.fromarray(picture[..., :3]).save(path)
    report(f"{who.name}: {path}")


def _plates(args: argparse.Namespace, report: Report) -> None:
    for name in args.names or ANNOUNCERS:
        make_plates(announcer_named(name), args.out, args.assets, report)


def _sheet(args: argparse.Namespace, report: Report) -> None:
    _check_size(args.size)
    for name in args.names or ANNOUNCERS:
        make_sheet(announcer_named(name), args.out, args.size, args.assets, report)


def _check_size(size: int) -> None:
    low, high = _SIZES_PX
    if not low <= size <= high:
        raise InputError(f"--size {size}: wanted {low} to {high} pixels")


def _check_picture(path: Path) -> None:
    """Refuse a file that no picture can be written to, before seconds of drawing."""
    if path.suffix.lower() not in SUFFIXES:
        raise OutputError(f"--out {path}: wanted a picture's name, ending in {', '.join(SUFFIXES)}")
    if not is_folder(path.parent):
        raise OutputError(f"--out {path}: there is no folder {path.parent}; make it first")
    if is_folder(path) or not os.access(path if is_file(path) else path.parent, os.W_OK):
        raise OutputError(f"--out {path}: cannot be written; choose another file")
