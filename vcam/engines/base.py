"""The role of an engine: the running thing that draws a face from controls."""

from dataclasses import dataclass
from typing import Protocol

from vcam.media import Controls, Image, WindowSpec


@dataclass(frozen=True)
class EngineSpec:
    """What an engine draws and what it needs; the pipeline builds exactly that."""

    size: tuple[int, int]
    """(H, W) of the face region it draws."""
    window: WindowSpec | None
    """The window of sound features in `Controls.audio`, or None."""
    alpha: bool
    """It draws RGBA, alpha being the person against the backdrop."""


class Engine(Protocol):
    """Draws one identity. Called by one worker thread; holds no clock and no microphone."""

    @property
    def spec(self) -> EngineSpec:
        """What this engine draws and needs; constant."""
        ...

    def render(self, controls: Controls) -> Image:
        """Draw the face region: uint8 (H, W, 3) RGB, or (H, W, 4) RGBA where `spec.alpha`.

        The same controls give the same picture. The array is fresh, or never written again.
        """
        ...
