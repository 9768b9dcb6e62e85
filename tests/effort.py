"""What code costs, in units of a named piece of work that the same run does beside it.

Milliseconds say as much of the machine as of the code: one may be three times slower than the
next, and busy besides. How often the one goes into the other is nearly the same on all.
"""

from collections.abc import Callable

import cv2
import numpy as np

from vcam.clock import MediaClock, thread_cpu_ns
from vcam.evaluation.benchmark import Subject, measure

SECONDS = 1.0

Work = Callable[[], object]

_PICTURE = np.random.default_rng(0).integers(0, 256, (720, 1280, 3), np.uint8)
_WEIGHTS = np.linspace(0.0, 1.0, 52, dtype=np.float32)


def blurred_picture() -> object:
    """Blur a picture of 1280x720 over 5 x 5 pixels."""
    return cv2.GaussianBlur(_PICTURE, (5, 5), 0)


def small_sums() -> object:
    """Add up weights of a face a hundred times: what numpy and the interpreter cost."""
    total = _WEIGHTS
    for _ in range(100):
        total = np.clip(total + _WEIGHTS, 0.0, 1.0)
    return total


def effort(work: Work, reference: Work) -> float:
    """Return how many times the CPU time of `reference` this thread needs for `work`."""
    subjects = [Subject({}, reference), Subject({}, work)]
    return measure(subjects, SECONDS, MediaClock(), thread_cpu_ns)[1].anchors
