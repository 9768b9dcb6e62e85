"""The fuser as an engine runs it: a window of log-mel rows -> the speech part of the expression.

Windows of successive frames overlap in all but three or four rows; only new rows are embedded
(`vcam.nets.fuser`). Which are new is seen from the windows themselves, so a late frame, a jump in
time or an edited past cost time, never a wrong mouth.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from vcam.media import Vector, WindowSpec
from vcam.profile import EngineSettings
from vcam.runtimes import load_program
from vcam.runtimes.base import Graph

LOOK_AHEAD_MS = {"delayed": 80, "low-latency": 40}
"""For each mode of `engine.sync`; both from one set of weights."""

_ROWS = 50
_BLOCK = 4
"""Rows that are embedded at once: what a frame at 30 a second brings, and one fixed shape."""

NET = "vcam.nets.fuser:Fuser"

Part = Callable[[Vector], Vector]


def window(look_ahead_ms: int) -> WindowSpec:
    """Return the window of 500 ms that ends `look_ahead_ms` after the frame."""
    return WindowSpec("log_mel", past_ms=10 * _ROWS - look_ahead_ms, look_ahead_ms=look_ahead_ms)


class SpeechStream:
    """Says what the fuser says; one stream of windows, one thread."""

    def __init__(self, embed: Part, express: Part) -> None:
        """Run `embed` (1, 4, 80) -> (1, 4, C) and `express` (1, 50, C) -> (1, 52)."""
        self._embed, self._express = embed, express
        self._window: Vector | None = None
        self._embedded: list[Vector] = []

    def at(self, window: Vector) -> Vector:
        """Return the weights (52,) for a window (50, 80)."""
        fresh = self._fresh(window)
        if fresh:
            blocks = -(-fresh // _BLOCK)
            whole = np.pad(window, ((_BLOCK, 0), (0, 0)))  # 50 rows are no whole blocks
            new = whole[len(whole) - blocks * _BLOCK :].reshape(blocks, 1, _BLOCK, -1)
            embedded = np.concatenate([self._embed(block)[0] for block in new])[-fresh:]
            self._embedded = [*self._embedded[fresh:], *embedded]
            self._window = window
        weights: Vector = self._express(np.stack(self._embedded)[None])[0]
        return weights

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
    exact = replace(settings, precision="fp32")
    embed, express = (
        load_program(Graph(folder, name, NET, options), exact)
        for name in ("embed", f"express_{LOOK_AHEAD_MS[settings.sync]}")
    )
    return SpeechStream(
        lambda rows: embed.run(rows=rows)[0], lambda embedded: express.run(embedded=embedded)[0]
    )
