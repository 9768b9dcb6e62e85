"""The user's choice: strict YAML -> frozen Profile. Each room gets only its section.

Layers, each over the one before: defaults in the dataclasses below, the profile's YAML file,
flags of the command line.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from vcam.errors import ProfileError
from vcam.media import Mood
from vcam.paths import is_file, typed
from vcam.resources import own, search_path
from vcam.strict import Reader, Value, nearest, read_yaml


def parse_size(raw: object) -> tuple[int, int]:
    """Read "1280x720" (W x H, as people write it) as (H, W) = (720, 1280)."""
    match = re.fullmatch(r"(\d{1,5})x(\d{1,5})", str(raw))
    if isinstance(raw, tuple):
        return raw  # the default
    if not match:
        raise ValueError("wanted WIDTHxHEIGHT, e.g. 1280x720")
    width, height = int(match[1]), int(match[2])
    if width % 2 or height % 2:
        wanted = f"{width + width % 2}x{height + height % 2}"
        raise ValueError(f"video needs even numbers; the nearest is {wanted}")
    if not (64 <= width <= 3840 and 64 <= height <= 2160):
        raise ValueError("wanted 64x64 to 3840x2160")
    return height, width


def parse_background(raw: object) -> str:
    """Read keep | blur | #RRGGBB | the path of a picture."""
    text = str(raw)
    if text in ("keep", "blur") or re.fullmatch("#[0-9a-fA-F]{6}", text):
        return text
    if text.startswith("#"):
        raise ValueError("wanted a colour like #20304A")
    if not is_file(typed(text)):
        close = nearest(text, ("keep", "blur"))
        hint = f"; did you mean '{close}'?" if close else ""
        raise ValueError(f"wanted keep, blur, #RRGGBB or a picture file; no such file{hint}")
    return str(typed(text))


@dataclass(frozen=True)
class VideoSettings:
    """The picture that is sent."""

    size: tuple[int, int] = field(default=(720, 1280), metadata={"parse": parse_size})
    """(H, W), even numbers."""
    fps: int = field(default=30, metadata={"low": 1, "high": 60})
    background: str = field(default="keep", metadata={"parse": parse_background})
    """keep | blur | #RRGGBB | a picture file."""
    mirror: bool = False


@dataclass(frozen=True)
class GateSettings:
    """The voice gate."""

    aggressiveness: int = field(default=2, metadata={"low": 0, "high": 3})
    """webrtcvad's 0 (lets most through) .. 3 (lets least through)."""
    attack_ms: int = field(default=30, metadata={"low": 10, "high": 200})
    """Voice this long opens the gate."""
    hangover_ms: int = field(default=200, metadata={"low": 20, "high": 2000})
    """Silence this long shuts it."""
    above_floor_db: float = field(default=8.0, metadata={"low": 0.0, "high": 40.0})
    """How far above the tracked noise floor voice must be."""


@dataclass(frozen=True)
class LifeSettings:
    """What moves when nobody speaks, and how much more when somebody does."""

    preset: Literal["natural", "still"] = "natural"
    """still: only the voice moves the face."""
    mood: Mood = "neutral"
    blinks_per_minute: float = field(default=17.0, metadata={"low": 0.0, "high": 40.0})
    head: float = field(default=1.0, metadata={"low": 0.0, "high": 2.0})
    """Scale of idle and speaking head motion."""
    gaze: float = field(default=1.0, metadata={"low": 0.0, "high": 2.0})
    """Scale of the eyes' wandering."""
    breathing: float = field(default=1.0, metadata={"low": 0.0, "high": 2.0})


@dataclass(frozen=True)
class EngineSettings:
    """How the engine is run."""

    runtime: Literal["auto", "openvino", "torch"] = "auto"
    precision: Literal["auto", "fp32", "bf16"] = "auto"
    """auto: whichever this machine does faster; bf16 needs a processor that has it."""
    device: Literal["cpu", "cuda"] = "cpu"
    threads: int = field(default=1, metadata={"low": 1, "high": 64})
    sync: Literal["delayed", "low-latency"] = "delayed"


@dataclass(frozen=True)
class Profile:
    """One announcer as the user wants it."""

    name: str
    """The file's name without its suffix."""
    identity: str
    """A face: a folder in models/announcers."""
    title: str = ""
    model: str = "auto"
    """What draws it: a folder in models, or auto: the best of ours that the machine can."""
    seed: int = field(default=0, metadata={"low": 0, "high": 2**31 - 1})
    video: VideoSettings = field(default_factory=VideoSettings)
    gate: GateSettings = field(default_factory=GateSettings)
    life: LifeSettings = field(default_factory=LifeSettings)
    engine: EngineSettings = field(default_factory=EngineSettings)


@dataclass(frozen=True)
class LoadedProfile:
    """A profile, its file, and where each value came from."""

    profile: Profile
    file: Path
    origins: Mapping[str, Value]


def profile_files() -> dict[str, Path]:
    """Return every profile by name; a user's own hides a shipped one of the same name."""
    found: dict[str, Path] = {}
    for folder in reversed(search_path("profiles")):
        files = sorted([*folder.glob("*.yml"), *folder.glob("*.yaml")])
        found |= {file.stem: file for file in files}
    return dict(sorted(found.items()))


def find_profile(name_or_file: str) -> Path:
    """Return the file of a profile given by name or path."""
    if name_or_file.endswith((".yaml", ".yml")) or "/" in name_or_file or "\\" in name_or_file:
        file = typed(name_or_file)
        if not is_file(file):
            raise ProfileError(f"no profile file '{file}'; give the path of a YAML file, or a name")
        return file
    known = profile_files()
    if name_or_file not in known:
        close = nearest(name_or_file, known)
        hint = f"did you mean '{close}'? " if close else ""
        raise ProfileError(
            f"unknown profile '{name_or_file}'; {hint}"
            f"Known: {', '.join(known) or 'none'}; your own belong into {own('profiles')}"
        )
    return known[name_or_file]


def load_profile(
    name_or_file: str, flags: Mapping[str, tuple[str, object]] | None = None
) -> LoadedProfile:
    """Read a profile and lay `flags` over it: dotted key -> (flag as typed, value).

    Raises:
        ProfileError: one sentence with the file or flag, the dotted key, the value and the
            nearest valid one.
    """
    file = find_profile(name_or_file)
    reader = Reader(Profile, ProfileError, hidden=("name",))
    values = reader.defaults() | reader.flatten(read_yaml(file, ProfileError), str(file))
    for key, (flag, raw) in (flags or {}).items():
        values[key] = Value(raw, flag)
    return LoadedProfile(reader.build(values, name=file.stem), file, values)
