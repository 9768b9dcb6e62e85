import pytest

from vcam.studio.phones import (
    CHANNELS,
    VISEMES,
    VOWELS,
    Phone,
    arpabet_letters,
    ipa_letters,
    known_letters,
    merge_short_silence,
    spread_letters,
)


def test_every_target_is_a_weight_in_the_order_of_the_channels() -> None:
    for viseme in VISEMES.values():
        targets = viseme.targets()
        assert targets.shape == (len(CHANNELS),)
        assert ((targets >= 0) & (targets <= 1)).all()
    assert VISEMES["labiodental"].targets()[CHANNELS.index("tuck")] > 0.5


def test_every_letter_belongs_to_a_viseme_of_the_table() -> None:
    assert {Phone(letter, 0, 1).viseme for letter in known_letters()} <= set(VISEMES)
    assert set(VISEMES) >= VOWELS


@pytest.mark.parametrize(
    ("name", "letters"),
    [("iː", "i"), ("ˈaɪ", "aɪ"), ("tʃʲ", "tʃ"), ("ɑ̃", "ɑ"), ("s.", "s"), ("(en)", ""), ("ʲ", "")],
)
def test_marks_of_length_stress_and_tone_are_no_letters(name: str, letters: str) -> None:
    assert ipa_letters(name) == letters


@pytest.mark.parametrize(
    ("name", "letters"), [("AY1", "aɪ"), ("hh", "h"), ("CH", "tʃ"), ("pau", ""), ("SIL", "")]
)
def test_arpabet_is_read_in_any_case_with_or_without_stress(name: str, letters: str) -> None:
    assert arpabet_letters(name) == letters


def test_an_unknown_arpabet_name_is_an_error() -> None:
    with pytest.raises(KeyError):
        arpabet_letters("QQ")


def test_letters_share_the_time_of_their_phone_without_gaps() -> None:
    first, second = spread_letters("aɪ", 1.0, 1.2)
    assert (first.start_s, second.end_s) == (1.0, 1.2)
    assert first.end_s == second.start_s == pytest.approx(1.1)
    stop, fricative = spread_letters("tʃ", 0.0, 0.1)
    assert (stop.viseme, fricative.viseme) == ("alveolar", "hushing")


def test_a_short_silence_is_part_of_the_sound_before_it() -> None:
    phones = [
        Phone("a", 0.0, 0.1),
        Phone("", 0.1, 0.13),
        Phone("", 0.13, 0.15),
        Phone("b", 0.15, 1),
    ]
    merged = merge_short_silence(phones)
    assert merged == [Phone("a", 0.0, 0.15), Phone("b", 0.15, 1)]


def test_silences_in_a_row_are_one_pause() -> None:
    phones = [
        Phone("a", 0.0, 0.1),
        Phone("", 0.1, 0.15),
        Phone("", 0.15, 0.2),
        Phone("b", 0.2, 0.3),
    ]
    assert [p.letter for p in merge_short_silence(phones)] == ["a", "", "b"]
