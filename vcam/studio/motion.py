"""Speech motion: phones with times in, ARKit weights as functions of time out.

Cohen and Massaro's dominance model (1993): at every moment each phone pulls the mouth channels to
its posture, the more so the nearer it is; then contacts that the eye expects are made certain
(lips shut for p b m, lip on teeth for f v, a narrow jaw for s). Time 0 is the start of the sound.
Numbers without another source were fitted to a real speaker (GRID talker s1).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from vcam.arkit import ARKIT_INDEX, ARKIT_NAMES
from vcam.media import Vector
from vcam.studio.phones import CHANNELS, VISEMES, Phone, Viseme

GRID_HZ = 200
LOUDNESS_HZ = 100

Curve = NDArray[np.float64]

_CHANNEL = {name: index for index, name in enumerate(CHANNELS)}
_JAW_LIKE = np.array([name in ("jaw", "tongue") for name in CHANNELS])
_ROUND = np.array([name in ("pucker", "funnel") for name in CHANNELS])
_OPENING = np.array([name in ("jaw", "lower", "upper", "funnel") for name in CHANNELS])

_CORE = 0.5  # of a sound, in its middle, holds the full dominance
_ROUND_EARLY, _ROUND_LATE = 1.8, 1.4  # rounding starts early and ends late
_FAR = 0.02  # of the dominance is cut off: its endless tails must not creep through silence
_SMOOTHING_S = 0.010  # rounds the cusps of the dominance; below what 30 frames/s can show

_CLOSURE_S = 0.060  # lips stay shut at least so long: a 25 frames/s camera sees one such frame
_RAMP_S = 0.055
_BURST = 0.65  # a stop's lips part after this share of it; the rest is burst and breath

_PART_BEFORE_S = 0.24  # lips part a little before speech (measured: notes/speech_data.md 3)
_PAUSE_S = 0.25
_QUIET_GAIN, _LOUD_GAIN = 0.5, 1.2  # the mouth opens with loudness
_STILL = 0.004  # weights below are nothing


@dataclass(frozen=True)
class Style:
    """How one speaker differs from the next; the defaults are the mean speaker."""

    gains: Vector = field(default_factory=lambda: np.ones(len(CHANNELS), np.float32))
    """Factor of every channel, (9,)."""
    reach: float = 1.0
    """Factor of every dominance's reach: above 1 the speech is more slurred."""
    left: float = 0.0
    """How much more the left side of the mouth moves than the right, as a share."""
    jaw_left: float = 0.0
    """Sideways jaw weight at a fully open jaw; positive goes to the speaker's left."""


def draw_style(seed: int) -> Style:
    """Return a speaker's style: the same seed, the same speaker."""
    random = np.random.default_rng(seed)
    gains = np.exp(random.normal(0.0, 0.07, len(CHANNELS))).astype(np.float32)
    return Style(
        gains=gains,
        reach=float(np.exp(random.normal(0.0, 0.06))),
        left=float(random.normal(0.0, 0.05)),
        jaw_left=float(random.normal(0.0, 0.04)),
    )


@dataclass(frozen=True)
class SpeechMotion:
    """The curves of one utterance on a fixed grid: `weights` (T, 52), GRID_HZ rows a second."""

    weights: Curve

    @property
    def duration_s(self) -> float:
        """The time that the curves cover; outside it the mouth is at rest."""
        return (len(self.weights) - 1) / GRID_HZ

    def at(self, times_s: Curve) -> Vector:
        """Return the weights (N, 52) in [0, 1] at `times_s` (N,)."""
        place = np.clip(times_s * GRID_HZ, 0.0, len(self.weights) - 1.0)
        below = np.minimum(place.astype(int), max(0, len(self.weights) - 2))
        share = (place - below)[:, None]
        above = np.minimum(below + 1, len(self.weights) - 1)
        weights = (1 - share) * self.weights[below] + share * self.weights[above]
        return np.asarray(weights, np.float32)


def speak(
    phones: Sequence[Phone],
    duration_s: float,
    style: Style | None = None,
    loudness: Vector | None = None,
) -> SpeechMotion:
    """Return the motion of `phones`, which are in order of time and within `duration_s`.

    `loudness` is (N,) in [0, 1], LOUDNESS_HZ values a second from the start of the sound.
    """
    style = style or Style()
    times = np.arange(int(np.ceil(duration_s * GRID_HZ)) + 1) / GRID_HZ
    channels = _smooth(_blend(phones, times, style))
    channels = np.clip(channels * style.gains, 0.0, 1.0)
    if loudness is not None:
        channels[:, _OPENING] *= _loudness_gain(loudness, times)[:, None]
    closed = _make_contacts(channels, phones, times)
    weights = _to_arkit(channels, closed, style)
    return SpeechMotion(np.where(weights < _STILL, 0.0, np.minimum(weights, 1.0)))


