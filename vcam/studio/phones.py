"""What each speech sound asks of the mouth: one table, continuous targets, IPA and ARPAbet names.

A phone's name (espeak-ng's IPA, or the ARPAbet of flite, festival and pocketsphinx) is split into
IPA letters; each letter belongs to one viseme. A viseme is a posture of nine mouth channels and
how firmly the sound insists on it (Cohen and Massaro's dominance, 1993): bilabials insist, velars
and h take the shape of their neighbours. Start values after notes/speech_data.md section 6,
then fitted sound by sound to the mean apertures of a real speaker (GRID talker s1).
"""

from dataclasses import dataclass

import numpy as np

from vcam.media import Vector

CHANNELS = ("jaw", "lower", "upper", "spread", "pucker", "funnel", "tuck", "press", "tongue")


@dataclass(frozen=True)
class Viseme:
    """Targets in [0, 1] of the mouth channels, and how a sound defends them.

    jaw opens it, lower and upper part the lips, spread widens, pucker rounds, funnel pushes the
    lips out, tuck puts the lower lip to the upper teeth, press shuts, tongue goes to the teeth.
    """

    jaw: float = 0.0
    lower: float = 0.0
    upper: float = 0.0
    spread: float = 0.0
    pucker: float = 0.0
    funnel: float = 0.0
    tuck: float = 0.0
    press: float = 0.0
    tongue: float = 0.0
    jaw_strength: float = 0.6
    lip_strength: float = 0.6
    reach_ms: float = 28.0
    """The dominance falls to 1/e this far outside the sound."""

    def targets(self) -> Vector:
        """Return the posture as (9,), in the order of CHANNELS."""
        posture = (self.jaw, self.lower, self.upper, self.spread, self.pucker)
        contact = (self.funnel, self.tuck, self.press, self.tongue)
        return np.array(posture + contact, np.float32)


VISEMES: dict[str, Viseme] = {
    "rest": Viseme(jaw_strength=1.0, lip_strength=1.0, reach_ms=30),
    # Vowels, from open to close.
    "aa": Viseme(jaw=0.36, lower=0.25, upper=0.15, spread=0.10, reach_ms=40),
    "ae": Viseme(jaw=0.32, lower=0.30, upper=0.20, spread=0.30, reach_ms=40),
    "ah": Viseme(jaw=0.26, lower=0.18, upper=0.10, spread=0.10, reach_ms=40),
    "eh": Viseme(jaw=0.27, lower=0.30, upper=0.16, spread=0.38, reach_ms=40),
    "ey": Viseme(jaw=0.24, lower=0.34, upper=0.20, spread=0.50, reach_ms=40),
    "ih": Viseme(jaw=0.19, lower=0.30, upper=0.15, spread=0.40, reach_ms=35),
    "iy": Viseme(jaw=0.14, lower=0.36, upper=0.22, spread=0.60, lip_strength=0.7, reach_ms=40),
    "schwa": Viseme(jaw=0.16, lower=0.16, upper=0.08, jaw_strength=0.35, lip_strength=0.25),
    "er": Viseme(jaw=0.14, lower=0.10, upper=0.08, pucker=0.26, funnel=0.12, reach_ms=40),
    "ao": Viseme(jaw=0.26, pucker=0.28, funnel=0.20, lip_strength=0.8, reach_ms=50),
    "oh": Viseme(jaw=0.15, pucker=0.48, funnel=0.18, lip_strength=0.9, reach_ms=50),
    "uh": Viseme(jaw=0.09, pucker=0.38, funnel=0.12, lip_strength=0.7, reach_ms=40),
    "uw": Viseme(
        jaw=0.05, pucker=0.64, funnel=0.13, lip_strength=1.2, reach_ms=55, jaw_strength=0.9
    ),
    "oe": Viseme(jaw=0.12, pucker=0.52, funnel=0.20, lip_strength=0.9, reach_ms=50),
    # Lips.
    "bilabial": Viseme(jaw=0.08, press=0.50, jaw_strength=1.0, lip_strength=1.0, reach_ms=25),
    "labiodental": Viseme(
        jaw=0.07, upper=0.30, tuck=0.60, jaw_strength=0.9, lip_strength=1.0, reach_ms=25
    ),
    "w": Viseme(
        jaw=0.03, pucker=0.68, funnel=0.06, jaw_strength=1.6, lip_strength=1.6, reach_ms=45
    ),
    # Tongue tip, teeth.
    "dental": Viseme(
        jaw=0.05, lower=0.14, upper=0.05, tongue=0.30, jaw_strength=1.6, lip_strength=0.8
    ),
    "alveolar": Viseme(jaw=0.10, lower=0.22, upper=0.08, tongue=0.08, lip_strength=0.15),
    "lateral": Viseme(jaw=0.17, lower=0.22, upper=0.08, tongue=0.16, lip_strength=0.2),
    "sibilant": Viseme(
        jaw=0.06, lower=0.40, upper=0.24, spread=0.30, jaw_strength=1.0, lip_strength=0.5
    ),
    "hushing": Viseme(
        jaw=0.07,
        lower=0.12,
        upper=0.20,
        pucker=0.30,
        funnel=0.38,
        jaw_strength=0.9,
        lip_strength=0.9,
        reach_ms=40,
    ),
    "rhotic": Viseme(
        jaw=0.04, pucker=0.36, funnel=0.08, jaw_strength=1.5, lip_strength=1.0, reach_ms=30
    ),
    # Tongue back, throat: nearly no say about the lips.
    "palatal": Viseme(jaw=0.08, lower=0.26, spread=0.40, jaw_strength=0.5, lip_strength=0.3),
    "velar": Viseme(jaw=0.18, lower=0.18, upper=0.06, jaw_strength=0.2, lip_strength=0.06),
    "glottal": Viseme(jaw=0.16, lower=0.10, jaw_strength=0.06, lip_strength=0.04),
}

