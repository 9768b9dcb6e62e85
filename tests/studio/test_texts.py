import numpy as np
import pytest

from vcam.studio.espeak import available
from vcam.studio.phones import Phone
from vcam.studio.texts import load_phrases
from vcam.studio.tts import Delivery, speak_espeak

LANGUAGES = sorted(load_phrases())


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_hundreds_of_sentences(language: str) -> None:
    phrases = load_phrases()[language]
    assert phrases.count >= 700
    random = np.random.default_rng(1)
    said = {phrases.draw(random) for _ in range(50)}
    assert len(said) > 40
    assert all(sentence.endswith((".", "。", "।")) for sentence in said)


def test_the_same_seed_draws_the_same_sentence() -> None:
    english = load_phrases()["en"]
    assert english.draw(np.random.default_rng(7)) == english.draw(np.random.default_rng(7))


@pytest.mark.skipif(not available(), reason="libespeak-ng is not installed")
def test_english_phrases_ask_for_every_posture_of_the_mouth() -> None:
    phrases = load_phrases()["en"]
    text = " ".join(phrases.openings + phrases.clauses + phrases.tails)
    phones = speak_espeak("gmw/en-US", text, Delivery()).phones
    wanted = {Phone(letter, 0, 1).viseme for letter in "bfwθtlsʃɹjkhɑæʌɛeɪiəɚɔoʊu"}
    assert wanted <= {phone.viseme for phone in phones}
