"""Synthetic speech with exact phone times, from three free synthesisers as installed by Debian.

espeak-ng: any language, any number of voices by variants. flite and festival: a few English voices
whose spectra are closer to people's. Each call is a function of its arguments alone. Missing
programs raise AssetError.
"""

import json
import shutil
import subprocess
import sys
import tempfile
import wave
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vcam.errors import AssetError
from vcam.media import Samples
from vcam.studio import espeak
from vcam.studio.phones import (
    Phone,
    arpabet_letters,
    ipa_letters,
    merge_short_silence,
    spread_letters,
)

SPEECH_RATE = 16_000

_CLOSURE_LONGEST_S = 0.09
_SILENT = 10 ** (-55 / 20)


@dataclass(frozen=True)
class Utterance:
    """Sound (N,) at SPEECH_RATE and the phones in it, in order of time, silences included."""

    samples: Samples
    phones: tuple[Phone, ...]

    @property
    def duration_s(self) -> float:
        """The length of the sound."""
        return len(self.samples) / SPEECH_RATE


@dataclass(frozen=True)
class Delivery:
    """How a sentence is said: factors on the voice's own tempo, pitch and liveliness."""

    tempo: float = 1.0
    pitch: float = 1.0
    liveliness: float = 1.0


def speak_espeak(voice: str, text: str, delivery: Delivery) -> Utterance:
    """Say `text` with the espeak-ng voice file `voice`, such as "gmw/en-US+f2".

    Raises AssetError when the library is missing or does not know the voice.
    """
    request = {
        "voice": voice,
        "text": text,
        "rate": round(165 * delivery.tempo),
        "pitch": round(min(99.0, 50 * delivery.pitch)),
        "intonation": round(min(99.0, 50 * delivery.liveliness)),
    }
    if not espeak.available():
        raise AssetError(f"{espeak.LIBRARY} is not installed. Install the package espeak-ng.")
    command = [sys.executable, "-S", espeak.__file__]
    done = subprocess.run(command, input=json.dumps(request).encode(), capture_output=True)
    if done.returncode:
        raise AssetError(f"espeak-ng has no voice '{voice}'. List its voices: espeak-ng --voices.")
    head, sound = done.stdout.split(b"\n", 1)
    answer = json.loads(head)
    samples = np.frombuffer(sound, np.int16).astype(np.float32) / 32768.0
    starts = [(sample / answer["sample_rate"], name) for sample, name in answer["phones"]]
    phones = _phones_from_starts(starts, len(samples) / answer["sample_rate"])
    phones = pull_closures(phones, samples, answer["sample_rate"])
    return Utterance(_to_speech_rate(samples, answer["sample_rate"]), tuple(phones))


def speak_flite(voice: str, text: str, delivery: Delivery) -> Utterance:
    """Say English `text` with a flite voice: kal16, awb, rms or slt.

    Raises AssetError when flite is missing.
    """
    program = _find("flite")
    mean_pitch = {"kal16": 105, "awb": 130, "rms": 95, "slt": 170}[voice] * delivery.pitch
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "speech.wav"
        settings = {
            "duration_stretch": f"{1 / delivery.tempo:.3f}",
            "int_f0_target_mean": f"{mean_pitch:.1f}",
        }
        flags = [word for name, value in settings.items() for word in ("--setf", f"{name}={value}")]
        command = [program, "-voice", voice, "-psdur", *flags, "-t", text, "-o", str(path)]
        listing = _run(command)
        samples, sample_rate = _read_wave(path)
    ends = [(name, float(end)) for name, end in (w.rsplit(":", 1) for w in listing.split())]
    return _english(samples, sample_rate, ends)


def speak_festival(voice: str, text: str, delivery: Delivery) -> Utterance:
    """Say English `text` with a festival voice, such as kal_diphone.

    Raises AssetError when festival is missing.
    """
    program = _find("festival")
    with tempfile.TemporaryDirectory() as folder:
        path, listing = Path(folder) / "speech.wav", Path(folder) / "phones.txt"
        quoted = text.replace("\\", " ").replace('"', " ")
        scheme = Path(folder) / "say.scm"
        scheme.write_text(_festival_script(voice, quoted, delivery, path, listing))
        _run([program, "-b", str(scheme)])
        samples, sample_rate = _read_wave(path)
        rows = [line.split() for line in listing.read_text().splitlines() if line[:1] != "#"]
    ends = [(row[2], float(row[0])) for row in rows if len(row) == 3]
    return _english(samples, sample_rate, ends)


