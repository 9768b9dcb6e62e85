"""Batches for the fuser: pieces of the tape through microphones that no batch has seen before.

A piece comes with rows from all over its take: what the running mean of a call has heard of the
voice by then. Everything here works on log-mel rows. In decibels of power a row is 40 v - 30; gains
add, noise adds in power.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vcam.audio.running_mean import RunningMean
from vcam.media import Vector
from vcam.nets.fuser import BANDS, WINDOW_ROWS
from vcam.training.tape import Take, Tape

PIECE = 160
"""Answers of the net in one piece of a batch: 1.6 s."""

DRAWN = {"libri_train": 10.0, "precise": 6.0, "lj": 3.0}
"""So many times as often are people drawn as synthetic voices of the same length; most of all
LibriSpeech, where nearly every clip is another person."""
HISTORY = 48
"""Rows from all over the take, that the running mean hears before a piece."""
HISTORY_WORTH = (0.3, 30.0)
"""Each stands for so many rows: a second of a call, or as much as the mean remembers."""
NO_HISTORY = 0.15
"""How often a piece is the first that is heard of a voice."""
VARIANT_SHARES = (0.3, 0.45, 0.25)
"""How often a piece is drawn as it is, in a room, down a line: rooms are the hardest to hear in."""

_LOG_POWER_FLOOR_DB = -70.0
_WHITE_DB = 6.8
"""What white noise of power 1 has in every band: window power 150 over a bin of 31.25 Hz."""

_NOISE_ONLY = 0.06
_WIDEST_MASK = 14


@dataclass(frozen=True)
class Pieces:
    """One batch: `rows` (B, 47 + PIECE, 80); `curves` (B, 48 + PIECE, 15) as on the tape."""

    rows: Tensor
    curves: Tensor


@dataclass(frozen=True)
class Microphones:
    """How far the drawn microphones may go; `none()` gives the sound as it is."""

    gain_db: tuple[float, float] = (-30.0, 6.0)
    tilt_db_per_octave: float = 3.0
    snr_db: tuple[float, float] = (0.0, 30.0)
    warp: float = 0.16
    tempo: float = 0.18
    noisy_share: float = 0.6
    band_share: float = 0.25
    own_noise_db: tuple[float, float] = (-85.0, -45.0)
    """Hiss of the microphone itself against full scale before the gain."""
    colour_db: float = 4.0
    """How far a smooth response of the microphone, or the tilt of a voice, strays."""
    masked_share: float = 0.5
    """How often a part of the bands says nothing (after SpecAugment, Park and others, 2019)."""


class PieceSource:
    """Draws batches from a tape; `source(step)` is a function of the step and the seed."""

    def __init__(
        self,
        tape: Tape,
        size: int,
        seed: int,
        microphones: Microphones | None = None,
        device: str = "cpu",
    ) -> None:
        """Draw `size` pieces a batch from the takes whose curves are known."""
        self._tape, self._size, self._seed, self._device = tape, size, seed, device
        self._microphones = Microphones() if microphones is None else microphones
        self._takes = [take for take in tape.takes if take.curves]
        lengths = np.array([_drawn_length(take) for take in self._takes])
        self._chance = lengths / lengths.sum()

    @property
    def chances(self) -> tuple[float, ...]:
        """How likely each take with curves is to be drawn next."""
        return tuple(self._chance)

    def __call__(self, step: int) -> Pieces:
        """Return the batch of `step`."""
        random = np.random.default_rng([self._seed, step])
        chosen = random.choice(len(self._takes), self._size, p=self._chance)
        pieces = [self._piece(self._takes[index], random) for index in chosen]
        rows = np.stack([rows for rows, _ in pieces])
        curves = np.stack([curves for _, curves in pieces])
        noise = np.stack([self._noise(random) for _ in pieces])
        mute = random.random(self._size) < _NOISE_ONLY
        rows[mute, HISTORY:] = -1.0
        curves[mute] = 0.0
        heard = self._normalised(heard_through(rows, noise, self._microphones, random), random)
        device = self._device
        return Pieces(torch.from_numpy(heard).to(device), torch.from_numpy(curves).to(device))

    def _normalised(self, heard: Vector, random: np.random.Generator) -> Vector:
        """Return the pieces of `heard` as a call has them, which heard their history before."""
        low, high = np.log(HISTORY_WORTH)
        worth = np.exp(random.uniform(low, high, len(heard)))
        worth[random.random(len(heard)) < NO_HISTORY] = 0.0
        mean = RunningMean(len(heard))
        mean.push(heard[:, :HISTORY], worth)
        return mean.push(heard[:, HISTORY:])

    def _piece(self, take: Take, random: np.random.Generator) -> tuple[Vector, Vector]:
        """Return rows (HISTORY + 47 + PIECE, 80) and curves (48 + PIECE, 15), of one tempo."""
        wanted = WINDOW_ROWS + PIECE
        fastest = self._microphones.tempo
        tempo = 1.0 + random.uniform(-fastest, fastest) if random.random() < 0.5 else 1.0
        latest = max(take.start, take.stop - round(tempo * (wanted - 30)))
        first = random.uniform(take.start - 30, latest)
        variant = int(random.choice(len(self._tape.rows), p=VARIANT_SHARES))
        place = first + tempo * np.arange(wanted)
        before = np.sort(random.uniform(take.start, take.stop, HISTORY))
        asked = np.concatenate([before, place[:-1] + 0.5 * (tempo - 1.0)])
        rows = _read(self._tape.rows[variant], asked, take, -1.0)
        return rows, _read(self._tape.curves, place, take, 0.0)

    def _noise(self, random: np.random.Generator) -> Vector:
        count = HISTORY + WINDOW_ROWS + PIECE - 1
        start = int(random.integers(len(self._tape.noise) - count))
        return self._tape.noise[start : start + count].astype(np.float32)


def heard_through(
    rows: Vector, noise: Vector, limits: Microphones, random: np.random.Generator
) -> Vector:
    """Return rows (B, T, 80) with `noise` (B, T, 80) through a microphone for each of B."""
    count = len(rows)

    def draw(low: float, high: float) -> Vector:
        return random.uniform(low, high, (count, 1, 1)).astype(np.float32)

    voice_db = 40.0 * _warped(rows, 1.0 + draw(-limits.warp, limits.warp)[:, 0, 0]) - 30.0
    noise_db = 40.0 * noise - 30.0 - draw(*limits.snr_db)  # on tape at SPEECH_DB, as the voice
    noise_db[draw(0.0, 1.0)[:, 0, 0] > limits.noisy_share] = -200.0
    hiss_db = draw(*limits.own_noise_db) + _WHITE_DB
    power = 10.0 ** (0.1 * voice_db) + 10.0 ** (0.1 * noise_db) + 10.0 ** (0.1 * hiss_db)
    tilt = limits.tilt_db_per_octave
    response = draw(-tilt, tilt) * _octaves()
    narrow = (draw(0.0, 1.0) < limits.band_share).astype(np.float32)
    response += narrow * _band_db(draw(40.0, 350.0), draw(3000.0, 7500.0))
    colour = random.uniform(-limits.colour_db, limits.colour_db, (count, 1, len(_HATS)))
    response += (colour @ _HATS).astype(np.float32)
    level_db = 10.0 * np.log10(power) + response + draw(*limits.gain_db)
    heard: Vector = ((np.maximum(level_db, _LOG_POWER_FLOOR_DB) + 30.0) / 40.0).astype(np.float32)
    for piece in np.flatnonzero(random.random(count) < limits.masked_share):
        width = int(random.integers(1, _WIDEST_MASK + 1))
        bands = int(random.integers(BANDS - width + 1)) + np.arange(width)
        heard[piece, :, bands] = heard[piece, :, bands].mean(axis=1, keepdims=True)
    return heard


def _drawn_length(take: Take) -> float:
    return (take.stop - take.start) * DRAWN.get(take.source, 1.0)


def _read(table: NDArray[np.float16], place: Vector, take: Take, outside: float) -> Vector:
    """Return `table` at fractional rows `place`; outside the take it is `outside`."""
    below = np.floor(place).astype(np.int64)
    share = (place - below).astype(np.float32)[:, None]
    last = len(table) - 1
    low = table[np.clip(below, 0, last)].astype(np.float32)
    high = table[np.clip(below + 1, 0, last)].astype(np.float32)
    found: Vector = low + share * (high - low)
    found[(below < take.start) | (below + 1 >= take.stop)] = outside
    return found


def _centres_hz() -> Vector:
    """Return the middle of every band (80,): Slaney's scale from 0 to 8 kHz."""
    top = 15.0 + 27.0 * np.log(8.0) / np.log(6.4)
    mel = np.linspace(0.0, top, BANDS + 2)[1:-1]
    hz = np.where(mel < 15.0, mel * 200.0 / 3.0, 1000.0 * 6.4 ** ((mel - 15.0) / 27.0))
    return hz.astype(np.float32)


