import shutil
from itertools import pairwise

import numpy as np
import pytest

from vcam.errors import AssetError
from vcam.studio import espeak, tts
from vcam.studio.phones import Phone
from vcam.studio.tts import (
    SPEECH_RATE,
    Delivery,
    Utterance,
    pull_closures,
    speak_espeak,
    speak_festival,
    speak_flite,
)

TEXT = "My mother bought five big apples."

needs_espeak = pytest.mark.skipif(not espeak.available(), reason="libespeak-ng is not installed")


def program(name: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(shutil.which(name) is None, reason=f"{name} is not installed")


VOICES = [
    pytest.param(speak_espeak, "gmw/en-US+f2", marks=needs_espeak),
    pytest.param(speak_flite, "rms", marks=program("flite")),
    pytest.param(speak_festival, "kal_diphone", marks=program("festival")),
]


def spoken(utterance: Utterance) -> str:
    return "".join(phone.letter for phone in utterance.phones)


@pytest.mark.parametrize(("say", "voice"), VOICES)
def test_phones_come_in_order_and_cover_the_sound(say, voice: str) -> None:
    utterance = say(voice, TEXT, Delivery())
    assert 1.2 < utterance.duration_s < 4.0
    assert np.abs(utterance.samples).max() > 0.05
    edges = [(phone.start_s, phone.end_s) for phone in utterance.phones]
    assert all(start < end for start, end in edges)
    assert all(before[1] == pytest.approx(after[0]) for before, after in pairwise(edges))
    assert edges[-1][1] == pytest.approx(utterance.duration_s, abs=0.1)
    assert [letter for letter in spoken(utterance) if letter in "mbpfv"] == list("mmbfvbp")


@pytest.mark.parametrize(("say", "voice"), VOICES)
def test_the_same_words_sound_the_same_twice(say, voice: str) -> None:
    first = say(voice, TEXT, Delivery(1.1, 0.9))
    say(voice, "Something else in between.", Delivery())
    second = say(voice, TEXT, Delivery(1.1, 0.9))
    assert np.array_equal(first.samples, second.samples)
    assert first.phones == second.phones


@pytest.mark.parametrize(("say", "voice"), VOICES)
def test_tempo_shortens_the_sound(say, voice: str) -> None:
    slow, fast = (say(voice, TEXT, Delivery(tempo)).duration_s for tempo in (0.8, 1.2))
    assert fast < 0.85 * slow


@needs_espeak
def test_a_p_begins_with_its_silent_closure() -> None:
    utterance = speak_espeak("gmw/en-US", "a papa", Delivery())
    later = [p for p in utterance.phones if p.letter == "p"][-1]
    middle = int((later.start_s + 0.02) * SPEECH_RATE)
    assert later.end_s - later.start_s > 0.055
    assert np.abs(utterance.samples[middle - 80 : middle + 80]).max() < 0.01


def test_closures_are_pulled_only_as_far_as_silence_reaches() -> None:
    sound = np.ones(16000, np.float32)
    sound[7360:8000] = 0.0  # 40 ms before the burst at 0.5 s
    phones = [Phone("a", 0.2, 0.5), Phone("p", 0.5, 0.55), Phone("a", 0.55, 0.8)]
    vowel, stop, _ = pull_closures(phones, sound, 16000)
    assert stop.start_s == vowel.end_s == pytest.approx(0.46, abs=0.006)


@needs_espeak
def test_an_unknown_voice_is_said_in_a_sentence() -> None:
    with pytest.raises(AssetError, match=r"no voice 'gmw/nobody'\. List its voices"):
        speak_espeak("gmw/nobody", TEXT, Delivery())


@pytest.mark.parametrize(("say", "name"), [(speak_flite, "flite"), (speak_festival, "festival")])
def test_a_missing_program_is_named(say, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(AssetError, match=f"{name} is not installed. Install the package {name}"):
        say("rms", TEXT, Delivery())


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tts.espeak, "LIBRARY", "libnothing.so.7")
    with pytest.raises(AssetError, match="Install the package espeak-ng"):
        speak_espeak("gmw/en-US", TEXT, Delivery())