def pull_closures(phones: Sequence[Phone], samples: Samples, sample_rate: int) -> list[Phone]:
    """Return espeak-ng's phones with each stop begun where its closure begins.

    Its event for a voiceless stop marks the burst; the 40-50 ms of silence before it, when the
    lips are shut, are counted to the sound before (measured here on p in four languages).
    """
    hop = sample_rate // 200
    pulled: list[Phone] = []
    for phone in phones:
        start_s = phone.start_s
        if phone.letter and phone.letter in "ptkcqʈ" and pulled:
            start_s -= _silence_before(samples, int(start_s * sample_rate), hop) / sample_rate
            start_s = max(start_s, 0.5 * (pulled[-1].start_s + pulled[-1].end_s))
            pulled[-1] = Phone(pulled[-1].letter, pulled[-1].start_s, start_s)
        pulled.append(Phone(phone.letter, start_s, phone.end_s))
    return pulled


def _silence_before(samples: Samples, end: int, hop: int) -> int:
    """Return how many samples before `end` are silent, in steps of `hop`, at most 90 ms."""
    length = 0
    while length + hop <= _CLOSURE_LONGEST_S * 200 * hop and end - length - hop >= 0:
        piece = samples[end - length - hop : end - length]
        if np.abs(piece).max() > _SILENT:
            break
        length += hop
    return length


def _festival_script(voice: str, text: str, delivery: Delivery, wav: Path, segments: Path) -> str:
    return (
        f"(voice_{voice})\n"
        f"(Parameter.set 'Duration_Stretch {1 / delivery.tempo:.3f})\n"
        f'(set! said (utt.synth (Utterance Text "{text}")))\n'
        f'(utt.save.wave said "{wav}")\n'
        f'(utt.save.segs said "{segments}")\n'
    )


def _phones_from_starts(starts: Sequence[tuple[float, str]], end_s: float) -> list[Phone]:
    """Return phones of (start, IPA name) pairs; each ends where the next begins."""
    ends = [start for start, _ in starts[1:]] + [end_s]
    phones: list[Phone] = []
    for (start_s, name), stop_s in zip(starts, ends, strict=True):
        letters = ipa_letters(name)
        if name and not letters and phones:  # a mark alone, such as ʲ: part of the sound before
            phones[-1] = Phone(phones[-1].letter, phones[-1].start_s, stop_s)
        else:
            phones += spread_letters(letters, start_s, stop_s)
    return merge_short_silence(phones)


def _english(samples: Samples, sample_rate: int, ends: Sequence[tuple[str, float]]) -> Utterance:
    """Return the utterance of ARPAbet (name, end) pairs."""
    phones: list[Phone] = []
    start_s = 0.0
    duration_s = len(samples) / sample_rate
    for name, end_s in ends:
        end_s = min(end_s, duration_s)
        phones += spread_letters(arpabet_letters(name), start_s, max(start_s, end_s))
        start_s = end_s
    return Utterance(_to_speech_rate(samples, sample_rate), tuple(merge_short_silence(phones)))


def _find(program: str) -> str:
    path = shutil.which(program)
    if path is None:
        raise AssetError(f"The program {program} is not installed. Install the package {program}.")
    return path


def _run(command: list[str]) -> str:
    """Run a synthesiser and return what it says on stdout. Raises AssetError when it fails."""
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode:
        raise AssetError(f"{command[0]} failed: {done.stderr.strip()[-200:] or 'it said nothing'}.")
    return done.stdout


def _read_wave(path: Path) -> tuple[Samples, int]:
    if not path.is_file():
        raise AssetError("The synthesiser wrote no sound: its voice is not installed.")
    with wave.open(str(path)) as file:
        pcm = np.frombuffer(file.readframes(file.getnframes()), np.int16)
        return pcm.astype(np.float32) / 32768.0, file.getframerate()


def _to_speech_rate(samples: Samples, sample_rate: int) -> Samples:
    """Resample with a polyphase filter: no lag."""
    if sample_rate == SPEECH_RATE:
        return samples
    from scipy.signal import resample_poly

    common = int(np.gcd(sample_rate, SPEECH_RATE))
    resampled = resample_poly(samples, SPEECH_RATE // common, sample_rate // common)
    return np.asarray(resampled, np.float32)
