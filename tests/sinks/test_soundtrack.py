"""Sound on a line: chunks of any size and rate land where their times say."""

import numpy as np
import pytest

from vcam.media import MS_NS, SECOND_NS, AudioChunk, Samples
from vcam.sinks.soundtrack import SoundTrack

RATE = 48_000


def ramp(count: int) -> Samples:
    return np.linspace(0.1, 0.9, count).astype(np.float32)


def line(chunks: list[AudioChunk], *, origin_ns: int = 0, seconds: float = 1.0) -> Samples:
    track = SoundTrack(origin_ns, RATE)
    for chunk in chunks:
        track.add(chunk)
    end = round(seconds * RATE)
    track.pad(end)
    return track.take(end)


@pytest.mark.parametrize("rate", [8_000, 16_000, 22_050, 44_100, 48_000])
@pytest.mark.parametrize("size", [160, 441, 4_000])
def test_any_chunking_gives_the_same_line(rate: int, size: int) -> None:
    samples = ramp(rate)
    chunks = [
        AudioChunk(start * SECOND_NS // rate, samples[start : start + size], rate)
        for start in range(0, rate, size)
    ]
    whole = line([AudioChunk(0, samples, rate)])
    assert len(whole) == RATE
    assert line(chunks) == pytest.approx(whole, abs=1e-6)


@pytest.mark.parametrize("rate", [16_000, 44_100])
def test_resampling_moves_nothing_in_time(rate: int) -> None:
    click = np.zeros(rate, np.float32)
    click[rate // 2] = 1.0
    assert int(np.argmax(line([AudioChunk(0, click, rate)]))) == RATE // 2


def test_a_gap_is_silence_of_its_length() -> None:
    out = line([AudioChunk(0, ramp(4_800), RATE), AudioChunk(SECOND_NS // 2, ramp(4_800), RATE)])
    assert not out[4_800:24_000].any()
    assert np.array_equal(out[24_000:28_800], ramp(4_800))


def test_jitter_of_time_stamps_makes_no_gap() -> None:
    samples = ramp(9_600)
    late = AudioChunk(100 * MS_NS + 5 * MS_NS, samples[4_800:], RATE)
    out = line([AudioChunk(0, samples[:4_800], RATE), late])
    assert np.array_equal(out[:9_600], samples)


def test_an_overlap_is_cut_off() -> None:
    samples = ramp(9_600)
    again = AudioChunk(50 * MS_NS, samples[2_400:], RATE)
    out = line([AudioChunk(0, samples[:4_800], RATE), again])
    assert np.array_equal(out[:9_600], samples)
    assert not out[9_600:].any()


def test_sound_before_the_origin_is_cut_off() -> None:
    out = line([AudioChunk(0, ramp(RATE), RATE)], origin_ns=SECOND_NS // 4)
    assert np.array_equal(out[:36_000], ramp(RATE)[12_000:])


def test_sound_that_comes_after_its_silence_was_taken_is_cut_off() -> None:
    track = SoundTrack(0, RATE)
    track.pad(24_000)
    assert not track.take(24_000).any()
    track.add(AudioChunk(0, ramp(RATE), RATE))
    assert np.array_equal(track.take(RATE), ramp(RATE)[24_000:])


def test_a_slow_drift_of_the_device_is_followed_within_the_jitter() -> None:
    """A device that is 0.1 % slow, stamped with true time, for ten minutes."""
    track = SoundTrack(0, RATE)
    for n in range(6_000):
        track.add(AudioChunk(n * (100 * MS_NS + MS_NS // 10), np.zeros(4_800, np.float32), RATE))
        track.take(n * 4_800)
    track.add(AudioChunk(601 * SECOND_NS, np.ones(4_800, np.float32), RATE))
    rest = track.take(700 * RATE)
    taken = 5_999 * 4_800
    assert taken + int(np.argmax(rest > 0)) == pytest.approx(601 * RATE, abs=RATE // 100)
