import shutil

import numpy as np
import pytest

from vcam.studio import espeak
from vcam.studio.phones import Phone
from vcam.studio.tts import Delivery, speak_flite
from vcam.studio.warp import cepstra, find_pauses, rest_in_pauses, warp, warping_path

TEXT = "Nobody knew how the fire began, because the path was empty."


def test_a_stretched_copy_is_found_again() -> None:
    rows = np.random.default_rng(0).normal(size=(60, 26))
    slow = np.repeat(rows, 2, axis=0)
    first, second = warping_path(rows, slow)
    assert np.abs(second / 2 - first).max() <= 1.0
    assert (np.diff(first) >= 0).all()
    assert (np.diff(second) >= 0).all()
    assert (first[-1], second[-1]) == (59, 119)


def test_cepstra_do_not_hear_how_loud_it_is() -> None:
    sound = np.random.default_rng(0).normal(0, 0.1, 8000).astype(np.float32)
    assert np.allclose(cepstra(sound), cepstra(0.25 * sound), atol=0.05)


def test_a_pause_that_the_model_did_not_make_is_a_silence() -> None:
    phones = [Phone("a", 0.0, 1.5), Phone("b", 1.5, 1.6), Phone("i", 1.6, 2.4)]
    rested = rest_in_pauses(phones, [(0.9, 1.7)])
    assert rested == [Phone("a", 0.0, 0.9), Phone("", 0.9, 1.7), Phone("i", 1.7, 2.4)]


def test_pauses_are_quiet_for_longer_than_a_closure() -> None:
    sound = np.random.default_rng(0).normal(0, 0.1, 3 * 16000).astype(np.float32)
    sound[16000:17600] = 0.0
    sound[32000:38400] = 0.0
    ((start_s, end_s),) = find_pauses(sound)
    assert (start_s, end_s) == (pytest.approx(2.0, abs=0.05), pytest.approx(2.4, abs=0.05))


@pytest.mark.skipif(
    not espeak.available() or shutil.which("flite") is None,
    reason="libespeak-ng or flite is not installed",
)
def test_warped_onsets_agree_with_known_times() -> None:
    known = speak_flite("rms", TEXT, Delivery(0.85))
    found = warp(known.samples, TEXT, "gmw/en-US")
    lips = ("bilabial", "labiodental", "sibilant")
    wanted = [(p.letter, p.start_s) for p in known.phones if p.viseme in lips]
    got = [(p.letter, p.start_s) for p in found if p.viseme in lips]
    assert [letter for letter, _ in got] == [letter for letter, _ in wanted]
    errors = np.abs([a - b for (_, a), (_, b) in zip(wanted, got, strict=True)])
    assert np.median(errors) < 0.03
    assert (found[0].start_s, found[-1].end_s) == (0.0, pytest.approx(known.duration_s))
