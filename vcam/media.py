"""What flows through the house: sound, what was heard, controls, frames. numpy only.

Time is always `t_ns`: int nanoseconds on the one media clock, 0 when the call starts.
"""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

SECOND_NS = 1_000_000_000
MS_NS = 1_000_000

STALE_SLOTS = 2
"""A new picture is never shown more than this many slots late, where that can be had."""

Samples = NDArray[np.float32]
Image = NDArray[np.uint8]
Vector = NDArray[np.float32]

Mood = Literal["neutral", "warm", "serious"]


def frame_due_ns(index: int, fps: int) -> int:
    """Return the due time of frame `index`: computed, never added up, so no error grows."""
    return index * SECOND_NS // fps


def frame_index_at(t_ns: int, fps: int) -> int:
    """Return the last frame that is due at or before `t_ns`; the inverse of `frame_due_ns`."""
    index = t_ns * fps // SECOND_NS
    return index + 1 if frame_due_ns(index + 1, fps) <= t_ns else index


def samples_to_ns(count: int, sample_rate: int) -> int:
    """Return the duration of `count` samples, rounded down to a nanosecond."""
    return count * SECOND_NS // sample_rate


@dataclass(frozen=True)
class AudioChunk:
    """Mono sound: `samples` float32 (N,) in [-1, 1], the first one captured at `t_ns`.

    Times count samples. A gap is a new chunk with a later `t_ns`; sound is never stretched.
    """

    t_ns: int
    samples: Samples
    sample_rate: int

    @property
    def end_ns(self) -> int:
        """The time just after the last sample."""
        return self.t_ns + samples_to_ns(len(self.samples), self.sample_rate)


@dataclass(frozen=True)
class WindowSpec:
    """The window of sound features that an engine wants for the frame at time t.

    log_mel: rows of 80 bands, one every 10 ms, from t - past_ms to t + look_ahead_ms.
    normalised_log_mel: the same without the running mean of the voice.
    mfcc: the papers' own window, (64, 60); `past_ms` and `look_ahead_ms` state its span.
    """

    kind: Literal["log_mel", "normalised_log_mel", "mfcc"]
    past_ms: int
    look_ahead_ms: int


@dataclass(frozen=True)
class Hearing:
    """What the ears know about time `t_ns`."""

    t_ns: int
    voiced: bool = False
    """The voice gate is open, or opens within what the window looks ahead."""
    level: float = 0.0
    """Loudness of the voice, smoothed over about 50 ms, 0 (silence) .. 1 (loud speech); 0 while the
    gate is still shut, or shut again."""
    activity: float = 0.0
    """Share of the last seconds spent speaking, 0 .. 1, smoothed: what a body follows slowly."""
    window: Vector | None = None
    """Features (rows, columns) as the engine's WindowSpec asks, or None where it asks for none."""


@dataclass(frozen=True)
class Controls:
    """One moment of an announcer: right of this nobody knows about microphones."""

    t_ns: int
    audio: Vector | None = None
    """The window of sound features (rows, columns), or None."""
    voiced: bool = False
    pose: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """(yaw, pitch, roll) in radians; positive yaw turns to the announcer's left (the viewer's
    right), positive pitch nods down, positive roll tilts the head to the announcer's left."""
    blink: tuple[float, float] = (0.0, 0.0)
    """(left, right), 0 open .. 1 shut."""
    gaze: tuple[float, float] = (0.0, 0.0)
    """(x, y) in [-1, 1] of about 30 degrees, relative to the head; x to the announcer's left, y up;
    (0, 0) looks straight ahead: into the camera while the pose is 0."""
    mood: Mood = "neutral"
    expression: Vector | None = None
    """Weights (52,) in `vcam.arkit` order in [0, 1], or None where nobody set any."""


@dataclass(frozen=True)
class Frame:
    """A finished picture, uint8 RGB (H, W, 3), of the announcer at time `t_ns`."""

    t_ns: int
    image: Image = field(repr=False)


def silence(t_ns: int, count: int, sample_rate: int) -> AudioChunk:
    """Return `count` samples of silence that start at `t_ns`."""
    return AudioChunk(t_ns, np.zeros(count, np.float32), sample_rate)
