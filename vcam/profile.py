"""The user's choice: strict YAML -> frozen Profile. Each room gets only its section."""

from dataclasses import dataclass, field
from typing import Literal

from vcam.media import Mood


@dataclass(frozen=True)
class VideoSettings:
    """The picture that is sent."""

    size: tuple[int, int] = (720, 1280)
    """(H, W), even numbers."""
    fps: int = 30
    background: str = "keep"
    """keep | blur | #RRGGBB | a picture file."""
    mirror: bool = False


@dataclass(frozen=True)
class GateSettings:
    """The voice gate."""

    aggressiveness: int = 2
    """webrtcvad's 0 (lets most through) .. 3 (lets least through)."""
    attack_ms: int = 20
    """Voice this long opens the gate."""
    hangover_ms: int = 200
    """Silence this long shuts it."""
    above_floor_db: float = 8.0
    """How far above the tracked noise floor voice must be."""


@dataclass(frozen=True)
class LifeSettings:
    """What moves when nobody speaks, and how much more when somebody does."""

    preset: Literal["natural", "still"] = "natural"
    """still: only the voice moves the face."""
    mood: Mood = "neutral"
    blinks_per_minute: float = 17.0
    head: float = 1.0
    """Scale of idle and speaking head motion, 0 .. 2."""
    gaze: float = 1.0
    """Scale of the eyes' wandering, 0 .. 2."""
    breathing: float = 1.0


@dataclass(frozen=True)
class EngineSettings:
    """How the engine is run."""

    runtime: Literal["auto", "openvino", "torch"] = "auto"
    device: Literal["cpu", "cuda"] = "cpu"
    threads: int = 1
    sync: Literal["delayed", "low-latency"] = "delayed"


@dataclass(frozen=True)
class Profile:
    """One announcer as the user wants it."""

    name: str
    identity: str
    title: str = ""
    model: str = "still"
    seed: int = 0
    video: VideoSettings = field(default_factory=VideoSettings)
    gate: GateSettings = field(default_factory=GateSettings)
    life: LifeSettings = field(default_factory=LifeSettings)
    engine: EngineSettings = field(default_factory=EngineSettings)
