"""Sound -> the mouth of a frame: a trained fuser, its stream, and the voice gate's say."""

import numpy as np

from vcam.arkit import ARKIT_NAMES
from vcam.engines.card import load_card
from vcam.engines.mouth import MouthTrack
from vcam.engines.speech import LOOK_AHEAD_MS, SpeechStream, open_speech, window
from vcam.errors import ModelError
from vcam.media import Controls, Vector, WindowSpec
from vcam.profile import EngineSettings

FAMILY = "fuser"


class Talker:
    """The mouth over time; asked in order of time, by one thread."""

    def __init__(self, stream: SpeechStream, wanted: WindowSpec) -> None:
        self.window = wanted
        """The window of sound that `Controls.audio` must have."""
        self._stream, self._mouth = stream, MouthTrack()

    def at(self, controls: Controls) -> Vector:
        """Return the weights (52,) that speech asks for."""
        spoken = np.zeros(len(ARKIT_NAMES), np.float32)
        if controls.audio is not None:
            spoken = self._stream.at(controls.audio)
        return self._mouth.at(controls.t_ns, spoken, controls.voiced)


def load_talker(model: str, settings: EngineSettings) -> Talker:
    """Load the fuser called `model`, for the look-ahead of `settings.sync`.

    Raises:
        ModelError, ProfileError: no such model, another family, or it cannot be executed.
    """
    card = load_card(model)
    if card.family != FAMILY:
        raise ModelError(
            f"{card.folder / 'model.yaml'}: family = '{card.family}': wanted a {FAMILY}; "
            "name one in the card of the model that draws"
        )
    stream = open_speech(card.folder, card.net, settings)
    return Talker(stream, window(LOOK_AHEAD_MS[settings.sync]))
