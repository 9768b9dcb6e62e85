"""A picture that does not move, with a level meter: the answer to "is my camera wired?"."""

from dataclasses import dataclass

import cv2
import numpy as np

from vcam.engines.base import Engine, EngineSpec
from vcam.engines.card import ModelCard, read_net
from vcam.identity import Identity
from vcam.media import Controls, Image, WindowSpec
from vcam.profile import EngineSettings

_LIT = np.array((96, 214, 140), np.uint8)
_DIM = np.array((52, 60, 70), np.uint8)


@dataclass(frozen=True)
class Config:
    """The meter that shows the sound arrive."""

    meter: bool = True
    segments: int = 24
    quiet: float = -0.85
    """Mean log-mel value (-1 silence .. +1 very loud) at which the first segment lights."""
    loud: float = 0.15
    """The same for the last segment."""


class Still:
    """The face region of the plate, as it is."""

    def __init__(self, config: Config, identity: Identity) -> None:
        x, y, width, height = identity.card.face_box
        self._config = config
        self._region: Image = np.ascontiguousarray(identity.plate[y : y + height, x : x + width])
        window = WindowSpec("log_mel", past_ms=100, look_ahead_ms=0) if config.meter else None
        self._spec = EngineSpec((height, width), window, alpha=self._region.shape[2] == 4)

    @property
    def spec(self) -> EngineSpec:
        """The region's size; 100 ms of log-mel for the meter."""
        return self._spec

    def render(self, controls: Controls) -> Image:
        """Return the region, its meter lit as far as the sound is loud."""
        image = self._region.copy()
        if self._config.meter and controls.audio is not None:
            self._draw_meter(image, float(controls.audio.mean()))
        return image

    def _draw_meter(self, image: Image, energy: float) -> None:
        config = self._config
        share = (energy - config.quiet) / (config.loud - config.quiet)
        lit = round(config.segments * min(max(share, 0.0), 1.0))
        height, width = image.shape[:2]
        pitch = width / 2 / config.segments
        top, bottom = round(height * 0.955), round(height * 0.975)
        for segment in range(config.segments):
            left = round(width / 4 + segment * pitch)
            colour = (_LIT if segment < lit else _DIM).tolist()
            opaque = [*colour, 255][: image.shape[2]]
            cv2.rectangle(image, (left, top), (round(left + pitch * 0.6), bottom), opaque, -1)


def build(card: ModelCard, identity: Identity, _settings: EngineSettings) -> Engine:
    """Build the engine; it has no weights and needs no runtime."""
    return Still(read_net(card, Config), identity)
