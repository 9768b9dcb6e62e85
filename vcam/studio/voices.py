"""Who speaks in the speech set, how long, and in which part: no voice is in two parts.

An espeak-ng voice is a language times a variant; the variant is what it sounds like, so parts are
told apart by variants. kal16 (flite) and kal_diphone (festival) are the same man.
"""

from dataclasses import dataclass
from typing import Literal

Split = Literal["train", "validation", "test"]
Source = Literal["espeak", "flite", "festival"]


@dataclass(frozen=True)
class Voice:
    """A synthetic voice: `voice` is what its synthesiser calls it, `phrases` its texts."""

    source: Source
    voice: str
    language: str
    phrases: str
    split: Split
    minutes: float

    @property
    def name(self) -> str:
        """The name of its folder: unique in the set."""
        spoken = self.voice.rpartition("/")[2].replace("+", "_").replace(" ", "-")
        return f"{self.source}_{spoken}".lower()


_ENGLISH = {
    "en-US": "gmw/en-US",
    "en-GB": "gmw/en",
    "en-GB-x-rp": "gmw/en-GB-x-rp",
    "en-GB-scotland": "gmw/en-GB-scotland",
    "en-029": "gmw/en-029",
}
_OTHERS = {
    "de": ("de", "gmw/de"),
    "fr": ("fr", "roa/fr"),
    "es": ("es", "roa/es"),
    "es-419": ("es", "roa/es-419"),
    "it": ("it", "roa/it"),
    "pt-BR": ("pt-br", "roa/pt-BR"),
    "nl": ("nl", "gmw/nl"),
    "sv": ("sv", "gmq/sv"),
    "pl": ("pl", "zlw/pl"),
    "ru": ("ru", "zle/ru"),
    "tr": ("tr", "trk/tr"),
    "cmn": ("cmn", "sit/cmn-Latn-pinyin"),
    "hi": ("hi", "inc/hi"),
}
_VARIANTS: dict[Split, tuple[str, ...]] = {
    "train": (
        "m1", "f1", "m2", "f2", "m3", "f3", "m5", "m6", "Annie", "Andy", "linda", "adam", "steph",
        "edward", "belinda", "michel", "klatt2", "Gene", "aunty", "victor", "anika", "quincy",
        "shelby", "norbert",
    ),
    "validation": ("m4", "f4", "Andrea", "Mario"),
    "test": ("m7", "f5", "Alicia", "Denis"),
}  # fmt: skip
_ENGLISH_MINUTES, _OTHER_MINUTES, _HELD_OUT_MINUTES = 2.5, 2.0, 1.5
_ENGLISH_VARIANTS, _OTHER_VARIANTS = 8, 6
_ALL_VARIANTS = ("de", "fr", "sv", "ru")
"""Languages that all other training variants speak, too, for a little: six taught the fuser too
little of their round lips (r of width .43 .. .60 for unheard voices, above .85 in the others)."""
_BRIEF_MINUTES = 0.6

_FLITE_AND_FESTIVAL: tuple[Voice, ...] = (
    Voice("flite", "awb", "en-GB-scotland", "en", "train", 20),
    Voice("flite", "slt", "en-US", "en", "train", 20),
    Voice("flite", "kal16", "en-US", "en", "train", 15),
    Voice("festival", "kal_diphone", "en-US", "en", "train", 15),
    Voice("flite", "rms", "en-US", "en", "validation", 12),
)


def all_voices() -> list[Voice]:
    """Return every synthetic voice of the set, some 150."""
    languages = {language: ("en", file) for language, file in _ENGLISH.items()} | _OTHERS
    voices: list[Voice] = []
    for number, (language, (phrases, file)) in enumerate(languages.items()):
        english = phrases == "en"
        count = _ENGLISH_VARIANTS if english else _OTHER_VARIANTS
        minutes = _ENGLISH_MINUTES if english else _OTHER_MINUTES
        parts: list[tuple[Split, int, int, float]] = [("train", 5 * number, count, minutes)]
        if number % 2 == 0:
            parts += [("validation", number // 2, 2, _HELD_OUT_MINUTES)]
            parts += [("test", number // 2, 2, _HELD_OUT_MINUTES)]
        voices += [
            Voice("espeak", f"{file}+{variant}", language, phrases, split, length)
            for split, start, number_of, length in parts
            for variant in _turn(split, start, number_of)
        ]
        if language in _ALL_VARIANTS:
            heard = set(_turn("train", 5 * number, count))
            voices += [
                Voice("espeak", f"{file}+{variant}", language, phrases, "train", _BRIEF_MINUTES)
                for variant in _VARIANTS["train"]
                if variant not in heard
            ]
    return [*voices, *_FLITE_AND_FESTIVAL]


def _turn(split: Split, start: int, count: int) -> list[str]:
    """Return `count` variants of a part, from `start` on, round and round."""
    variants = _VARIANTS[split]
    return [variants[(start + i) % len(variants)] for i in range(count)]
