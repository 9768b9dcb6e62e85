"""Recorded English speech and its text in, phones with times out: pocketsphinx forced alignment.

The wheel carries its own acoustic model and dictionary. Against known times the onsets come 6 ms
early, median error 9 ms, 82 % within 20 ms; about one clip in twenty fails and is to be skipped
(measured: notes/speech_data.md section 2). English only.

Of a text that is known in part, or that the sound does not follow to the word, the longest stretch
can be aligned that does: words may then be skipped.
"""

import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np

from vcam.errors import AssetError
from vcam.media import Samples
from vcam.studio.phones import Phone, arpabet_letters, merge_short_silence, spread_letters

ALIGN_RATE = 16_000
_BIAS_S = 0.006
_FRAME_S = 0.010
_WORD = r"[a-z]+(?:'[a-z]+)?"
_SKIP = 1e-8
"""How likely a word is not said at all."""
_TRIALS, _LATER = 12, 80
"""The search is lost now and then, and finds its way from a start some samples later."""
_FOUND = 0.8
"""Of the words must be found, or the sound says something else."""


@dataclass(frozen=True)
class SpokenWord:
    """A word or a pause of an alignment; `name` is empty for a pause."""

    name: str
    phones: tuple[Phone, ...]


@dataclass(frozen=True, eq=False)
class Stretch:
    """A part of a recording: sound (N,) at ALIGN_RATE and its phones from its own start."""

    samples: Samples
    phones: tuple[Phone, ...]


class Aligner:
    """The English aligner; one utterance after the other, each on its own."""

    def __init__(self) -> None:
        """Raise AssetError when pocketsphinx is not installed."""
        _decoder()

    def align(self, samples: Samples, text: str) -> list[Phone] | None:
        """Return the phones of `text` in sound (N,) at ALIGN_RATE, or None where it fails.

        It fails when the sound does not fit the words. Words that the dictionary lacks are spelled
        by flite's rules; without flite such a clip fails.
        """
        words, decoder = split_words(text), _decoder()
        if not words or not all(_knows(decoder, word) for word in words):
            return None
        try:
            decoder.set_align_text(" ".join(words))
            spoken = _spoken(decoder, samples)
        except RuntimeError:  # "Failed to stop utterance processing": the words do not fit
            return None
        return merge_short_silence([phone for word in spoken for phone in word.phones])

    def align_known(self, samples: Samples, text: str) -> Stretch | None:
        """Return the longest stretch of sound (N,) that the words of `text` are sure for.

        Words in [brackets] are guesses: they lead over a gap, and no stretch has them. None where
        too few of the words are found.
        """
        words = split_marked(text)
        if all(sure for _, sure in words) and (phones := self.align(samples, text)):
            return Stretch(samples, tuple(phones))
        names = [word for word, _ in words]
        for late in range(0, _TRIALS * _LATER, _LATER):
            spoken = self._leaving_out(samples[late:], names)
            if sum(bool(word.name) for word in spoken) >= max(1.0, _FOUND * len(names)):
                return _longest(samples[late:], words, spoken)
        return None

    def _leaving_out(self, samples: Samples, words: Sequence[str]) -> list[SpokenWord]:
        """Return the words that are said, in order; none where the search is lost."""
        decoder = _decoder()
        if not words or not all(_knows(decoder, word) for word in words):
            return []
        said = [(i, i + 1, 1.0 - 1e-3, word) for i, word in enumerate(words)]
        left_out = [(i, i + 1, _SKIP) for i in range(len(words))]
        decoder.add_fsg("words", decoder.create_fsg("words", 0, len(words), said + left_out))
        decoder.activate_search("words")
        try:
            return _spoken(decoder, samples)
        except RuntimeError:
            return []


def _decoder() -> Any:
    """Return a fresh decoder (0.1 s): a used one remembers how loud its last utterance was."""
    try:
        import pocketsphinx
    except ImportError:
        raise AssetError(
            "pocketsphinx is not installed, so recorded speech cannot be aligned with its "
            "text. Install the extra: pip install 'vcam[studio]'."
        ) from None
    return pocketsphinx.Decoder(samprate=ALIGN_RATE, loglevel="FATAL", lm=None)


