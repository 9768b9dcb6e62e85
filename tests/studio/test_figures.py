from pathlib import Path

import numpy as np
import pytest

from vcam.errors import AssetError
from vcam.studio import espeak
from vcam.studio.figures import _closures, _speaking, _stillness, measure_set, measure_talker
from vcam.studio.lips import MeanLips
from vcam.studio.phones import Phone
from vcam.studio.recordings import find_data
from vcam.studio.speechset import build_set, plan_set
from vcam.studio.talker import load_talker


@pytest.fixture(scope="module")
def data() -> Path:
    try:
        return find_data()
    except AssetError as missing:
        pytest.skip(str(missing))


def test_short_pauses_count_as_speech_and_long_ones_do_not() -> None:
    spans = [(0.1, 0.3), (0.4, 0.5), (1.0, 1.2)]
    times = np.array([0.05, 0.2, 0.35, 0.45, 0.7, 1.1, 1.3])
    assert _speaking(spans, times).tolist() == [False, True, True, True, False, True, False]


def test_a_closure_is_the_smallest_aperture_of_a_bilabial() -> None:
    aperture = np.full(200, 0.1)
    aperture[105] = 0.003
    assert _closures([Phone("b", 1.0, 1.1), Phone("t", 1.5, 1.6)], aperture) == [0.003]


def test_motion_in_a_pause_is_seen_away_from_the_speech_around_it() -> None:
    weights = np.zeros((300, 52), np.float32)
    weights[:25] = 0.5
    assert _stillness(weights, [Phone("", 0.0, 3.0)]) == 0.0
    weights[150] = 0.2
    assert _stillness(weights, [Phone("", 0.0, 3.0)]) == pytest.approx(0.2)


def test_a_missing_talker_is_said_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(AssetError, match="No real speaker to measure against"):
        load_talker(tmp_path)


@pytest.mark.skipif(not espeak.available(), reason="libespeak-ng is not installed")
def test_our_mouths_move_as_far_and_as_fast_as_a_real_one(
    tmp_path: Path, data: Path, lips: MeanLips
) -> None:
    plans = [p for p in plan_set(None, seed=0, share=0.0) if p.voice.source == "espeak"][::9]
    rows = build_set(tmp_path, plans, None, 1, lambda done, total: None)
    ours, real = measure_set(tmp_path, rows, lips), measure_talker(load_talker(data)[::40])
    assert ours.aperture_p95 == pytest.approx(real.aperture_p95, rel=0.2)
    assert ours.speed_p95 == pytest.approx(real.speed_p95, rel=0.2)
    assert abs(ours.lag_ms) <= 30
    assert ours.closed == ours.bilabials > 100
    assert ours.still < 0.01
