import numpy as np

from vcam.media import MS_NS
from vcam.signals.breath import Breath


def test_breathing_is_smooth_irregular_and_12_to_16_a_minute() -> None:
    breath = Breath(seed=1)
    lungs = np.array([breath.at(n * 50 * MS_NS) for n in range(72_000)])
    assert lungs.min() >= 0
    assert 0.9 < lungs.max() <= 1
    assert np.abs(np.diff(lungs)).max() / 0.05 < 2.5
    peaks = np.flatnonzero((lungs[1:-1] > lungs[:-2]) & (lungs[1:-1] >= lungs[2:])) + 1
    assert 12 * 60 <= len(peaks) <= 16 * 60
    assert np.diff(peaks).std() / np.diff(peaks).mean() > 0.08
    assert lungs[peaks].std() > 0.05
