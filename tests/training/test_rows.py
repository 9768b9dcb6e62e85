from dataclasses import replace

import numpy as np
import pytest

from vcam.audio.features import LogMel
from vcam.audio.running_mean import RunningMean
from vcam.media import Vector
from vcam.nets.fuser import SPEECH_SHAPES, WINDOW_ROWS
from vcam.training import sound
from vcam.training.rows import PIECE, Microphones, PieceSource, heard_through
from vcam.training.tape import Take, Tape

PLAIN = Microphones(
    gain_db=(0.0, 0.0), tilt_db_per_octave=0.0, warp=0.0, tempo=0.0, noisy_share=0.0,
    band_share=0.0, own_noise_db=(-200.0, -200.0), colour_db=0.0, masked_share=0.0,
)  # fmt: skip


def rows_of(seconds: float, level_db: float = -20.0) -> Vector:
    noise = np.random.default_rng(1).standard_normal(int(seconds * 16_000)).astype(np.float32)
    return LogMel().push(sound.levelled(noise, level_db))[None]


def tape_of(rows: int) -> Tape:
    table = np.tile(np.linspace(-0.5, 0.5, rows, dtype=np.float16)[:, None], (1, 80))
    curves = np.tile(np.linspace(0.0, 1.0, rows, dtype=np.float16)[:, None], (1, 15))
    takes = (Take(0, rows, "a", "lj", "en", True), Take(0, rows, "b", "espeak", "en", True))
    return Tape(np.stack([table] * 3), curves, np.zeros((600, 80), np.float16), takes)


def test_the_plain_microphone_changes_nothing() -> None:
    rows = rows_of(1.0)
    heard = heard_through(rows, rows, PLAIN, np.random.default_rng(0))
    assert heard == pytest.approx(rows, abs=2e-3)


def test_a_gain_on_rows_is_a_gain_on_sound() -> None:
    quiet = replace(PLAIN, gain_db=(-18.0, -18.0))
    heard = heard_through(rows_of(1.0), rows_of(1.0), quiet, np.random.default_rng(0))
    assert heard == pytest.approx(rows_of(1.0, -38.0), abs=2e-3)


def test_noise_on_rows_has_the_power_of_noise_on_sound() -> None:
    voice = rows_of(20.0)
    noise_random = np.random.default_rng(9)
    noise = sound.gain(noise_random.standard_normal(20 * 16_000).astype(np.float32), -20.0)
    said = sound.levelled(np.random.default_rng(1).standard_normal(20 * 16_000).astype(np.float32))
    both = LogMel().push(said + sound.gain(noise, -6.0))
    noisy = replace(PLAIN, noisy_share=1.0, snr_db=(6.0, 6.0))
    mixed = heard_through(voice, LogMel().push(noise)[None], noisy, np.random.default_rng(0))
    assert (10 ** (4 * mixed)).mean() == pytest.approx((10 ** (4 * both)).mean(), rel=0.03)


def test_a_shorter_vocal_tract_moves_formants_up() -> None:
    rows = np.full((1, 5, 80), -0.5, np.float32)
    rows[:, :, 30] = 0.5
    warped = heard_through(rows, rows, replace(PLAIN, warp=0.16), np.random.default_rng(3))
    factor = 1.0 + np.random.default_rng(3).uniform(-0.16, 0.16)
    assert (int(warped[0, 0].argmax()) > 30) == (factor > 1.0)


def test_a_masked_band_keeps_its_level_and_says_nothing() -> None:
    rows = rows_of(1.0)
    masked = replace(PLAIN, masked_share=1.0)
    heard = heard_through(rows, rows, masked, np.random.default_rng(4))
    still = np.ptp(heard[0], axis=0) < 1e-6
    assert 1 <= still.sum() <= 14
    assert np.diff(np.flatnonzero(still)).max(initial=1) == 1
    assert heard[0].mean(axis=0) == pytest.approx(rows[0].mean(axis=0), abs=2e-3)


def test_a_colour_is_smooth_and_does_not_change_with_time() -> None:
    rows = rows_of(1.0)
    heard = heard_through(rows, rows, replace(PLAIN, colour_db=4.0), np.random.default_rng(4))
    colour_db = 40.0 * (heard - rows)[0]
    assert np.abs(colour_db).max() <= 4.1
    assert np.abs(colour_db).max() > 1.0
    assert np.ptp(colour_db, axis=0).max() < 0.2
    assert np.abs(np.diff(colour_db.mean(axis=0))).max() < 1.0


def test_readers_of_librispeech_are_drawn_most_of_all() -> None:
    tape = tape_of(600)
    takes = tuple(replace(tape.takes[0], source=name) for name in ("libri_train", "lj", "espeak"))
    source = PieceSource(replace(tape, takes=takes), 1, seed=0)
    assert source.chances == pytest.approx((10 / 14, 3 / 14, 1 / 14))


def test_a_batch_is_a_function_of_seed_and_step() -> None:
    source = PieceSource(tape_of(600), 4, seed=3)
    assert np.array_equal(source(5).rows, source(5).rows)
    assert not np.array_equal(source(5).rows, source(6).rows)
    assert source(0).rows.shape == (4, WINDOW_ROWS - 1 + PIECE, 80)
    assert source(0).curves.shape == (4, WINDOW_ROWS + PIECE, len(SPEECH_SHAPES))


@pytest.fixture
def usual(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every voice be the usual one, whose mean changes nothing."""
    monkeypatch.setattr(RunningMean, "push", lambda _mean, rows, _worth=1.0: rows)


@pytest.mark.usefixtures("usual")
def test_rows_and_curves_of_a_piece_belong_together() -> None:
    source = PieceSource(tape_of(600), 8, seed=3, microphones=PLAIN)
    pieces = source(1)
    row, curve = pieces.rows[:, :, 0], pieces.curves[:, :-1, 0]
    spoken = (curve > 0.0) & (row > -0.9)
    assert spoken.any()
    assert (row + 0.5)[spoken].numpy() == pytest.approx(curve[spoken].numpy(), abs=3e-3)


@pytest.mark.usefixtures("usual")
def test_a_clip_shorter_than_a_piece_is_surrounded_by_silence() -> None:
    pieces = PieceSource(tape_of(40), 4, seed=1, microphones=PLAIN)(0)
    assert (pieces.rows == -1.0).float().mean() > 0.5


def test_the_mean_has_mostly_heard_the_voice_before_a_piece() -> None:
    rows = np.full((600, 80), 0.4, np.float16)
    rows[::30] = -0.6
    take = Take(0, 600, "a", "lj", "en", True)
    tape = replace(tape_of(600), rows=np.stack([rows] * 3), takes=(take,))
    first = PieceSource(tape, 64, seed=0, microphones=PLAIN)(0).rows.numpy().max(axis=1)
    unheard = (np.abs(first - 0.4) < 0.01).all(axis=1)
    assert 0 < unheard.sum() < 32
    assert np.abs(first - 0.4).mean() > 0.05
