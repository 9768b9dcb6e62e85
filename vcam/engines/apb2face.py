"""The engine of APB2Face: sound, pose, blink -> landmarks -> landmark image -> face.

One geometry predictor for all; one face reenactor for each identity, in a folder of its name
inside the model's.
"""

from dataclasses import asdict, dataclass, field

from vcam.engines.base import Engine, EngineSpec
from vcam.engines.card import ModelCard, read_net
from vcam.engines.landmark_image import draw_landmarks
from vcam.engines.senses import check_side, senses, window
from vcam.errors import ModelError
from vcam.identity import Identity
from vcam.media import Controls, Image
from vcam.profile import EngineSettings
from vcam.runtimes import exact, load_program
from vcam.runtimes.base import Graph, Program

PREDICTOR = "vcam.nets.geometry:GeometryPredictor"
REENACTOR = "vcam.nets.face_reenactor:FaceReenactor"


@dataclass(frozen=True)
class PredictorSizes:
    """What the predictor is built with; the defaults are the paper's."""

    landmarks: int = 106
    width: float = 1.0


@dataclass(frozen=True)
class ReenactorSizes:
    """What the reenactor is built with; the defaults are the paper's."""

    channels: int = 64
    blocks: int = 9


@dataclass(frozen=True)
class Config:
    """The `net` section of the card."""

    side: int = field(default=256, metadata={"low": 32, "high": 1024})
    look_ahead_ms: int = field(default=384, metadata={"low": 0, "high": 384})
    predictor: PredictorSizes = field(default_factory=PredictorSizes)
    reenactor: ReenactorSizes = field(default_factory=ReenactorSizes)


class APB2FaceEngine:
    """Draws one identity."""

    def __init__(self, config: Config, predict: Program, face: Program) -> None:
        self._side = config.side
        self._predict, self._face = predict, face
        self._spec = EngineSpec(
            (config.side, config.side), window(config.look_ahead_ms), alpha=False
        )

    @property
    def spec(self) -> EngineSpec:
        """The face region's size and the papers' window."""
        return self._spec

    def render(self, controls: Controls) -> Image:
        """Draw the face region, uint8 (side, side, 3)."""
        (landmarks,) = self._predict.run(**senses(controls))
        (pixels,) = self._face.run(drawing=draw_landmarks(landmarks[0], self._side)[None])
        image: Image = pixels[0]
        return image


def build(card: ModelCard, identity: Identity, settings: EngineSettings) -> Engine:
    """Load the predictor, and the reenactor of the identity.

    The predictor is always in fp32: bfloat16 has steps of a pixel where landmarks are. Measured on
    announcer3: with it the nose jitters by .59 px, not .43, and pitching moves lids by 13 %, not 4.

    Raises:
        ModelError, ProfileError: no reenactor for this identity; see `vcam.runtimes.load_program`.
    """
    config: Config = read_net(card, Config)
    check_side(card, config.side)
    name = identity.folder.name
    trained = sorted(folder.name for folder in card.folder.iterdir() if folder.is_dir())
    if name not in trained:
        raise ModelError(
            f"model '{card.name}' has no reenactor for '{name}', and needs one for each identity; "
            f"trained: {', '.join(trained) or 'none'}; choose one of these with --profile, or "
            "another model with --engine"
        )
    predict = Graph(card.folder, "predict", PREDICTOR, asdict(config.predictor))
    face = Graph(card.folder / name, "face", REENACTOR, asdict(config.reenactor))
    return APB2FaceEngine(
        config, load_program(predict, exact(settings)), load_program(face, settings)
    )
