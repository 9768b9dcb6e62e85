from itertools import combinations

from vcam.studio.texts import load_phrases
from vcam.studio.voices import all_voices


def test_no_voice_is_in_two_parts_of_the_set() -> None:
    heard: dict[str, set[str]] = {}
    for voice in all_voices():
        person = voice.voice.split("+")[-1].split("_")[0].removesuffix("16")
        heard.setdefault(voice.split, set()).add(person)
    assert set(heard) == {"train", "validation", "test"}
    for one, other in combinations(heard.values(), 2):
        assert not one & other


def test_names_are_unique_and_fit_a_folder() -> None:
    names = [voice.name for voice in all_voices()]
    assert len(names) == len(set(names))
    assert not any(set(name) & set("/+ ") for name in names)


def test_synthetic_voices_alone_make_six_hours_in_many_languages() -> None:
    voices = all_voices()
    assert sum(voice.minutes for voice in voices) >= 360
    assert len({voice.language for voice in voices}) >= 15
    assert {voice.phrases for voice in voices} == set(load_phrases())


def test_every_training_variant_speaks_the_languages_that_vary_most() -> None:
    training = [voice for voice in all_voices() if voice.split == "train"]
    for language in ("de", "fr", "sv", "ru"):
        said_by = {v.voice.rpartition("+")[2] for v in training if v.language == language}
        assert len(said_by) == 24
