"""The stages of the benchmark are asked as a call asks them."""

from itertools import pairwise
from types import SimpleNamespace
from typing import cast

import numpy as np

from vcam.engines.base import Engine, EngineSpec
from vcam.evaluation.stages import moments
from vcam.identity import load_identity
from vcam.media import WindowSpec
from vcam.profile import load_profile


def test_windows_of_successive_frames_share_all_but_their_new_rows() -> None:
    spec = EngineSpec((512, 512), WindowSpec("normalised_log_mel", 420, 80), alpha=True)
    profile = load_profile("announcer3").profile
    engine = cast(Engine, SimpleNamespace(spec=spec))
    windows = [m.audio for m in moments(profile, engine, load_identity("announcer3"), 12)]
    for before, after in pairwise(windows):
        assert before is not None
        assert after is not None
        shared = [np.array_equal(before[new:], after[: 50 - new]) for new in (3, 4)]
        assert any(shared)
