"""One channel of clean samples from whatever a device, file or pipe gives."""

import numpy as np
from numpy.typing import NDArray

from vcam.media import Samples

LEAST_RATE = 1000
"""Samples a second: with fewer a block of 20 ms holds hardly any."""


def to_mono(frames: NDArray[np.number]) -> Samples:
    """Return the mean of the channels of `frames` (N, channels), within -1 .. 1.

    Sound of floats may exceed that, and a broken program's may be no numbers at all: one of them
    would stay in the running means of what listens for the rest of the call.
    """
    mono = frames.mean(axis=1, dtype=np.float64)
    finite = np.nan_to_num(mono, copy=False, nan=0.0, posinf=1.0, neginf=-1.0)
    return np.asarray(np.clip(finite, -1.0, 1.0), np.float32)