VOWELS = frozenset({"aa", "ae", "ah", "eh", "ey", "ih", "iy", "schwa", "er", "ao", "oh", "uh",
                    "uw", "oe"})  # fmt: skip

_LETTERS: dict[str, str] = {
    "aa": "ɑaɐ", "ae": "æ", "ah": "ʌɜ", "eh": "ɛ", "ey": "e", "ih": "ɪ", "iy": "i",
    "schwa": "əɨᵻɯɘ", "er": "ɚɝ", "ao": "ɔɒ", "oh": "oɤ", "uh": "ʊɵ", "uw": "uʉ", "oe": "yʏøœ",
    "bilabial": "pbm", "labiodental": "fvɱ", "w": "wʍɥβʋ", "dental": "θð",
    "alveolar": "tdnɾrɳʈɖɽ", "lateral": "lɭɫɬ", "sibilant": "sz", "hushing": "ʃʒɕʑʂʐ",
    "rhotic": "ɹɻ", "palatal": "jçɲʎcɟʝ", "velar": "kɡgŋxɣχʁqɰ", "glottal": "hɦʔ",
}  # fmt: skip
_VISEME_OF_LETTER = {letter: name for name, letters in _LETTERS.items() for letter in letters}

_ARPABET: dict[str, str] = {
    "AA": "ɑ", "AE": "æ", "AH": "ʌ", "AO": "ɔ", "AW": "aʊ", "AX": "ə", "AXR": "ɚ", "AY": "aɪ",
    "B": "b", "CH": "tʃ", "D": "d", "DH": "ð", "DX": "ɾ", "EH": "ɛ", "EL": "əl", "EM": "əm",
    "EN": "ən", "ER": "ɚ", "EY": "eɪ", "F": "f", "G": "ɡ", "HH": "h", "HV": "h", "IH": "ɪ",
    "IX": "ɨ", "IY": "i", "JH": "dʒ", "K": "k", "L": "l", "M": "m", "N": "n", "NG": "ŋ",
    "NX": "n", "OW": "oʊ", "OY": "ɔɪ", "P": "p", "R": "ɹ", "S": "s", "SH": "ʃ", "T": "t",
    "TH": "θ", "UH": "ʊ", "UW": "u", "UX": "ʉ", "V": "v", "W": "w", "Y": "j", "Z": "z", "ZH": "ʒ",
}  # fmt: skip
_ARPABET_SILENCE = frozenset(
    {"SIL", "PAU", "H#", "<S>", "</S>", "+SPN+", "+NSN+", "SSIL", "BREATH"}
)

# A vowel's share of the time of a many-letter phone, against 1 for a consonant letter.
_VOWEL_SHARE = 1.6


@dataclass(frozen=True)
class Phone:
    """One IPA letter spoken from `start_s` to `end_s`; an empty letter is silence."""

    letter: str
    start_s: float
    end_s: float

    @property
    def viseme(self) -> str:
        """The name of the posture that it asks for; a letter nobody knows is a schwa."""
        return _VISEME_OF_LETTER.get(self.letter, "schwa") if self.letter else "rest"


def known_letters() -> frozenset[str]:
    """Return every IPA letter of the table."""
    return frozenset(_VISEME_OF_LETTER)


def ipa_letters(name: str) -> str:
    """Return the letters of an IPA name without length, stress, tone and other marks.

    >>> ipa_letters("ˈaɪː")
    'aɪ'
    """
    if name.startswith("("):  # espeak-ng's mark of a change of language, such as "(en)"
        return ""
    return "".join(letter for letter in name if letter in _VISEME_OF_LETTER)


def arpabet_letters(name: str) -> str:
    """Return the IPA letters of an ARPAbet name of any case, with or without a stress digit.

    Raises KeyError for a name that is not in the table.
    """
    bare = name.upper().rstrip("012")
    return "" if bare in _ARPABET_SILENCE else _ARPABET[bare]


def spread_letters(letters: str, start_s: float, end_s: float) -> list[Phone]:
    """Share the time of one phone out among its letters; no letters is one silence."""
    if not letters:
        return [Phone("", start_s, end_s)]
    shares = [_VOWEL_SHARE if _VISEME_OF_LETTER[c] in VOWELS else 1.0 for c in letters]
    edges = start_s + (end_s - start_s) * np.cumsum([0.0, *shares]) / sum(shares)
    return [
        Phone(letter, float(a), float(b))
        for letter, a, b in zip(letters, edges[:-1], edges[1:], strict=True)
    ]


def merge_short_silence(phones: list[Phone], shortest_s: float = 0.06) -> list[Phone]:
    """Return the phones with neighbouring silences joined, and those under `shortest_s` given to
    the sound before them: a stop's closure or a synthesiser's joint is no pause."""
    joined: list[Phone] = []
    for phone in phones:
        if joined and not phone.letter and not joined[-1].letter:
            joined[-1] = Phone("", joined[-1].start_s, phone.end_s)
        elif phone.end_s > phone.start_s:
            joined.append(phone)
    kept: list[Phone] = []
    for phone in joined:
        if kept and not phone.letter and phone.end_s - phone.start_s < shortest_s:
            kept[-1] = Phone(kept[-1].letter, kept[-1].start_s, phone.end_s)
        else:
            kept.append(phone)
    return kept
