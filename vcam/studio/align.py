"""Recorded English speech and its text in, phones with times out: pocketsphinx forced alignment.

The wheel carries its own acoustic model and dictionary. Against known times the onsets come 6 ms
early, median error 9 ms, 82 % within 20 ms; about one clip in twenty fails and is to be skipped
(measured: notes/speech_data.md section 2). English only.
"""

import re
import shutil
import subprocess

import numpy as np

from vcam.errors import AssetError
from vcam.media import Samples
from vcam.studio.phones import Phone, arpabet_letters, merge_short_silence, spread_letters

ALIGN_RATE = 16_000
_BIAS_S = 0.006
_FRAME_S = 0.010


class Aligner:
    """The English aligner; one utterance after the other, each on its own."""

    def __init__(self) -> None:
        """Load the model. Raises AssetError when pocketsphinx is not installed."""
        try:
            import pocketsphinx
        except ImportError:
            raise AssetError(
                "pocketsphinx is not installed, so recorded speech cannot be aligned with its "
                "text. Install the extra: pip install 'vcam[studio]'."
            ) from None
        self._decoder = pocketsphinx.Decoder(samprate=ALIGN_RATE, loglevel="FATAL", lm=None)

    def align(self, samples: Samples, text: str) -> list[Phone] | None:
        """Return the phones of `text` in sound (N,) at ALIGN_RATE, or None where it fails.

        It fails when the sound does not fit the words. Words that the dictionary lacks are spelled
        by flite's rules; without flite such a clip fails.
        """
        words = split_words(text)
        if not words or not all(self._knows(word) for word in words):
            return None
        pcm = (np.clip(samples, -1.0, 1.0) * 32767).astype(np.int16).tobytes()
        try:
            self._decoder.set_align_text(" ".join(words))
            self._decode(pcm)
            self._decoder.set_alignment()
            self._decode(pcm)
        except RuntimeError:  # "Failed to stop utterance processing": the words do not fit
            return None
        return self._phones(len(samples) / ALIGN_RATE)

    def _knows(self, word: str) -> bool:
        """Look a word up, or add it as flite pronounces it."""
        if self._decoder.lookup_word(word):
            return True
        pronunciation = pronounce(word)
        if pronunciation is None:
            return False
        self._decoder.add_word(word, pronunciation, True)
        return True

    def _decode(self, pcm: bytes) -> None:
        self._decoder.start_utt()
        self._decoder.process_raw(pcm, full_utt=True)
        self._decoder.end_utt()

    def _phones(self, duration_s: float) -> list[Phone] | None:
        phones: list[Phone] = []
        alignment = self._decoder.get_alignment()
        if alignment is None:
            return None
        for word in alignment:
            for entry in word:
                start_s = entry.start * _FRAME_S + _BIAS_S
                end_s = min(start_s + entry.duration * _FRAME_S, duration_s)
                phones += spread_letters(arpabet_letters(entry.name), start_s, end_s)
        return merge_short_silence(phones)


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
    return re.findall(r"[a-z]+(?:'[a-z]+)?", text.lower())
