import itertools

import numpy as np
import pytest

from vcam.audio.resample import Resampler
from vcam.media import MS_NS, SECOND_NS, AudioChunk, Samples, samples_to_ns


def _tone(sample_rate: int, seconds: float, hz: float = 440.0) -> Samples:
    place = np.arange(int(seconds * sample_rate)) / sample_rate
    return (0.5 * np.sin(2 * np.pi * hz * place)).astype(np.float32)


def _through(
    sound: Samples, rate_in: int, rate_out: int, sizes: list[int], start_ns: int = 0
) -> list[AudioChunk]:
    resampler = Resampler(rate_out)
    done: list[AudioChunk] = []
    place = 0
    for size in itertools.cycle(sizes):
        if place >= len(sound):
            return done + resampler.flush()
        t_ns = start_ns + samples_to_ns(place, rate_in)
        done += resampler.push(AudioChunk(t_ns, sound[place : place + size], rate_in))
        place += size
    raise AssertionError("unreachable")


def _joined(chunks: list[AudioChunk]) -> Samples:
    return np.concatenate([chunk.samples for chunk in chunks])


@pytest.mark.parametrize("rate_out", [16_000, 44_100])
@pytest.mark.parametrize("rate_in", [8_000, 22_050, 44_100, 48_000, 96_000])
def test_any_chunking_gives_the_offline_answer(rate_in: int, rate_out: int) -> None:
    sound = np.random.default_rng(3).uniform(-1, 1, rate_in).astype(np.float32)
    offline = _joined(_through(sound, rate_in, rate_out, [rate_in]))
    for sizes in ([rate_in // 50], [1, 7, 333, 5_000], [rate_in // 100]):
        assert np.array_equal(_joined(_through(sound, rate_in, rate_out, sizes)), offline)


@pytest.mark.parametrize("rate_out", [16_000, 44_100])
@pytest.mark.parametrize("rate_in", [8_000, 22_050, 48_000])
def test_a_tone_comes_out_in_phase_and_the_whole_length(rate_in: int, rate_out: int) -> None:
    out = _joined(_through(_tone(rate_in, 1.0), rate_in, rate_out, [rate_in // 50]))
    assert len(out) == rate_out
    middle = slice(rate_out // 10, -rate_out // 10)
    assert np.abs(out - _tone(rate_out, 1.0))[middle].max() < 1e-4


def test_what_the_new_rate_cannot_hold_is_removed() -> None:
    out = _joined(_through(_tone(48_000, 1.0, 11_000.0), 48_000, 16_000, [960]))
    assert np.abs(out[1_000:-1_000]).max() < 0.5 * 10 ** (-70 / 20)


def test_times_are_those_of_the_samples() -> None:
    start_ns = 123_456_789
    click = np.zeros(48_000, np.float32)
    click[24_000] = 1.0  # half a second in
    chunks = _through(click, 48_000, 16_000, [960], start_ns)
    assert chunks[0].t_ns == start_ns
    for before, after in itertools.pairwise(chunks):
        assert abs(after.t_ns - before.end_ns) <= 2
    loud = max(chunks, key=lambda chunk: float(np.abs(chunk.samples).max()))
    place = int(np.abs(loud.samples).argmax())
    assert abs(loud.t_ns + samples_to_ns(place, 16_000) - start_ns - SECOND_NS // 2) <= 2


def test_at_most_two_milliseconds_are_held_back() -> None:
    resampler = Resampler(16_000)
    chunk = AudioChunk(0, _tone(48_000, 0.02), 48_000)
    assert chunk.end_ns - resampler.push(chunk)[-1].end_ns <= 2 * MS_NS


def test_the_same_rate_passes_through_untouched() -> None:
    chunk = AudioChunk(5, _tone(16_000, 0.02), 16_000)
    assert Resampler(16_000).push(chunk) == [chunk]


def test_a_gap_stays_a_gap_and_sound_on_both_sides_is_whole() -> None:
    resampler = Resampler(16_000)
    sound = _tone(48_000, 0.1)
    before = resampler.push(AudioChunk(0, sound, 48_000))
    after = resampler.push(AudioChunk(SECOND_NS, sound, 48_000)) + resampler.flush()
    assert sum(len(chunk.samples) for chunk in before + after) == 3_200
    ends = [chunk for chunk in before + after if chunk.t_ns < SECOND_NS]
    assert abs(ends[-1].end_ns - 100 * MS_NS) <= 2
    assert next(chunk.t_ns for chunk in after if chunk.t_ns > 100 * MS_NS) == SECOND_NS


def test_times_that_are_pulled_slowly_are_followed_without_a_break() -> None:
    resampler = Resampler(16_000)
    sound = _tone(48_000, 0.02)
    out = [
        chunk
        for block in range(500)
        for chunk in resampler.push(AudioChunk(block * 20_002_000, sound, 48_000))
    ]
    assert sum(len(chunk.samples) for chunk in out) >= 500 * 320 - 32
    assert abs(out[-1].end_ns - 500 * 20_002_000) < 2 * MS_NS
