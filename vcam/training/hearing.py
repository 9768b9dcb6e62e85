"""The papers' windows of a whole recording, as a call would hear it: the same rows, all at once."""

import numpy as np
from numpy.typing import NDArray

from vcam.audio.features import MFCC_HOP, MFCC_RATE, MFCC_REACH, MFCC_ROWS, Mfcc
from vcam.audio.resample import Resampler
from vcam.media import SECOND_NS, AudioChunk, Samples, Vector
from vcam.studio.sound import SOUND_RATE

Places = NDArray[np.int64]
"""Numbers of rows or frames."""

_BEFORE = MFCC_ROWS // 2
"""A window starts so many rows before its time."""


def hear(samples: Samples) -> Vector:
    """Return MFCC rows (R, 60) of a recording at SOUND_RATE; window k is rows k .. k + 63.

    Half a window of silence precedes the sound, and as much follows it: every moment has a window.
    """
    features = Mfcc()
    quiet = np.zeros(SOUND_RATE * (_BEFORE * MFCC_HOP + MFCC_REACH) // MFCC_RATE + 1600, np.float32)
    heard = Resampler(MFCC_RATE)
    chunks = heard.push(AudioChunk(0, np.concatenate([samples, quiet]), SOUND_RATE))
    chunks += heard.flush()
    rows = [features.push(chunk.samples) for chunk in chunks]
    return np.concatenate([np.tile(features.silence, (_BEFORE, 1)), *rows])


def window_at(t_ns: int) -> int:
    """Return which window belongs to a moment of the recording."""
    return t_ns * MFCC_RATE // SECOND_NS // MFCC_HOP


def windows(rows: Vector, starts: Places) -> Vector:
    """Return windows (N, 64, 60) of `rows`, by the rows (N,) that they start with."""
    found: Vector = rows[starts[:, None] + np.arange(MFCC_ROWS)]
    return found
