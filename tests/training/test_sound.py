from collections.abc import Callable

import numpy as np
import pytest

from vcam.media import Samples
from vcam.training import sound


def random() -> np.random.Generator:
    return np.random.default_rng(5)


def voice(seconds: float = 2.0) -> Samples:
    """Return noise between 200 and 4000 Hz in syllables, at -20 dB."""
    t_s = np.arange(int(seconds * sound.RATE)) / sound.RATE
    noise = random().standard_normal(len(t_s)).astype(np.float32)
    syllables = np.clip(np.sin(2 * np.pi * 3 * t_s), 0, None).astype(np.float32)
    return sound.levelled(sound.band(noise, 200, 4000) * syllables)


def lag(heard: Samples, said: Samples) -> int:
    """Return how many samples later `heard` is than `said`."""
    size = 2 * len(said)
    match = np.fft.irfft(np.fft.rfft(heard, size) * np.conj(np.fft.rfft(said, size)))
    best = int(match.argmax())
    return best - size if best > len(said) else best


EFFECTS: dict[str, Callable[[Samples], Samples]] = {
    "phone": sound.phone_band,
    "room": lambda x: sound.small_room(x, random()),
    "opus": lambda x: sound.opus(x, 16_000),
    "clip": lambda x: sound.clipped(x, 0.2),
    "noise": lambda x: sound.noisy(x, sound.hum_of_fan(len(x), random()), 10.0),
}


@pytest.mark.parametrize("name", EFFECTS)
def test_no_effect_moves_the_voice_in_time(name: str) -> None:
    said = voice()
    heard = EFFECTS[name](said)
    assert heard.shape == said.shape
    assert heard.dtype == np.float32
    assert abs(lag(heard, said)) <= sound.RATE // 1000
    assert not np.array_equal(heard, said)


def test_a_level_is_what_was_asked_for() -> None:
    assert sound.loudness_db(sound.levelled(voice(), -33.0)) == pytest.approx(-33.0, abs=0.01)
    assert not sound.levelled(np.zeros(100, np.float32)).any()


def test_the_phone_band_keeps_1_khz_and_loses_the_rest() -> None:
    t_s = np.arange(sound.RATE) / sound.RATE

    def kept(hz: float) -> float:
        tone = np.sin(2 * np.pi * hz * t_s).astype(np.float32)
        return float(np.std(sound.phone_band(tone)) / np.std(tone))

    assert kept(1000.0) > 0.95
    assert kept(80.0) < 0.05
    assert kept(7000.0) < 0.1


def test_the_ratio_of_voice_and_noise_is_what_was_asked_for() -> None:
    said = voice()
    noise = sound.noisy(said, sound.keyboard(len(said), random()), 10.0) - said
    power_db = 10 * np.log10(np.square(noise, dtype=np.float64).mean())
    assert sound.loudness_db(said) - power_db == pytest.approx(10.0, abs=0.1)


def test_noises_have_power_1_and_repeat_with_their_seed() -> None:
    for make in (
        lambda r: sound.hum_of_fan(32_000, r),
        lambda r: sound.keyboard(32_000, r),
        lambda r: sound.babble([voice()], 32_000, r),
    ):
        assert np.array_equal(make(random()), make(random()))
        assert float(np.square(make(random())).mean()) == pytest.approx(1.0, rel=1e-3)
