"""What the papers' two engines share: what their nets read from controls, and their side."""

import numpy as np

from vcam.engines.card import ModelCard
from vcam.errors import ModelError
from vcam.media import Controls, Vector, WindowSpec

WINDOW = WindowSpec("mfcc", past_ms=395, look_ahead_ms=384)
"""64 steps around the frame: the papers' window, which looks 383.13 ms ahead."""
STEPS, FEATURES = 64, 60


def senses(controls: Controls) -> dict[str, Vector]:
    """Return `audio` (1, 1, 64, 60), `pose` (1, 3), `blink` (1, 2); no sound is a window of 0."""
    audio = controls.audio
    if audio is None:
        audio = np.zeros((STEPS, FEATURES), np.float32)
    return {
        "audio": audio.reshape(1, 1, STEPS, FEATURES),
        "pose": np.array([controls.pose], np.float32),
        "blink": np.array([controls.blink], np.float32),
    }


def check_side(card: ModelCard, side: int) -> None:
    """Raise ModelError for a side that the nets cannot halve twice."""
    if side % 4:
        raise ModelError(
            f"{card.folder / 'model.yaml'}: net: side = {side}: wanted a multiple of 4"
        )


def window(look_ahead_ms: int) -> WindowSpec:
    """Return the papers' window, cut off `look_ahead_ms` after the frame (384: as it is)."""
    return WindowSpec(WINDOW.kind, WINDOW.past_ms, look_ahead_ms)
