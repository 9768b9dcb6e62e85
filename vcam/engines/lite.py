"""The default engine: one small network for all announcers (../nets/lite.py).

    sound --Talker--> mouth --\
    Controls: mood, blink, gaze --merge--> expression, gaze --network--> strokes --Epilogue--> RGBA
    Controls: pose ------------------------------------------^

An identity is a file beside the weights; `wear` exchanges it between two frames.
"""

from dataclasses import dataclass, field

import numpy as np

from vcam.engines.base import Engine, EngineSpec
from vcam.engines.card import ModelCard
from vcam.engines.epilogue import Epilogue, Strokes
from vcam.engines.lite_state import SUFFIX, LiteState, load_state
from vcam.engines.merging import merge
from vcam.engines.talker import Talker, load_talker
from vcam.errors import ModelError
from vcam.identity import Identity
from vcam.media import Controls, Image
from vcam.nets.lite_plan import LiteSize
from vcam.profile import EngineSettings
from vcam.runtimes import load_program
from vcam.runtimes.base import WEIGHTS, Graph, Program
from vcam.strict import Reader

NET = "vcam.nets.lite:Lite"


@dataclass(frozen=True)
class Config:
    """The `net` section of the card."""

    side: int = field(default=512, metadata={"low": 256, "high": 1024})
    """The face region is `side` x `side`; a multiple of 256."""
    fuser: str = ""
    """The model that turns sound into a mouth; empty: `Controls.expression` alone moves it."""
    sizes: LiteSize = field(default_factory=LiteSize)


class LiteEngine:
    """Draws one identity at a time."""

    def __init__(self, side: int, frame: Program, talker: Talker | None, state: LiteState) -> None:
        self._frame, self._talker = frame, talker
        window = talker.window if talker else None
        self._spec = EngineSpec((side, side), window, alpha=True)
        self._wanted = state
        self._worn: LiteState | None = None
        self._epilogue = Epilogue(state)

    @property
    def spec(self) -> EngineSpec:
        """The size of the face region, and the fuser's window."""
        return self._spec

    def wear(self, state: LiteState) -> None:
        """Draw another identity of the same weights from the next frame on; from any thread."""
        self._wanted = state

    def render(self, controls: Controls) -> Image:
        """Draw the face region, uint8 RGBA (side, side, 4).

        Raises:
            InputError: see `vcam.engines.merging.merge`.
        """
        expression, gaze = merge(controls, self._talker.at(controls) if self._talker else None)
        self._change()
        pose = np.array([controls.pose], np.float32)
        outputs = self._frame.run(expression=expression[None], pose=pose, gaze=gaze[None])
        return self._epilogue.compose(Strokes.of(outputs))

    def _change(self) -> None:
        wanted = self._wanted
        if wanted is not self._worn:
            corners = np.array(wanted.corners, np.int64)
            self._frame.hold(corners=corners, **wanted.features)
            self._epilogue = Epilogue(wanted)
            self._worn = wanted


def build(card: ModelCard, identity: Identity, settings: EngineSettings) -> Engine:
    """Load the network, the fuser and the identity's file.

    Raises:
        ModelError, ProfileError: a part is missing, damaged or of another model, or this machine
            cannot execute it as `settings` ask.
    """
    config = read_config(card)
    state = find_state(card, identity.card.name, config.side)
    graph = Graph(card.folder, "frame", NET, {"size": config.sizes})
    talker = load_talker(config.fuser, settings) if config.fuser else None
    return LiteEngine(config.side, load_program(graph, settings), talker, state)


def read_config(card: ModelCard) -> Config:
    """Read the `net` section of the card; ModelError names a key that is wrong."""
    reader = Reader(Config, ModelError)
    config: Config = reader.build(reader.flatten(card.net, f"{card.folder / 'model.yaml'}: net"))
    if config.side % 256:
        raise ModelError(
            f"{card.folder / 'model.yaml'}: net: side = {config.side}: wanted 256, 512 or 1024"
        )
    return config


def find_state(card: ModelCard, identity: str, side: int) -> LiteState:
    """Load the state of an identity that goes with the card's weights.

    Raises:
        ModelError: the model does not know the identity, or its file is another's.
    """
    file = card.folder / f"{identity}{SUFFIX}"
    if not file.is_file():
        files = sorted(card.folder.glob(f"*{SUFFIX}"))
        known = [file.stem for file in files if file.name != WEIGHTS]
        raise ModelError(
            f"model '{card.name}' does not know the face '{identity}'; "
            f"it was trained for: {', '.join(known) or 'none'}"
        )
    state = load_state(file)
    wanted = (identity, side, card.weights.get(WEIGHTS))
    if (state.identity, state.side, state.weights) != wanted:
        raise ModelError(
            f"identity file '{file}' is of '{state.identity}' at {state.side} pixels and of other "
            "weights than the model's; install vcam again, or train the model again"
            if state.weights != wanted[2]
            else f"identity file '{file}' is of '{state.identity}' at {state.side} pixels; wanted "
            f"'{identity}' at {side}; install vcam again"
        )
    return state
