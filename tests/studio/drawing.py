"""A camera that draws at once: smooth pictures that tell their controls. Travels to processes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vcam.media import Controls, Image, Vector


@dataclass(frozen=True)
class Drawing:
    """What a renderer returns, without one."""

    rgba: Image
    landmarks68: Vector
    visible68: NDArray[np.bool_]
    landmarks478: Vector
    visible478: NDArray[np.bool_]
    flow: Vector
    flow_valid: NDArray[np.bool_]
    parts: Image


def draw(value: float, size: int) -> Drawing:
    """Return a picture whose colour, flow and landmarks tell `value` (0 .. 63)."""
    y, x = np.mgrid[:size, :size] / size
    red = np.full((size, size), 4 * value)
    alpha = np.where(x > 0.5, 255, 160 * y)
    j, i = np.mgrid[: size // 4, : size // 4]
    return Drawing(
        rgba=np.stack([red, 128 * x, 170 * y, alpha], 2).astype(np.uint8),
        landmarks68=np.full((68, 2), value + 0.25, np.float32),
        visible68=np.arange(68) % 2 == 0,
        landmarks478=np.full((478, 2), -value / 3, np.float32),
        visible478=np.arange(478) % 3 == 0,
        flow=np.stack([0.37 * i - value, j - 11.5], 2).astype(np.float32),
        flow_valid=i > j,
        parts=(6 * x).astype(np.uint8),
    )


@dataclass(frozen=True)
class FakeCamera:
    """Draws the yaw."""

    announcer: str
    size: int
    assets: None = None
    brightness: float = 0.0

    def open(self) -> "FakeCamera":
        return self

    def render(self, controls: Controls) -> Drawing:
        return draw(100 * controls.pose[0] + self.brightness, self.size)