_CENTRES_HZ = _centres_hz()


def _hats(count: int) -> Vector:
    """Return (count, 80): what each of some evenly spaced points adds to every band between."""
    points = np.linspace(0, BANDS - 1, count)
    return np.stack([np.interp(np.arange(BANDS), points, unit) for unit in np.eye(count)])


_HATS = _hats(7)


def _octaves() -> Vector:
    return np.log2(np.maximum(_CENTRES_HZ, 100.0) / 1000.0).astype(np.float32)


def _band_db(low_hz: Vector, high_hz: Vector) -> Vector:
    """Return the response (B, 1, 80) of a band with edges of 24 dB an octave."""
    below = 40.0 * np.log10(1.0 + (low_hz / _CENTRES_HZ) ** 2)
    above = 40.0 * np.log10(1.0 + (_CENTRES_HZ / high_hz) ** 8) / 2.0
    return np.asarray(-below - above, np.float32)


def _warped(rows: Vector, factor: Vector) -> Vector:
    """Return rows (B, T, 80) of a vocal tract shorter by `factor` (B,)."""
    wanted_hz = _CENTRES_HZ[None] / factor[:, None]
    place = np.interp(wanted_hz, _CENTRES_HZ, np.arange(BANDS)).astype(np.float32)  # (B, 80)
    below = np.minimum(place.astype(np.int64), BANDS - 2)
    share = (place - below)[:, None]
    low = np.take_along_axis(rows, below[:, None], axis=2)
    high = np.take_along_axis(rows, below[:, None] + 1, axis=2)
    return np.asarray(low + share * (high - low), np.float32)
