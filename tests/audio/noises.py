"""The noises of an office, made from a seed: fan, room, keyboard. And speech to compare with."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from vcam.media import Samples

RATE = 16_000
Signal = NDArray[np.float64]


def _coloured(count: int, rng: np.random.Generator, gain: Callable[[Signal], Signal]) -> Signal:
    """Noise whose spectrum follows `gain(hz)`, of unit power."""
    hz = np.maximum(np.fft.rfftfreq(count, 1 / RATE), 0.02)
    sound = np.fft.irfft(np.fft.rfft(rng.standard_normal(count)) * gain(hz), count)
    coloured: Signal = sound / sound.std()
    return coloured


def fan(count: int, rng: np.random.Generator) -> Signal:
    """Air that falls off above 400 Hz, turns at 0.7 Hz, and hums."""
    place = np.arange(count) / RATE
    air = _coloured(count, rng, lambda hz: 1 / (1 + hz / 400))
    hum = [
        share * np.sin(2 * np.pi * hz * place + rng.uniform(0, 6))
        for hz, share in ((100, 0.3), (200, 0.25), (290, 0.3), (580, 0.15))
    ]
    turning: Signal = air * (1 + 0.1 * np.sin(2 * np.pi * 0.7 * place)) + sum(hum)
    return turning


def room(count: int, rng: np.random.Generator) -> Signal:
    """Pink noise that swells and sinks by some decibels within seconds."""
    swell = _coloured(count, rng, lambda hz: (hz < 0.5).astype(np.float64))
    pink = _coloured(count, rng, lambda hz: (hz > 40) / np.sqrt(hz))
    swelling: Signal = pink * 10 ** (2 * swell / 20)
    return swelling


def keyboard(count: int, rng: np.random.Generator) -> Signal:
    """Typing: every key goes down and up with a crack, a ring and a thump of the desk."""
    sound = 0.001 * rng.standard_normal(count)
    start = 0
    while True:
        pause = rng.uniform(0.3, 1.5) if rng.random() < 0.15 else rng.uniform(0.08, 0.25)
        start += int(RATE * pause)
        if start > count - RATE // 4:
            return sound
        strength = rng.uniform(0.5, 1.5)
        for offset, share in ((0, 1.0), (int(RATE * rng.uniform(0.06, 0.12)), 0.5)):
            stroke = _stroke(rng)
            sound[start + offset : start + offset + len(stroke)] += share * strength * stroke


def _stroke(rng: np.random.Generator) -> Signal:
    place = np.arange(RATE * 60 // 1000) / RATE
    stroke: Signal = rng.standard_normal(len(place)) * np.exp(-place / 0.003)
    for low, high, decay, share in (
        (2000, 4500, 0.004, 2.0),
        (800, 1500, 0.006, 1.2),
        (180, 400, 0.010, 1.0),
    ):
        hz = rng.uniform(low, high)
        stroke += share * np.sin(2 * np.pi * hz * place) * np.exp(-place / decay)
    return stroke


def at_level(sound: Signal | Samples, db: float) -> Samples:
    """Scale to a mean power of `db` below full scale."""
    scaled: Samples = (sound * (10 ** (db / 20) / np.std(sound))).astype(np.float32)
    return scaled


def office(seconds: float, db: float, seed: int) -> dict[str, Samples]:
    """Each noise, and all of them together, at `db` below full scale."""
    rng = np.random.default_rng(seed)
    count = int(seconds * RATE)
    single = {"fan": fan(count, rng), "room": room(count, rng), "keyboard": keyboard(count, rng)}
    mixed = np.sum([at_level(sound, 0) for sound in single.values()], axis=0)
    return {name: at_level(sound, db) for name, sound in {**single, "all": mixed}.items()}


def speech_at_level(sound: Samples, db: float) -> Samples:
    """Scale so that the moments of speech, pauses left out, have a mean power of `db`."""
    power = np.square(sound[: len(sound) // 160 * 160].reshape(-1, 160)).mean(axis=1)
    active = power[power > power.max() * 1e-3].mean()
    scaled: Samples = (sound * (10 ** (db / 20) / np.sqrt(active))).astype(np.float32)
    return scaled
