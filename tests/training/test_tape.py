from pathlib import Path

import numpy as np
import pytest

from vcam.arkit import ARKIT_INDEX, ARKIT_NAMES
from vcam.audio.features import LogMel
from vcam.errors import InputError
from vcam.nets.fuser import SPEECH_SHAPES
from vcam.training import sound, tape
from vcam.training.tape import Clip


def clip(seconds: float, seed: int, known: bool = True) -> Clip:
    samples = np.random.default_rng(seed).standard_normal(int(16_000 * seconds))
    weights = np.zeros((int(100 * seconds) + 1, len(ARKIT_NAMES)), np.float32)
    weights[:, ARKIT_INDEX["jawOpen"]] = np.arange(len(weights)) / len(weights)
    weights[:, ARKIT_INDEX["mouthSmileLeft"]] = 0.4
    said = samples.astype(np.float32) * np.float32(0.1)
    return Clip(said, weights if known else None, f"voice{seed}", "lj", "en")


def recorded(folder: Path) -> tape.Tape:
    clips = [clip(1.0, 1), clip(0.5, 2, known=False)]
    tape.record(clips, folder, 7, lambda _: None)
    return tape.load(folder)


def test_takes_lie_end_to_end(tmp_path: Path) -> None:
    done = recorded(tmp_path)
    assert [(take.start, take.stop) for take in done.takes] == [(0, 100), (100, 150)]
    assert [take.curves for take in done.takes] == [True, False]
    assert done.rows.shape == (tape.VARIANTS, 150, 80)
    assert done.curves.shape == (150, len(SPEECH_SHAPES))


def test_the_first_variant_is_the_sound_itself_at_one_level(tmp_path: Path) -> None:
    done = recorded(tmp_path)
    plain = LogMel().push(sound.levelled(clip(1.0, 1).samples))
    assert done.rows[0, :100].astype(np.float32) == pytest.approx(plain, abs=2e-3)
    assert not np.allclose(done.rows[1, :100], done.rows[0, :100], atol=0.01)


def test_curves_are_read_between_two_samples_and_sides_are_averaged(tmp_path: Path) -> None:
    done = recorded(tmp_path)
    jaw = done.curves[:100, SPEECH_SHAPES.index("jawOpen")]
    assert jaw.astype(np.float32) == pytest.approx((np.arange(100) + 0.5) / 101, abs=1e-3)
    assert done.curves[:100, SPEECH_SHAPES.index("mouthSmile")] == pytest.approx(0.2, abs=1e-3)


def test_the_same_clips_and_seed_make_the_same_tape(tmp_path: Path) -> None:
    first, second = recorded(tmp_path / "a"), recorded(tmp_path / "b")
    assert np.array_equal(first.rows, second.rows)
    assert np.array_equal(first.noise, second.noise)


def test_an_unfinished_tape_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not a finished tape; make one with train fuser --speech"):
        tape.load(tmp_path)
