"""The engine of APB2FaceV2 (../nets/apb2facev2.py): reference face, sound, pose, blink -> face.

The reference is encoded once, when the engine is built; a frame is the fuser and the rest of the
reenactor. The paper's window looks 383 ms ahead, so live use wants the delayed mode.
"""

from dataclasses import asdict, dataclass, field

import cv2
import numpy as np

from vcam.engines.base import Engine, EngineSpec
from vcam.engines.card import ModelCard, read_net
from vcam.engines.senses import check_side, senses, window
from vcam.identity import Identity, read_picture
from vcam.media import Controls, Image, Vector
from vcam.profile import EngineSettings
from vcam.runtimes import exact, load_program
from vcam.runtimes.base import Graph, Program

NET = "vcam.nets.apb2facev2:APB2FaceV2"


@dataclass(frozen=True)
class Sizes:
    """What the net is built with; the defaults are the paper's."""

    latent_dim: int = 256
    width: float = 1.0
    landmarks: int = 106


@dataclass(frozen=True)
class Config:
    """The `net` section of the card."""

    side: int = field(default=256, metadata={"low": 32, "high": 1024})
    """The face region is `side` x `side`; a multiple of 4."""
    look_ahead_ms: int = field(default=384, metadata={"low": 0, "high": 384})
    sizes: Sizes = field(default_factory=Sizes)


class APB2FaceV2Engine:
    """Draws one identity."""

    def __init__(self, config: Config, latent: Program, frame: Program) -> None:
        self._latent, self._frame = latent, frame
        self._spec = EngineSpec(
            (config.side, config.side), window(config.look_ahead_ms), alpha=False
        )

    @property
    def spec(self) -> EngineSpec:
        """The face region's size and the papers' window."""
        return self._spec

    def render(self, controls: Controls) -> Image:
        """Draw the face region, uint8 (side, side, 3)."""
        (latent,) = self._latent.run(**senses(controls))
        (pixels,) = self._frame.run(latent=latent)
        image: Image = pixels[0]
        return image


def build(card: ModelCard, identity: Identity, settings: EngineSettings) -> Engine:
    """Load the net and encode the identity's reference face.

    The fuser is always in fp32, as `apb2face`'s predictor is. There it is seen; here not, as long
    as the reenactor blurs more than bfloat16 does (measured on announcer3: leaks and jitter alike).

    Raises:
        ModelError, ProfileError: see `vcam.runtimes.load_program`.
    """
    config = read_config(card)
    options = asdict(config.sizes)
    encode = load_program(Graph(card.folder, "encode", NET, options), settings)
    (features,) = encode.run(reference=reference(identity, config.side))
    frame = load_program(Graph(card.folder, "frame", NET, options), settings)
    frame.hold(features=features)
    latent = load_program(Graph(card.folder, "latent", NET, options), exact(settings))
    return APB2FaceV2Engine(config, latent, frame)


def read_config(card: ModelCard) -> Config:
    """Read the `net` section of the card; ModelError names a key that is wrong."""
    config: Config = read_net(card, Config)
    check_side(card, config.side)
    return config


def reference(identity: Identity, side: int) -> Vector:
    """Return the identity's face at rest as the nets see pictures: (1, 3, side, side) in [-1, 1].

    The papers crop 1.4 times the landmarks' extent; here it is the identity's face region.
    """
    x, y, width, height = identity.card.face_box
    picture = identity.plate[y : y + height, x : x + width]
    if identity.card.reference:
        picture = read_picture(identity.folder / identity.card.reference)
    small = cv2.resize(picture[..., :3], (side, side), interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(small.transpose(2, 0, 1)[None], np.float32) / 127.5 - 1.0
