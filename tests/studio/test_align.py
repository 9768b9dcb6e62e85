import shutil
import sys

import pytest

from vcam.errors import AssetError
from vcam.media import silence
from vcam.studio.align import ALIGN_RATE, Aligner, split_marked, split_words
from vcam.studio.tts import Delivery, speak_flite

TEXT = "My mother bought five big apples before we moved."


def test_words_keep_their_apostrophes_and_lose_the_rest() -> None:
    assert split_words("Don't -- STOP, now!") == ["don't", "stop", "now"]


def test_words_in_brackets_are_guesses() -> None:
    marked = split_marked("My [mother's bought] five, [big] apples")
    assert [word for word, sure in marked if not sure] == ["mother's", "bought", "big"]
    assert [word for word, sure in marked if sure] == ["my", "five", "apples"]


def test_a_missing_aligner_is_said_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pocketsphinx", None)
    with pytest.raises(AssetError, match="pocketsphinx is not installed"):
        Aligner()


@pytest.fixture(scope="module")
def aligner() -> Aligner:
    pytest.importorskip("pocketsphinx")
    return Aligner()


@pytest.mark.skipif(shutil.which("flite") is None, reason="flite is not installed")
def test_aligned_onsets_agree_with_known_times(aligner: Aligner) -> None:
    known = speak_flite("slt", TEXT, Delivery())
    found = aligner.align(known.samples, TEXT)
    assert found is not None
    b_known = [p.start_s for p in known.phones if p.letter == "b"]
    b_found = [p.start_s for p in found if p.letter == "b"]
    assert len(b_known) == len(b_found) == 3
    assert b_found == pytest.approx(b_known, abs=0.05)


def test_words_outside_the_dictionary_or_none_at_all_give_nothing(aligner: Aligner) -> None:
    sound = silence(0, ALIGN_RATE, ALIGN_RATE).samples
    assert aligner.align(sound, "xqzzt brglm") is None
    assert aligner.align(sound, "...") is None


@pytest.mark.skipif(shutil.which("flite") is None, reason="flite is not installed")
def test_the_longest_stretch_that_is_sure_is_cut_out_and_aligned(aligner: Aligner) -> None:
    known = speak_flite("slt", TEXT, Delivery())
    found = aligner.align_known(known.samples, "My [mother] bought five big apples before we moved")
    assert found is not None
    cut_s = (len(known.samples) - len(found.samples)) / ALIGN_RATE
    assert 0.2 < cut_s < 1.0
    b_known = [p.start_s - cut_s for p in known.phones if p.letter == "b"]
    b_found = [p.start_s for p in found.phones if p.letter == "b"]
    assert b_found == pytest.approx(b_known, abs=0.05)


@pytest.mark.skipif(shutil.which("flite") is None, reason="flite is not installed")
def test_a_word_that_nobody_says_ends_a_stretch(aligner: Aligner) -> None:
    known = speak_flite("slt", TEXT, Delivery())
    text = "My mother [nevertheless] bought five big apples before we moved"
    found = aligner.align_known(known.samples, text)
    assert found is not None
    assert found.phones[0].letter == "b"
    assert found.phones[-1].end_s <= len(found.samples) / ALIGN_RATE


def test_sound_that_says_something_else_has_no_stretch(aligner: Aligner) -> None:
    sound = silence(0, ALIGN_RATE, ALIGN_RATE).samples
    assert aligner.align_known(sound, "[my] mother bought five big apples") is None
    assert aligner.align_known(sound, "") is None