def _knows(decoder: Any, word: str) -> bool:
    """Look a word up, or add it as flite pronounces it."""
    if decoder.lookup_word(word):
        return True
    pronunciation = pronounce(word)
    if pronunciation is None:
        return False
    decoder.add_word(word, pronunciation, True)
    return True


def _spoken(decoder: Any, samples: Samples) -> list[SpokenWord]:
    """Search the chosen words in sound, then their phones.

    Raises RuntimeError where the words do not fit.
    """
    pcm = (np.clip(samples, -1.0, 1.0) * 32767).astype(np.int16).tobytes()
    _decode(decoder, pcm)
    decoder.set_alignment()
    _decode(decoder, pcm)
    duration_s = len(samples) / ALIGN_RATE
    spoken = []
    for word in decoder.get_alignment() or ():
        phones: list[Phone] = []
        for entry in word:
            start_s = entry.start * _FRAME_S + _BIAS_S
            end_s = min(start_s + entry.duration * _FRAME_S, duration_s)
            phones += spread_letters(arpabet_letters(entry.name), start_s, end_s)
        name = "" if word.name.startswith(("<", "[", "+")) else word.name.partition("(")[0]
        spoken.append(SpokenWord(name, tuple(phones)))
    return spoken


def _decode(decoder: Any, pcm: bytes) -> None:
    decoder.start_utt()
    decoder.process_raw(pcm, full_utt=True)
    decoder.end_utt()


def _longest(
    samples: Samples, words: Sequence[tuple[str, bool]], spoken: Sequence[SpokenWord]
) -> Stretch | None:
    """Return the longest run of words that are sure, said, and follow one another."""
    said, place = [], -1
    for word in spoken:
        if word.name:
            place = next(i for i in range(place + 1, len(words)) if words[i][0] == word.name)
            said.append((place, word))
    sure = [(place, word) for place, word in said if words[place][1]]
    runs = [
        [follower for _, follower in run]
        for _, run in groupby(enumerate(sure), lambda item: item[1][0] - item[0])
    ]
    if not runs:
        return None
    run = max(runs, key=lambda run: run[-1][1].phones[-1].end_s - run[0][1].phones[0].start_s)
    whole_s = len(samples) / ALIGN_RATE
    start_s = 0.0 if run[0][0] == 0 else run[0][1].phones[0].start_s
    end_s = whole_s if run[-1][0] == len(words) - 1 else run[-1][1].phones[-1].end_s
    phones = [phone for word in spoken for phone in word.phones]
    inside = [p for p in phones if p.start_s >= start_s and p.end_s <= end_s]
    moved = [Phone(p.letter, p.start_s - start_s, p.end_s - start_s) for p in inside]
    first, last = round(start_s * ALIGN_RATE), round(end_s * ALIGN_RATE)
    return Stretch(samples[first:last], tuple(merge_short_silence(moved)))


def pronounce(word: str) -> str | None:
    """Return the ARPAbet phones of an English word by flite's rules, or None without flite.

    flite writes its schwa "ax", which CMU's dictionary counts to AH.
    """
    flite = shutil.which("flite")
    if flite is None:
        return None
    command = [flite, "-voice", "kal16", "-ps", "-t", word, "-o", "none"]
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    phones = [phone.upper().replace("AX", "AH") for phone in done.stdout.split()]
    return " ".join(phone for phone in phones if phone != "PAU") or None


def split_words(text: str) -> list[str]:
    """Return the lower-case words of a text, apostrophes kept.

    >>> split_words("Don't -- stop!")
    ["don't", 'stop']
    """
    return re.findall(_WORD, text.lower())


def split_marked(text: str) -> list[tuple[str, bool]]:
    """Return the words of a text, and of each whether it is sure: not in [brackets].

    >>> split_marked("the [old man] sea")
    [('the', True), ('old', False), ('man', False), ('sea', True)]
    """
    words, sure = [], True
    for token in re.findall(rf"\[|\]|{_WORD}", text.lower()):
        if token in "[]":
            sure = token == "]"
        else:
            words.append((token, sure))
    return words
