"""What the fuser learns from: every clip of the speech set as features and curves, laid end to end.

A folder of `rows.npy` float16 (variants, N, 80), `curves.npy` float16 (N, 15), `noise.npy` float16
(M, 80) and `tape.json`, written last. Variant 0 is the sound as it is, brought to one level;
variant 1 is in a room, variant 2 went down a line: what only the waveform can tell. All that
features can tell as well (gain, tilt, band, noise, vocal tract, tempo) is drawn afresh for every
batch in `rows`.

    row k     the 25 ms that end at 10 (k + 1) ms
    curve k   the weights at 10 k + 5 ms
"""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vcam.arkit import ARKIT_INDEX
from vcam.audio.features import LogMel
from vcam.errors import InputError
from vcam.media import Samples, Vector
from vcam.nets.fuser import SPEECH_SHAPES
from vcam.training import sound

Half = NDArray[np.float16]

VARIANTS = 3
_NOISE_S = 90
_INDEX = "tape.json"


@dataclass(frozen=True)
class Take:
    """One clip on the tape: rows start .. stop - 1."""

    start: int
    stop: int
    voice: str
    source: str
    language: str
    curves: bool
    """Its curves are known; else a teacher must say them."""
    licence: str = ""
    """Of the recording; empty where the set says none."""


@dataclass(frozen=True)
class Clip:
    """A clip to be put on tape: sound (N,) at 16 kHz, weights (T, 52) at 100 Hz or None."""

    samples: Samples
    weights: Vector | None
    voice: str
    source: str
    language: str
    licence: str = ""


@dataclass(frozen=True)
class Tape:
    """All takes with what belongs to them."""

    rows: Half
    curves: Half
    noise: Half
    takes: tuple[Take, ...]


def record(clips: Iterable[Clip], folder: Path, seed: int, report: Callable[[str], None]) -> None:
    """Put the clips on tape. Equal clips and seed give equal bytes."""
    random = np.random.default_rng(seed)
    rows: list[list[Half]] = [[] for _ in range(VARIANTS)]
    curves: list[Half] = []
    takes: list[Take] = []
    heard: list[Samples] = []
    start = 0
    for clip in clips:
        voice = sound.levelled(clip.samples)
        if len(heard) < 40:
            heard.append(voice)
        versions = [voice, *(spoil(voice, heard, random) for spoil in (far_away, down_the_line))]
        features = [LogMel().push(version).astype(np.float16) for version in versions]
        for variant, feature in zip(rows, features, strict=True):
            variant.append(feature)
        count = len(features[0])
        curves.append(_curves(clip.weights, count))
        known = clip.weights is not None
        said = (clip.voice, clip.source, clip.language, known, clip.licence)
        takes.append(Take(start, start + count, *said))
        start += count
        if len(takes) % 200 == 0:
            report(f"{len(takes)} clips, {start / 360_000:.2f} h on tape")
    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / "rows.npy", np.stack([np.concatenate(variant) for variant in rows]))
    np.save(folder / "curves.npy", np.concatenate(curves))
    np.save(folder / "noise.npy", record_noise(heard, random))
    (folder / _INDEX).write_text(json.dumps([asdict(take) for take in takes]), encoding="utf-8")
    report(f"{len(takes)} clips, {start / 360_000:.2f} h on tape")


def load(folder: Path) -> Tape:
    """Return the tape of a folder.

    Raises:
        InputError: there is no finished tape.
    """
    try:
        takes = json.loads((folder / _INDEX).read_text(encoding="utf-8"))
    except OSError:
        raise InputError(
            f"no {_INDEX} in '{folder}': not a finished tape; make one with train fuser --speech"
        ) from None
    arrays = [np.load(folder / f"{name}.npy") for name in ("rows", "curves", "noise")]
    return Tape(arrays[0], arrays[1], arrays[2], tuple(Take(**take) for take in takes))


def far_away(voice: Samples, heard: Sequence[Samples], random: np.random.Generator) -> Samples:
    """Return the voice in a room with something going on, 5 .. 30 dB below."""
    far = sound.echoed(voice, random.uniform(0.15, 0.7), random.uniform(0.1, 1.5), random)
    return sound.noisy(sound.levelled(far), _noise(heard, len(far), random), random.uniform(5, 30))


def down_the_line(voice: Samples, heard: Sequence[Samples], random: np.random.Generator) -> Samples:
    """Return the voice through a codec, a telephone or an overdriven microphone, noise before."""
    noisy = sound.noisy(voice, _noise(heard, len(voice), random), random.uniform(10, 40))
    kind = random.random()
    if kind < 0.2:
        return sound.levelled(sound.opus(noisy, int(random.uniform(12_000, 24_000))))
    if kind < 0.7:
        return sound.levelled(
            sound.band(noisy, random.uniform(60, 350), random.uniform(3000, 7000))
        )
    return sound.levelled(sound.clipped(noisy, random.uniform(0.15, 0.4)))


def record_noise(heard: Sequence[Samples], random: np.random.Generator) -> Half:
    """Return rows (M, 80) of noises of power 1: fan, typing, babble; 90 s of each."""
    count = _NOISE_S * sound.RATE
    parts: list[Samples] = []
    for _ in range(9):
        parts.append(sound.hum_of_fan(count // 9, random))
    parts.append(sound.keyboard(count, random))
    parts += [sound.babble(heard, count // 9, random) for _ in range(9)]
    # Power 1 would leave the range in which features keep their digits: record at -20 dB.
    rows = [LogMel().push(sound.gain(part, sound.SPEECH_DB)) for part in parts]
    return np.concatenate(rows).astype(np.float16)


def _noise(heard: Sequence[Samples], count: int, random: np.random.Generator) -> Samples:
    kind = random.random()
    if kind < 0.5:
        return sound.hum_of_fan(count, random)
    if kind < 0.7:
        return sound.keyboard(count, random)
    return sound.babble(heard, count, random)


def _curves(weights: Vector | None, count: int) -> Half:
    """Return curves (count, 15): both sides of a shape averaged, between two samples of 100 Hz."""
    if weights is None or len(weights) < 2:
        return np.zeros((count, len(SPEECH_SHAPES)), np.float16)
    shapes = np.stack([_shape(weights, name) for name in SPEECH_SHAPES], axis=1)
    between = 0.5 * (shapes[:-1] + shapes[1:])
    padded = np.pad(between, ((0, max(0, count - len(between))), (0, 0)))
    return padded[:count].astype(np.float16)


def _shape(weights: Vector, name: str) -> Vector:
    if name in ARKIT_INDEX:
        return weights[:, ARKIT_INDEX[name]]
    left, right = (weights[:, ARKIT_INDEX[f"{name}{side}"]] for side in ("Left", "Right"))
    return np.asarray(0.5 * (left + right), np.float32)
