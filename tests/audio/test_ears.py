from dataclasses import replace

import numpy as np
import pytest

from tests.audio.noises import at_level, fan
from vcam.audio.ears import HELD_MS, Ears
from vcam.audio.features import LogMel, Mfcc
from vcam.audio.resample import Resampler
from vcam.media import MS_NS, SECOND_NS, AudioChunk, Hearing, Samples, WindowSpec, samples_to_ns
from vcam.profile import GateSettings

LOG_MEL = WindowSpec("log_mel", past_ms=240, look_ahead_ms=80)
MFCC = WindowSpec("mfcc", past_ms=395, look_ahead_ms=384)


def _buzz(seconds: float, sample_rate: int = 16_000) -> Samples:
    """A voice as simple as can be: pulses at 120 Hz through one resonance."""
    count = int(seconds * sample_rate)
    pulses = np.zeros(count)
    pulses[:: sample_rate // 120] = 1.0
    place = np.arange(sample_rate // 50) / sample_rate
    ring = np.sin(2 * np.pi * 600 * place) * np.exp(-place * 300)
    return at_level(np.convolve(pulses, ring)[:count], -20)


def _speech_and_pauses(sample_rate: int = 16_000) -> Samples:
    """1 s of a quiet room, 1 s of voice, 1 s of room, 1 s of voice, 1 s of room."""
    rng = np.random.default_rng(11)
    sound = at_level(fan(5 * 16_000, rng), -60)
    if sample_rate != 16_000:
        resampler = Resampler(sample_rate)
        parts = resampler.push(AudioChunk(0, sound, 16_000)) + resampler.flush()
        sound = np.concatenate([part.samples for part in parts])
    for second in (1, 3):
        sound[second * sample_rate : (second + 1) * sample_rate] += _buzz(1.0, sample_rate)
    return sound


def _hear(ears: Ears, sound: Samples, sample_rate: int, size: int, start_ns: int = 0) -> None:
    for place in range(0, len(sound), size):
        t_ns = start_ns + samples_to_ns(place, sample_rate)
        ears.hear(AudioChunk(t_ns, sound[place : place + size], sample_rate))


def _cut_in_mid_voice(spec: WindowSpec, rate: int) -> Ears:
    """Return ears that have heard 3.5 s, the end of which is voice."""
    ears = Ears(spec, GateSettings())
    _hear(ears, _speech_and_pauses(rate)[: rate * 7 // 2], rate, rate // 50)
    return ears


def _same(one: Hearing, other: Hearing) -> bool:
    windows = (one.window is None and other.window is None) or (
        one.window is not None
        and other.window is not None
        and np.allclose(one.window, other.window, rtol=1e-6, atol=1e-6)
    )
    plain = (one.voiced, one.level, one.activity) == (other.voiced, other.level, other.activity)
    return plain and windows


@pytest.mark.parametrize(
    "window",
    [None, LOG_MEL, replace(LOG_MEL, kind="normalised_log_mel"), MFCC],
    ids=["none", "log_mel", "normalised", "mfcc"],
)
@pytest.mark.parametrize("sample_rate", [16_000, 44_100, 48_000])
def test_answers_do_not_depend_on_chunks_or_on_asking(
    window: WindowSpec | None, sample_rate: int
) -> None:
    sound = _speech_and_pauses(sample_rate)[: 2 * sample_rate]
    often, seldom = Ears(window, GateSettings()), Ears(window, GateSettings())
    for place in range(0, len(sound), 331):
        t_ns = samples_to_ns(place, sample_rate)
        often.hear(AudioChunk(t_ns, sound[place : place + 331], sample_rate))
        often.at(t_ns)
    _hear(seldom, sound, sample_rate, len(sound))
    for frame in range(6, 45):
        t_ns = frame * SECOND_NS // 30
        assert _same(often.at(t_ns), seldom.at(t_ns)), frame


def test_voice_is_heard_where_it_is_and_not_elsewhere() -> None:
    ears = Ears(None, GateSettings())
    _hear(ears, _speech_and_pauses(), 16_000, 320)
    voiced = [ears.at(t * MS_NS).voiced for t in range(1_500, 5_000, 10)]
    edges = [1_500 + 10 * int(place) for place in np.flatnonzero(np.diff(voiced)) + 1]
    assert len(edges) == 3
    for edge, expected in zip(edges, (2_200, 3_000, 4_200), strict=True):
        assert abs(edge - expected) <= 50


@pytest.mark.parametrize("ahead_ms", [40, 80])
def test_an_opening_is_foreseen_as_far_as_the_window_looks_and_a_shutting_is_not(
    ahead_ms: int,
) -> None:
    causal = Ears(None, GateSettings())
    ahead = Ears(replace(LOG_MEL, look_ahead_ms=ahead_ms), GateSettings())
    voiced = []
    for ears in (causal, ahead):
        _hear(ears, _speech_and_pauses(), 16_000, 320)
        voiced.append([ears.at(t * MS_NS).voiced for t in range(1_500, 4_500, 10)])
    (shut, opened, end), foreseen = (list(np.flatnonzero(np.diff(flags))) for flags in voiced)
    assert foreseen == [shut, opened - ahead_ms // 10, end]


def test_level_is_nothing_before_the_voice_that_is_foreseen() -> None:
    ears = Ears(LOG_MEL, GateSettings())
    noise = at_level(fan(5 * 16_000, np.random.default_rng(1)), -35)
    _hear(ears, _speech_and_pauses() + noise, 16_000, 320)
    heard = [ears.at(t * MS_NS) for t in range(2_500, 3_000, 10)]
    assert any(hearing.voiced for hearing in heard)
    assert {hearing.level for hearing in heard} == {0.0}


def test_level_follows_loudness_and_is_nothing_while_the_gate_is_shut() -> None:
    ears = Ears(None, GateSettings())
    _hear(ears, _speech_and_pauses(), 16_000, 320)
    assert ears.at(3_500 * MS_NS).level > 0.7
    assert ears.at(4_150 * MS_NS).level < 0.4  # the gate still hangs over
    assert ears.at(4_500 * MS_NS).level == 0.0


def test_activity_rises_while_somebody_speaks_and_falls_slowly() -> None:
    ears = Ears(None, GateSettings())
    _hear(ears, _speech_and_pauses(), 16_000, 320)
    during, before, after = (ears.at(t * MS_NS).activity for t in (4_000, 3_050, 4_900))
    assert before < during
    assert during * 0.6 < after < during


def test_the_window_holds_exactly_the_rows_for_its_time() -> None:
    sound = _speech_and_pauses()
    rows = LogMel().push(sound)
    for past_ms, look_ahead_ms in ((240, 80), (100, 0), (30, 200)):
        ears = Ears(WindowSpec("log_mel", past_ms, look_ahead_ms), GateSettings())
        _hear(ears, sound, 16_000, 320)
        for t_ms in (3_500, 3_509, 3_510):
            last = (t_ms + look_ahead_ms) // 10
            expected = rows[last - (past_ms + look_ahead_ms) // 10 : last]
            window = ears.at(t_ms * MS_NS).window
            assert window is not None
            assert np.allclose(window, expected, atol=1e-6)


def test_the_papers_window_starts_32_hops_before_its_time() -> None:
    sound = _speech_and_pauses(44_100)
    stream = Mfcc()
    rows = stream.push(sound)
    ears = Ears(MFCC, GateSettings())
    _hear(ears, sound, 44_100, 882)
    hop = 4 * 44_100 // 512
    window = ears.at(4 * SECOND_NS).window
    assert window is not None
    assert window.shape == (64, 60)
    # the last row's frame ends 383.1 ms later: within the look-ahead
    assert np.array_equal(window, rows[hop - 32 : hop + 32])


def test_less_look_ahead_repeats_the_newest_allowed_row_and_never_peeks() -> None:
    sound = _speech_and_pauses(44_100)
    short = WindowSpec("mfcc", 395, 80)
    whole, cut = Ears(short, GateSettings()), Ears(short, GateSettings())
    _hear(whole, sound, 44_100, 882)
    _hear(cut, sound[: 44_100 * 4 + 44_100 * 80 // 1000], 44_100, 882)
    one, other = whole.at(4 * SECOND_NS).window, cut.at(4 * SECOND_NS).window
    assert one is not None
    assert other is not None
    assert np.array_equal(one, other)
    assert np.all(one[40:] == one[-1])
    assert not np.array_equal(one[30], one[-1])


def test_sound_that_is_a_little_late_leaves_the_newest_state_and_row() -> None:
    ears = _cut_in_mid_voice(LOG_MEL, 16_000)
    now, later = ears.at(3_500 * MS_NS), ears.at((3_500 + HELD_MS) * MS_NS)
    assert (later.voiced, later.level) == (now.voiced, now.level) == (True, now.level)
    assert now.window is not None
    assert later.window is not None
    assert np.all(later.window[-HELD_MS // 10 :] == now.window[-1])


def test_sound_that_stays_away_in_mid_voice_is_silence() -> None:
    ears = _cut_in_mid_voice(LOG_MEL, 16_000)
    before, gone = ears.at(3_500 * MS_NS), ears.at(3_560 * MS_NS)
    assert before.voiced
    assert (gone.voiced, gone.level) == (False, 0.0)
    assert before.activity > gone.activity > 0.9 * before.activity
    assert ears.at(13 * SECOND_NS).activity < 0.05 * before.activity
    window = ears.at(9 * SECOND_NS).window
    assert window is not None
    assert np.all(window == -1.0)


@pytest.mark.parametrize(("spec", "rate"), [(LOG_MEL, 16_000), (MFCC, 44_100)])
def test_what_was_heard_before_sound_stayed_away_is_still_known(
    spec: WindowSpec, rate: int
) -> None:
    ears = _cut_in_mid_voice(spec, rate)
    last_ns = ears.heard_ns + HELD_MS * MS_NS
    held, gone = ears.at(last_ns).window, ears.at(last_ns + MS_NS).window
    assert held is not None
    assert gone is not None
    assert np.array_equal(held[:20], gone[:20])
    assert not np.array_equal(held[-1], gone[-1])


def test_late_sound_is_heard_when_it_comes() -> None:
    sound = _speech_and_pauses()
    ears, prompt = _cut_in_mid_voice(LOG_MEL, 16_000), Ears(LOG_MEL, GateSettings())
    ears.at(3_800 * MS_NS)
    _hear(ears, sound[16_000 * 7 // 2 : 16_000 * 4], 16_000, 320, start_ns=3_500 * MS_NS)
    _hear(prompt, sound[: 16_000 * 4], 16_000, 320)
    assert ears.at(3_900 * MS_NS).voiced
    one, other = ears.at(3_900 * MS_NS).window, prompt.at(3_900 * MS_NS).window
    assert one is not None
    assert other is not None
    assert np.array_equal(one, other)


def test_before_any_sound_there_is_silence() -> None:
    ears = Ears(LOG_MEL, GateSettings())
    hearing = ears.at(5 * SECOND_NS)
    assert (ears.heard_ns, hearing.voiced, hearing.level, hearing.activity) == (0, False, 0, 0)
    assert hearing.window is not None
    assert np.all(hearing.window == -1.0)


def test_a_gap_counts_as_silence_and_time_goes_on() -> None:
    ears = Ears(LOG_MEL, GateSettings())
    sound = _speech_and_pauses(48_000)
    _hear(ears, sound[:96_000], 48_000, 960)
    _hear(ears, sound[144_000:192_000], 48_000, 960, start_ns=3 * SECOND_NS)
    assert ears.at(1_900 * MS_NS).voiced
    assert not ears.at(2_500 * MS_NS).voiced
    middle = ears.at(2_500 * MS_NS).window
    assert middle is not None
    assert np.all(middle == -1.0)
    assert ears.at(3_900 * MS_NS).voiced


def test_an_hour_of_silence_in_between_costs_nothing_and_is_forgotten() -> None:
    ears = Ears(LOG_MEL, GateSettings())
    sound = _speech_and_pauses()
    _hear(ears, sound, 16_000, 320)
    hour_ns = 3_600 * SECOND_NS
    _hear(ears, sound[: 16_000 * 3 // 2], 16_000, 320, start_ns=hour_ns)
    assert not ears.at(hour_ns - SECOND_NS).voiced
    assert ears.at(hour_ns + 1_400 * MS_NS).voiced


def test_heard_is_the_end_of_the_sound_to_within_two_milliseconds() -> None:
    ears = Ears(MFCC, GateSettings())
    _hear(ears, _speech_and_pauses(48_000), 48_000, 960)
    assert 0 <= 5 * SECOND_NS - ears.heard_ns <= 2 * MS_NS
