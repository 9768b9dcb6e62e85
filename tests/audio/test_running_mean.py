import numpy as np
import pytest

from vcam.audio.features import LogMel
from vcam.audio.running_mean import NormalisedLogMel, RunningMean
from vcam.media import Vector


def voice(seed: int, seconds: float = 21.0) -> Vector:
    """Return rows (T, 80) of syllables of 0.2 s with pauses of 0.1 s over a quiet room."""
    random = np.random.default_rng(seed)
    colour = np.interp(np.arange(80), np.linspace(0, 79, 6), random.uniform(-0.3, 0.3, 6))
    count = round(100 * seconds)
    loud = np.where(np.arange(count) % 30 < 20, 0.1, -0.8)[:, None] + colour
    return np.asarray(loud + random.normal(0, 0.05, (count, 80)), np.float32)


@pytest.mark.parametrize("sizes", [[1] * 300, [7, 250, 43], [300]])
def test_any_cutting_gives_the_same_rows(sizes: list[int]) -> None:
    rows, mean = voice(1, 3.0), RunningMean()
    pieces = np.split(rows, np.cumsum(sizes)[:-1])
    cut = np.concatenate([mean.push(piece) for piece in pieces])
    assert cut == pytest.approx(RunningMean().push(rows), abs=1e-6)


def test_two_voices_come_nearer_the_longer_they_speak() -> None:
    one, other = (RunningMean().push(voice(seed)) for seed in (1, 2))
    apart = np.abs(one - other).reshape(-1, 30, 80)[:, :20].mean(axis=(1, 2))
    plain = np.abs(voice(1) - voice(2)).reshape(-1, 30, 80)[:, :20].mean()
    assert apart[0] == pytest.approx(plain, rel=0.1)
    assert apart[3] > 1.3 * apart[-1]
    assert apart[-1] < 0.6 * plain


def test_silence_and_steady_noise_teach_nothing() -> None:
    quiet = np.full((1000, 80), -1.0, np.float32)
    assert RunningMean().push(quiet) == pytest.approx(quiet)
    random = np.random.default_rng(0)
    noise = np.asarray(random.normal(-0.3, 0.1, (2000, 80)), np.float32)
    mean = RunningMean()
    mean.push(noise)
    after = voice(1, 3.0)
    assert mean.push(after)[0] == pytest.approx(after[0], abs=0.02)


def test_a_pause_forgets_nothing() -> None:
    mean, rows = RunningMean(), voice(1)
    last = (mean.push(rows) - rows)[-1]
    mean.push(np.full((6000, 80), -0.9, np.float32))
    first = (mean.push(rows) - rows)[0]
    assert first == pytest.approx(last, abs=0.01)
    assert np.abs(first).mean() > 0.1


def test_streams_are_apart_and_rows_may_stand_for_more() -> None:
    both = RunningMean(2)
    rows = np.stack([voice(1, 3.0), voice(2, 3.0)])
    alone = [RunningMean().push(stream) for stream in rows]
    assert both.push(rows) == pytest.approx(np.stack(alone), abs=1e-6)
    nothing, much = RunningMean(2), RunningMean(2)
    nothing.push(rows, np.zeros(2))
    much.push(rows, np.full(2, 30.0))
    fresh = rows[:, :1]
    assert nothing.push(fresh, np.zeros(2)) == pytest.approx(fresh)
    assert np.abs(much.push(fresh) - fresh).mean() > np.abs(both.push(fresh) - fresh).mean()


def test_features_are_log_mel_without_the_mean() -> None:
    sound = np.random.default_rng(0).normal(0, 0.1, 16_000).astype(np.float32)
    sound[:8_000] *= 0.001
    stream = NormalisedLogMel()
    cut = np.concatenate([stream.push(piece) for piece in np.split(sound, [100, 5_000, 9_001])])
    assert cut == pytest.approx(RunningMean().push(LogMel().push(sound)), abs=1e-6)
    assert (stream.silence == -1.0).all()
