import numpy as np

from vcam.media import MS_NS
from vcam.signals.parting import PARTINGS_PER_MINUTE, Parting


def an_hour(seed: int, step_ms: int = 20) -> np.ndarray:
    parting = Parting(seed)
    return np.array([parting.at(n * step_ms * MS_NS) for n in range(3_600_000 // step_ms)])


def test_lips_part_now_and_then_smoothly_and_are_shut_most_of_the_time() -> None:
    parted = an_hour(seed=1)
    begun = np.count_nonzero((parted[1:] > 0) & (parted[:-1] == 0))
    assert abs(begun / 60 - PARTINGS_PER_MINUTE) < 1
    assert 0.0 == parted.min() < 0.9 < parted.max() <= 1.0
    assert (parted == 0).mean() > 0.85
    assert np.abs(np.diff(parted)).max() < 0.25


def test_they_part_as_soon_as_before_speech() -> None:
    parted = an_hour(seed=1, step_ms=10)
    start = int(np.flatnonzero(parted)[0])
    top = start + int(parted[start : start + 100].argmax())
    assert 100 <= 10 * (top - start) <= 200


def test_another_seed_parts_at_other_times() -> None:
    one, other = an_hour(seed=1, step_ms=50), an_hour(seed=2, step_ms=50)
    assert (one == an_hour(seed=1, step_ms=50)).all()
    assert abs(np.corrcoef(one, other)[0, 1]) < 0.1
