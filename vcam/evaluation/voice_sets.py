"""The clips that the voice is judged on: nothing of them was trained on."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vcam.audio.running_mean import NormalisedLogMel
from vcam.media import Samples, Vector
from vcam.studio.lips import MeanLips, Track
from vcam.studio.phones import Phone
from vcam.studio.speechset import read_clip, read_manifest
from vcam.studio.talker import FRAME_HZ, load_talker
from vcam.studio.utterances import ClipPlan, make_clip
from vcam.studio.voices import Voice
from vcam.training import sound

CURVE_HZ = 100
"""Curve k of a prediction is at 10 k + 5 ms."""
SYNTHETIC = ("espeak", "flite", "festival")


@dataclass(frozen=True)
class JudgedClip:
    """Sound (N,) at 16 kHz, what the mouth did at `times_s` (T,), or what was said when."""

    name: str
    language: str
    samples: Samples
    times_s: Track
    aperture: Track
    """(T,), or (0,) where only the phones are known."""
    width: Track
    phones: tuple[Phone, ...]


def held_out(folder: Path, lips: MeanLips, source: Callable[[str], bool]) -> list[JudgedClip]:
    """Return the test clips of a speech set with curves, whose source is wanted."""
    rows = [row for row in read_manifest(folder) if row["split"] == "test" and row["curves"]]
    found = []
    for row in rows:
        if not source(row["source"]):
            continue
        clip = read_clip(folder, row["path"])
        between = 0.5 * (clip.weights[:-1] + clip.weights[1:])
        times_s = (np.arange(len(between)) + 0.5) / CURVE_HZ
        found.append(
            JudgedClip(
                row["path"],
                row["language"].split("-")[0].lower(),
                sound.levelled(clip.samples),
                times_s,
                lips.aperture(between),
                lips.width(between),
                clip.phones,
            )
        )
    return found


FOREIGN = {"de": "gmw/de", "fr": "roa/fr", "es": "roa/es", "pl": "zlw/pl"}
"""Languages whose closures are judged, and what espeak-ng calls them."""
_HELD_OUT_VARIANTS = ("m7", "f5", "Alicia")


def foreign(language: str, count: int, seed: int) -> list[JudgedClip]:
    """Return clips in another language by voices of the test part, made here; phones are exact.

    Raises:
        AssetError: espeak-ng is missing.
    """
    found = []
    for number in range(count):
        variant = _HELD_OUT_VARIANTS[number % len(_HELD_OUT_VARIANTS)]
        name = f"{FOREIGN[language]}+{variant}"
        voice = Voice("espeak", name, language, language, "test", minutes=0.0)
        clip = make_clip(ClipPlan(voice, number, seed), None)
        samples, nothing = sound.levelled(clip.samples), np.zeros(0)
        said = f"{language}_{variant}_{number}"
        found.append(JudgedClip(said, language, samples, nothing, nothing, nothing, clip.phones))
    return found


def real_speaker(data: Path) -> list[JudgedClip]:
    """Return the clips of the filmed speaker; times are frame centres."""
    return [
        JudgedClip(
            clip.name,
            "en",
            sound.levelled(clip.samples()),
            (np.arange(len(clip.aperture)) + 0.5) / FRAME_HZ,
            clip.aperture,
            np.zeros(0),
            (),
        )
        for clip in load_talker(data)
    ]


def rows_of(samples: Samples) -> Vector:
    """Return the fuser's rows (T, 80)."""
    return NormalisedLogMel().push(samples)


def evenly(clips: list[JudgedClip], count: int) -> list[JudgedClip]:
    """Return `count` of the clips, evenly taken; all of them where there are fewer."""
    if count <= 0 or len(clips) <= count:
        return clips
    return [clips[index * len(clips) // count] for index in range(count)]


Spoil = Callable[[Samples, np.random.Generator], Samples]

CONDITIONS: dict[str, Spoil] = {
    "fan noise 10 dB": lambda x, r: sound.noisy(x, sound.hum_of_fan(len(x), r), 10.0),
    "typing 10 dB": lambda x, r: sound.noisy(x, sound.keyboard(len(x), r), 10.0),
    "phone band": lambda x, _: sound.phone_band(x),
    "opus 16 kbit/s": lambda x, _: sound.opus(x, 16_000),
    "gain -24 dB": lambda x, _: sound.gain(x, -24.0),
    "small room": sound.small_room,
}
"""What a microphone may do, by name."""
