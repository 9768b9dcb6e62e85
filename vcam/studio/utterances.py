"""One clip of the speech set: a plan in; sound, phones and curves out. Equal plans, equal bytes."""

from dataclasses import dataclass, replace
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Literal
from zlib import crc32

import numpy as np

from vcam.media import Samples
from vcam.studio.align import Aligner
from vcam.studio.motion import SpeechMotion, draw_style, measure_loudness, speak
from vcam.studio.phones import Phone, known_letters, merge_short_silence
from vcam.studio.recordings import Recording
from vcam.studio.sound import quantise, read_sound
from vcam.studio.texts import load_phrases
from vcam.studio.tts import (
    SPEECH_RATE,
    Delivery,
    Utterance,
    speak_espeak,
    speak_festival,
    speak_flite,
)
from vcam.studio.voices import Split, Voice
from vcam.studio.warp import warp

Timing = Literal["exact", "aligned", "warped"]

SENTENCES = 3
_WARPED_FROM = {"de": "gmw/de+f2", "es": "roa/es"}  # pocketsphinx knows English only
_ENGINES = {"espeak": speak_espeak, "flite": speak_flite, "festival": speak_festival}


@dataclass(frozen=True)
class ClipPlan:
    """What one clip is made of: a synthetic voice and a number, or a recording."""

    voice: Voice | Recording
    number: int
    seed: int

    @property
    def split(self) -> Split:
        """The part of the set."""
        return self.voice.split

    @property
    def speaker(self) -> str:
        """The name of the voice: unique in the set."""
        if isinstance(self.voice, Recording):
            return f"{self.voice.source}_{self.voice.speaker}".lower()
        return self.voice.name

    @property
    def path(self) -> str:
        """Where the clip lies in the set, without an ending."""
        return f"{self.split}/{self.speaker}/{self.number:04d}"

    @property
    def timing(self) -> Timing:
        """How the times of its phones are known."""
        if isinstance(self.voice, Voice):
            return "exact"
        return "warped" if self.voice.language in _WARPED_FROM else "aligned"


@dataclass(frozen=True)
class Clip:
    """A finished clip. `motion` is None where the times of the phones are not known."""

    text: str
    samples: Samples
    phones: tuple[Phone, ...]
    motion: SpeechMotion | None


def make_clip(plan: ClipPlan, data: Path | None) -> Clip:
    """Make the sound and the curves of a plan. Raises AssetError when a synthesiser is missing."""
    if isinstance(plan.voice, Recording):
        assert data is not None, "a recording was planned without its folder"
        text, said = plan.voice.text, _recorded(plan.voice, data)
    else:
        text, said = _synthesise(plan.voice, plan.number, plan.seed)
    phones = [replace(p, start_s=_stored(p.start_s), end_s=_stored(p.end_s)) for p in said.phones]
    return move_clip(plan, text, quantise(said.samples), tuple(phones))


def move_clip(plan: ClipPlan, text: str, samples: Samples, phones: tuple[Phone, ...]) -> Clip:
    """Return the clip of sound and phones as they are stored, with the curves of today's motion."""
    if not phones:
        return Clip(text, samples, (), None)
    style = draw_style(crc32(plan.speaker.encode()) ^ plan.seed)
    loudness = measure_loudness(samples, SPEECH_RATE)
    return Clip(text, samples, phones, speak(phones, len(samples) / SPEECH_RATE, style, loudness))


@cache
def motion_fingerprint() -> str:
    """Return what tells one state of the motion model from the next: a digest of its curves."""
    letters = sorted(known_letters())
    phones = [Phone(letter, 0.1 * i, 0.1 * i + 0.1) for i, letter in enumerate(letters, 5)]
    curves = speak(phones, 0.1 * len(phones) + 1.0, draw_style(1)).weights
    return sha256(np.round(curves, 3).astype(np.float32).tobytes()).hexdigest()[:16]


def _stored(time_s: float) -> float:
    """Return a time as the set keeps it, so that stored phones give the same curves."""
    return float(np.float32(time_s))


def _recorded(recording: Recording, data: Path) -> Utterance:
    """Return a recording with its phones, or with none where they cannot be had."""
    samples = read_sound(data / recording.path)
    if recording.language in _WARPED_FROM:
        voice = _WARPED_FROM[recording.language]
        return Utterance(samples, tuple(warp(samples, recording.text, voice)))
    known = _aligner().align_known(samples, recording.text)
    return Utterance(samples, ()) if known is None else Utterance(known.samples, known.phones)


@cache
def _aligner() -> Aligner:
    return Aligner()


def _synthesise(voice: Voice, number: int, seed: int) -> tuple[str, Utterance]:
    """Return a few sentences in one delivery, with pauses around and between them."""
    random = np.random.default_rng([seed, crc32(voice.name.encode()), number])
    delivery = Delivery(
        tempo=float(random.uniform(0.82, 1.2)),
        pitch=float(random.uniform(0.8, 1.25)),
        liveliness=float(random.uniform(0.6, 1.6)),
    )
    phrases = load_phrases()[voice.phrases]
    sentences = [phrases.draw(random) for _ in range(SENTENCES)]
    said = [_ENGINES[voice.source](voice.voice, text, delivery) for text in sentences]
    joined = _join(said, random.uniform(0.3, 1.0, SENTENCES + 1).tolist())
    level = 0.5 * float(random.uniform(0.5, 1.0)) / max(1e-3, float(np.abs(joined.samples).max()))
    return " ".join(sentences), Utterance(joined.samples * np.float32(level), joined.phones)


def _join(said: list[Utterance], pauses_s: list[float]) -> Utterance:
    """Return the utterances in a row, with a pause before each and one at the end."""
    pieces: list[Samples] = []
    phones: list[Phone] = []
    count = 0
    for utterance, pause_s in zip(said, pauses_s[:-1], strict=True):
        pause = np.zeros(round(pause_s * SPEECH_RATE), np.float32)
        pieces += [pause, utterance.samples]
        start_s = count / SPEECH_RATE
        count += len(pause)
        offset_s = count / SPEECH_RATE
        count += len(utterance.samples)
        phones.append(Phone("", start_s, offset_s))
        phones += [
            Phone(phone.letter, phone.start_s + offset_s, phone.end_s + offset_s)
            for phone in utterance.phones
        ]
    end = np.zeros(round(pauses_s[-1] * SPEECH_RATE), np.float32)
    phones.append(Phone("", count / SPEECH_RATE, (count + len(end)) / SPEECH_RATE))
    return Utterance(np.concatenate([*pieces, end]), tuple(merge_short_silence(phones)))
