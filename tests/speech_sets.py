"""Small speech sets of espeak-ng's voices, for tests of what learns or is drawn from one."""

from pathlib import Path

import pytest

from vcam.studio import espeak
from vcam.studio.speechset import build_set, plan_set


def make_speech_set(folder: Path, train: slice, test: slice = slice(0)) -> Path:
    """Build clips of these training and test voices, one each; skip where there is no espeak-ng."""
    if not espeak.available():
        pytest.skip("libespeak-ng is not installed")
    plans = [p for p in plan_set(None, seed=1, share=0.0) if p.voice.source == "espeak"]
    learnt = [p for p in plans if p.split == "train"][train]
    unheard = [p for p in plans if p.split == "test"][test]
    build_set(folder, learnt + unheard, None, 1, lambda *_: None)
    return folder
