"""The fuser as an engine runs it: a window of log-mel rows -> the speech part of the expression.

Windows of successive frames overlap in all but three or four rows; only the new ones are computed,
on what every layer held of the rows before (`vcam.nets.fuser`). Which are new is seen from the
windows themselves, so a late frame, a jump in time or an edited past cost time, never a wrong
mouth.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from vcam.media import Vector, WindowSpec
from vcam.profile import EngineSettings
from vcam.runtimes import exact, load_program
from vcam.runtimes.base import Graph

LOOK_AHEAD_MS = {"delayed": 80, "low-latency": 40}
"""For each mode of `engine.sync`; both from one set of weights."""

_ROWS = 50
_BLOCK = 4
"""Rows that are taken at once: what a frame at 30 a second brings, and one fixed shape."""
_HELD = (3, 4, 8, 32)
"""Rows of its input that each layer of the net needs from before a block."""
_CHANNELS = 192

NET = "vcam.nets.fuser:Fuser"

Step = Callable[..., Sequence[Vector]]


def window(look_ahead_ms: int) -> WindowSpec:
    """Return the window of 500 ms that ends `look_ahead_ms` after the frame."""
    past_ms = 10 * _ROWS - look_ahead_ms
    return WindowSpec("normalised_log_mel", past_ms, look_ahead_ms)


class SpeechStream:
    """Says what the fuser says; one stream of windows, one thread."""

    def __init__(self, step: Step, channels: int = _CHANNELS) -> None:
        """Run `step`: rows (1, 4, 80) and four held inputs -> weights (1, 52) and four new ones."""
        self._step = step
        self._window: Vector | None = None
        self._weights: Vector = np.zeros(0, np.float32)
        self._inputs = [np.zeros((1, rows + _BLOCK, channels), np.float32) for rows in _HELD]
        """Of each layer the newest rows: those of the last block, and those held before it."""

    def at(self, window: Vector) -> Vector:
        """Return the weights (52,) for a window (50, 80)."""
        fresh = self._fresh(window)
        padded = np.pad(window, ((_BLOCK, 0), (0, 0)))  # 50 rows are no whole blocks
        while fresh:
            new = (fresh - 1) % _BLOCK + 1
            fresh -= new
            end = len(padded) - fresh
            self._go_on(padded[None, end - _BLOCK : end], new)
        self._window = window
        return self._weights

    def _go_on(self, rows: Vector, new: int) -> None:
        """Take a block (1, 4, 80) of which the last `new` rows come after the last block."""
        held = [
            known[:, new : new + rows_held]
            for known, rows_held in zip(self._inputs, _HELD, strict=True)
        ]
        weights, *fresh = self._step(rows, *held)
        self._weights = weights[0]
        self._inputs = [np.concatenate(both, axis=1) for both in zip(held, fresh, strict=True)]

    def _fresh(self, window: Vector) -> int:
        """Return how many rows at the end of `window` were not in the last one, 0 .. 50."""
        held = self._window
        if held is None:
            return _ROWS
        for fresh in range(_ROWS):
            if np.array_equal(window[: _ROWS - fresh], held[fresh:]):
                return fresh
        return _ROWS


def open_speech(folder: Path, options: Mapping[str, Any], settings: EngineSettings) -> SpeechStream:
    """Load the fuser of a model's folder, built with `options`, for the mode of `settings`.

    Always in fp32: it is a fraction of a millisecond, and lips that meet need the digits.

    Raises:
        ModelError, ProfileError: see `vcam.runtimes.load_program`.
    """
    name = f"step_{LOOK_AHEAD_MS[settings.sync]}"
    program = load_program(Graph(folder, name, NET, options), exact(settings))

    def step(rows: Vector, *held: Vector) -> Sequence[Vector]:
        return program.run(rows=rows, **{f"held_{n}": rows for n, rows in enumerate(held, 1)})

    return SpeechStream(step, options.get("channels", _CHANNELS))
