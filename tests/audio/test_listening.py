"""A recording as a call hears it: no more of it than it may know, and silence afterwards."""

import numpy as np

from tests.audio.speech import DEMO, RATE, load
from vcam.audio.ears import Ears
from vcam.audio.listening import listen
from vcam.media import MS_NS, AudioChunk, WindowSpec, frame_due_ns
from vcam.profile import GateSettings

WINDOW = WindowSpec("normalised_log_mel", 420, 80)


def test_every_moment_is_heard_as_by_ears_that_hear_it_all() -> None:
    voice = load(DEMO)[: 2 * RATE]
    times_ns = [frame_due_ns(index, 25) for index in range(2, 45)]
    ears = Ears(WINDOW, GateSettings())
    ears.hear(AudioChunk(0, voice, RATE))
    heard = list(listen(voice, RATE, times_ns, WINDOW))
    assert [hearing.t_ns for hearing in heard] == times_ns
    assert any(hearing.voiced for hearing in heard)
    for hearing in heard:
        assert hearing.window is not None
        assert np.allclose(hearing.window, ears.at(hearing.t_ns).window)


def test_what_comes_later_than_the_window_looks_ahead_changes_nothing() -> None:
    voice = load(DEMO)[:RATE]
    cut = voice.copy()
    cut[round(0.7 * RATE) :] = 0.0  # 0.6 s, the look-ahead and a block
    one, other = (next(iter(listen(x, RATE, [600 * MS_NS], WINDOW))) for x in (voice, cut))
    assert one.voiced == other.voiced
    assert np.array_equal(np.asarray(one.window), np.asarray(other.window))


def test_silence_follows_the_recording() -> None:
    voice = load(DEMO)[:RATE]
    late = list(listen(voice, RATE, [500 * MS_NS, 2500 * MS_NS], WINDOW))[1]
    assert not late.voiced
    assert late.level == 0.0
