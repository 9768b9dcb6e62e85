import itertools

import numpy as np
import pytest

from vcam.audio.features import LOG_MEL_RATE, MFCC_RATE, LogMel, Mfcc
from vcam.media import Samples, Vector

SIZES = [[1_000_000], [320], [1, 159, 160, 161, 4_097], [7, 882, 441]]


def _sound(sample_rate: int, seconds: float = 2.0) -> Samples:
    """A gliding tone over noise that fades: loud first, so that the loudest moment is known."""
    rng = np.random.default_rng(5)
    place = np.arange(int(seconds * sample_rate)) / sample_rate
    glide = np.sin(2 * np.pi * (200 + 900 * place) * place)
    noise = rng.standard_normal(len(place)) * 0.05
    return ((0.4 * glide + noise) * np.exp(-0.5 * place)).astype(np.float32)


def _in_pieces(stream: LogMel | Mfcc, sound: Samples, sizes: list[int]) -> Vector:
    rows = []
    place = 0
    for size in itertools.cycle(sizes):
        rows.append(stream.push(sound[place : place + size]))
        place += size
        if place >= len(sound):
            return np.concatenate(rows)
    raise AssertionError("unreachable")


@pytest.mark.parametrize("sizes", SIZES)
def test_log_mel_of_any_chunking_is_the_offline_one(sizes: list[int]) -> None:
    sound = _sound(LOG_MEL_RATE)
    offline = LogMel().push(sound)
    assert np.abs(_in_pieces(LogMel(), sound, sizes) - offline).max() <= 1e-6


@pytest.mark.parametrize("sizes", SIZES)
def test_mfcc_of_any_chunking_is_the_offline_one(sizes: list[int]) -> None:
    sound = _sound(MFCC_RATE)
    whole, cut = Mfcc(), Mfcc()
    offline = np.concatenate([whole.push(sound), whole.flush()])
    streamed = np.concatenate([_in_pieces(cut, sound, sizes), cut.flush()])
    # float32 of values in the hundreds: 1e-6 of the largest is less than its last digit
    assert np.abs(streamed - offline).max() <= 1e-6 * np.abs(offline).max()


def test_log_mel_has_a_row_for_every_whole_10_ms_and_ends_with_its_last_sample() -> None:
    stream = LogMel()
    assert stream.push(np.zeros(159, np.float32)).shape == (0, 80)
    assert stream.push(np.zeros(1, np.float32)).shape == (1, 80)
    click = np.zeros(1_600, np.float32)
    click[800] = 1.0
    heard = LogMel().push(click).max(axis=1) > -1.0
    # Row k ends at 160 * (k + 1): rows 5 and 6 have sample 800 in the middle of their window.
    assert np.flatnonzero(heard).tolist() == [5, 6]


def test_log_mel_of_silence_is_exactly_minus_one() -> None:
    stream = LogMel()
    assert np.all(stream.push(np.zeros(1_600, np.float32)) == -1.0)
    assert np.all(stream.silence == -1.0)


def test_log_mel_of_loud_speech_like_sound_lies_around_one() -> None:
    sound = _sound(LOG_MEL_RATE)
    assert 0.5 < LogMel().push(sound).max() < 1.5


def test_log_mel_agrees_with_librosa() -> None:
    librosa = pytest.importorskip("librosa")
    sound = _sound(LOG_MEL_RATE)
    power = librosa.feature.melspectrogram(
        y=np.concatenate([np.zeros(240, np.float32), sound]),
        sr=LOG_MEL_RATE,
        n_fft=512,
        hop_length=160,
        window=np.pad(librosa.filters.get_window("hann", 400), (0, 112)),
        center=False,
        n_mels=80,
    )
    expected = (np.log10(np.maximum(power, 1e-7)).T + 3) / 4
    rows = LogMel().push(sound)
    assert np.abs(rows[: len(expected)] - expected).max() < 1e-4


def _librosa_mfcc(sound: Samples, top_db: float | None) -> Vector:
    """The papers' chain written out with librosa: 20 coefficients, reflect padding."""
    librosa = pytest.importorskip("librosa")
    power = librosa.feature.melspectrogram(
        y=sound, sr=MFCC_RATE, n_fft=2048, hop_length=512, pad_mode="reflect"
    )
    decibels = librosa.power_to_db(power, top_db=top_db)
    coefficients: Vector = librosa.feature.mfcc(S=decibels, n_mfcc=20)
    return coefficients


def _delta_long_form(rows: Vector) -> Vector:
    """python_speech_features' delta with N = 2, word by word: along the first axis."""
    padded = np.pad(rows, ((2, 2), (0, 0)), mode="edge")
    weights = np.arange(-2, 3)
    return np.array([weights @ padded[row : row + 5] / 10 for row in range(len(rows))])


@pytest.mark.parametrize("seconds", [0.02, 0.5, 2.0])
def test_mfcc_agrees_with_librosa_where_the_loudest_moment_comes_first(seconds: float) -> None:
    sound = _sound(MFCC_RATE, seconds)
    coefficients = _librosa_mfcc(sound, 80.0)
    delta = _delta_long_form(coefficients)
    expected = np.concatenate([coefficients, delta, _delta_long_form(delta)]).T
    stream = Mfcc()
    rows = np.concatenate([stream.push(sound), stream.flush()])
    assert rows.shape == (1 + len(sound) // 512, 60)
    assert np.abs(rows - expected).max() < 2e-3


def test_mfcc_cuts_off_80_db_below_the_loudest_so_far() -> None:
    loud, quiet = _sound(MFCC_RATE, 0.5), np.zeros(MFCC_RATE, np.float32)
    sound = np.concatenate([quiet, loud, quiet])
    expected = _librosa_mfcc(sound, 80.0)
    stream = Mfcc()
    rows = np.concatenate([stream.push(sound), stream.flush()])[:, :20].T
    after = slice(120, None)  # the loudest moment lies at hop 86
    assert np.abs(rows - expected)[:, after].max() < 2e-3
    assert np.abs(rows - expected)[:, :80].max() > 100  # before it librosa knew the future


def test_mfcc_of_digital_silence_is_what_silence_says() -> None:
    stream = Mfcc()
    rows = stream.push(np.zeros(44_100, np.float32))
    assert np.abs(rows - stream.silence).max() < 1e-3
