from pathlib import Path

import numpy as np
import pytest

from vcam.errors import AudioError
from vcam.studio.sound import SOUND_RATE, quantise, read_sound, write_flac


def test_flac_keeps_sound_to_16_bits_and_every_sample(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    samples = random.uniform(-1, 1, SOUND_RATE * 3 + 17).astype(np.float32)
    write_flac(tmp_path / "a.flac", samples)
    read = read_sound(tmp_path / "a.flac")
    assert read.shape == samples.shape
    assert np.abs(read - samples).max() < 1 / 16000


def test_quantised_sound_is_read_back_to_the_last_bit(tmp_path: Path) -> None:
    samples = quantise(np.linspace(-1.2, 1.2, 7000, dtype=np.float32))
    write_flac(tmp_path / "a.flac", samples)
    again = read_sound(tmp_path / "a.flac")
    assert np.array_equal(again, samples)
    write_flac(tmp_path / "b.flac", again)
    assert (tmp_path / "a.flac").read_bytes() == (tmp_path / "b.flac").read_bytes()


def test_equal_samples_give_equal_bytes(tmp_path: Path) -> None:
    samples = np.sin(np.arange(5000, dtype=np.float32) / 9)
    for name in "ab":
        write_flac(tmp_path / f"{name}.flac", samples)
    assert (tmp_path / "a.flac").read_bytes() == (tmp_path / "b.flac").read_bytes()


def test_what_is_no_sound_is_said_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "x.flac").write_text("no sound")
    with pytest.raises(AudioError, match=r"x\.flac is missing or no sound file"):
        read_sound(tmp_path / "x.flac")