def measure_loudness(samples: Vector, sample_rate: int) -> Vector:
    """Return the loudness (N,) in [0, 1] of sound (M,), LOUDNESS_HZ values a second.

    1 is the 95th percentile of this sound, 0 is 30 dB below it: what counts is how loud a syllable
    is among its neighbours, not how near the microphone was.
    """
    hop = sample_rate // LOUDNESS_HZ
    count = max(1, len(samples) // hop)
    power = np.square(np.resize(samples, count * hop).reshape(count, hop)).mean(axis=1)
    power = np.convolve(np.pad(power, 3, mode="edge"), np.hanning(9)[1:-1] / 4.0, mode="valid")
    level = 10 * np.log10(power + 1e-10)
    relative = (level - np.percentile(level, 95)) / 30.0 + 1.0
    return np.asarray(np.clip(relative, 0.0, 1.0), np.float32)


def _blend(phones: Sequence[Phone], times: Curve, style: Style) -> Curve:
    """Return the channels (T, 9): postures weighted by dominance."""
    pull = np.full((len(times), len(CHANNELS)), 1e-6)
    total = np.zeros_like(pull)
    for phone in _with_rests(phones, float(times[-1])):
        viseme = VISEMES[phone.viseme]
        dominance = _dominance(phone, viseme, times, style)
        pull += dominance
        total += dominance * viseme.targets()
    blended: Curve = total / pull
    blended += _parting(phones, times)
    return blended


def _with_rests(phones: Sequence[Phone], end_s: float) -> list[Phone]:
    """Return the phones between two long rests, so that speech starts and ends at rest."""
    first = phones[0].start_s if phones else end_s
    last = phones[-1].end_s if phones else end_s
    return [Phone("", first - 10.0, first), *phones, Phone("", last, last + 10.0)]


def _dominance(phone: Phone, viseme: Viseme, times: Curve, style: Style) -> Curve:
    """Return how firmly one phone pulls each channel at each time, (T, 9)."""
    margin = min(0.15, 0.5 * (1 - _CORE) * (phone.end_s - phone.start_s))
    before = np.maximum(phone.start_s + margin - times, 0.0)[:, None]
    after = np.maximum(times - (phone.end_s - margin), 0.0)[:, None]
    reach_s = 1e-3 * viseme.reach_ms * style.reach
    rounded = _ROUND & (viseme.pucker + viseme.funnel > 0.3)
    early = reach_s * np.where(rounded, _ROUND_EARLY, 1.0)
    late = reach_s * np.where(rounded, _ROUND_LATE, 1.0)
    strength = np.where(_JAW_LIKE, viseme.jaw_strength, viseme.lip_strength)
    near = np.exp(-before / early - after / late)
    dominance: Curve = strength * np.maximum(near - _FAR, 0.0)
    return dominance


def _parting(phones: Sequence[Phone], times: Curve) -> Curve:
    """Return what the lips open before speech that follows a pause, (T, 9)."""
    parted = np.zeros((len(times), len(CHANNELS)))
    shape = VISEMES["schwa"].targets() * 0.5
    quiet_since = -10.0
    for phone in phones:
        if phone.letter and phone.start_s - quiet_since >= _PAUSE_S:
            middle = phone.start_s - 0.5 * _PART_BEFORE_S
            distance = np.abs(times - middle) / (0.75 * _PART_BEFORE_S)
            parted += _ease(1.0 - distance)[:, None] * shape
        if phone.letter:
            quiet_since = phone.end_s
    return parted


def _smooth(channels: Curve) -> Curve:
    """Return channels (T, 9) after a Gaussian of _SMOOTHING_S: zero phase, no lag."""
    radius = int(np.ceil(3 * _SMOOTHING_S * GRID_HZ))
    taps = np.exp(-0.5 * (np.arange(-radius, radius + 1) / (_SMOOTHING_S * GRID_HZ)) ** 2)
    taps /= taps.sum()
    padded = np.pad(channels, ((radius, radius), (0, 0)), mode="edge")
    columns = [np.convolve(column, taps, mode="valid") for column in padded.T]
    return np.stack(columns, axis=1)


def _loudness_gain(loudness: Vector, times: Curve) -> Curve:
    """Return the factor of the opening at each time, (T,)."""
    heard_at = (np.arange(len(loudness)) + 0.5) / LOUDNESS_HZ
    level = np.interp(times, heard_at, loudness)
    gain: Curve = _QUIET_GAIN + (_LOUD_GAIN - _QUIET_GAIN) * level
    return gain


def _make_contacts(channels: Curve, phones: Sequence[Phone], times: Curve) -> Curve:
    """Put the postures of contact into `channels` and return how shut the lips are, (T,)."""
    sibilant = _envelope(phones, "sibilant", times)
    jaw = channels[:, _CHANNEL["jaw"]]
    jaw += sibilant * (np.minimum(jaw, 0.09) - jaw)
    _touch(channels, "labiodental", _envelope(phones, "labiodental", times))
    closed = _envelope(phones, "bilabial", times)
    _touch(channels, "bilabial", closed)
    return closed


def _touch(channels: Curve, name: str, contact: Curve) -> None:
    """Move `channels` (T, 9) into the posture of a viseme by `contact` (T,).

    The jaw need not come up all the way, and the neighbours' spread or rounding stays.
    """
    posture = np.broadcast_to(VISEMES[name].targets(), channels.shape).copy()
    for kept in ("jaw", "spread", "pucker", "tongue"):
        posture[:, _CHANNEL[kept]] = channels[:, _CHANNEL[kept]]
    highest = VISEMES[name].jaw + 0.03
    posture[:, _CHANNEL["jaw"]] = np.minimum(posture[:, _CHANNEL["jaw"]], highest)
    channels += contact[:, None] * (posture - channels)


def _envelope(phones: Sequence[Phone], viseme: str, times: Curve) -> Curve:
    """Return 1 while a phone of `viseme` holds its contact, eased from and to 0, (T,)."""
    envelope = np.zeros(len(times))
    for phone in (phone for phone in phones if phone.viseme == viseme):
        share = _BURST if phone.letter in "pb" else 1.0
        length = (phone.end_s - phone.start_s) * share
        held = max(_CLOSURE_S, 0.8 * length)
        outside = np.abs(times - (phone.start_s + 0.5 * length)) - 0.5 * held
        envelope = np.maximum(envelope, _ease(1.0 - outside / _RAMP_S))
    return envelope


def _ease(x: Curve) -> Curve:
    """Return the smooth step of `x`: 0 below 0, 1 above 1."""
    x = np.clip(x, 0.0, 1.0)
    eased: Curve = x * x * (3.0 - 2.0 * x)
    return eased


# What one unit of a channel puts into the blendshapes. mouthClose, which undoes the jaw at the
# lips, is computed from the jaw.
_RECIPE: dict[str, dict[str, float]] = {
    "jaw": {"jawOpen": 1.0},
    "lower": {"mouthLowerDownLeft": 1.0, "mouthLowerDownRight": 1.0},
    "upper": {"mouthUpperUpLeft": 1.0, "mouthUpperUpRight": 1.0},
    "spread": {
        "mouthStretchLeft": 0.55, "mouthStretchRight": 0.55,
        "mouthSmileLeft": 0.40, "mouthSmileRight": 0.40,
        "mouthDimpleLeft": 0.12, "mouthDimpleRight": 0.12,
    },
    "pucker": {"mouthPucker": 1.0},
    "funnel": {"mouthFunnel": 1.0, "jawForward": 0.15},
    "tuck": {"mouthRollLower": 1.0, "mouthShrugLower": 0.30},
    "press": {
        "mouthPressLeft": 1.0, "mouthPressRight": 1.0,
        "mouthRollLower": 0.20, "mouthRollUpper": 0.15,
    },
    "tongue": {"tongueOut": 1.0},
}  # fmt: skip
# The jaw's opening at the lips over mouthClose's closing of them, on the mean head.
_CLOSE_PER_JAW = 0.84


def _recipe_matrix() -> Curve:
    matrix = np.zeros((len(CHANNELS), len(ARKIT_NAMES)))
    for channel, parts in _RECIPE.items():
        for name, amount in parts.items():
            matrix[_CHANNEL[channel], ARKIT_INDEX[name]] = amount
    return matrix


_MATRIX = _recipe_matrix()
_SIDE = np.array([n.endswith("Left") - n.endswith("Right") for n in ARKIT_NAMES], np.float64)


def _to_arkit(channels: Curve, closed: Curve, style: Style) -> Curve:
    """Return the weights (T, 52) of `channels` (T, 9) with lips shut by `closed` (T,)."""
    weights = channels @ _MATRIX
    weights *= 1.0 + 0.5 * style.left * _SIDE
    jaw = channels[:, _CHANNEL["jaw"]]
    weights[:, ARKIT_INDEX["mouthClose"]] = _CLOSE_PER_JAW * jaw * closed
    sideways = "jawLeft" if style.jaw_left >= 0 else "jawRight"
    weights[:, ARKIT_INDEX[sideways]] = abs(style.jaw_left) * jaw
    return weights
