"""What draws the face: one literal table, one line for each family."""

from importlib import import_module

from vcam.engines.base import Engine
from vcam.engines.card import ModelCard
from vcam.errors import ModelError
from vcam.identity import Identity
from vcam.profile import EngineSettings
from vcam.strict import nearest

ENGINES = {
    "still": "vcam.engines.still",
    "lite": "vcam.engines.lite",
    "apb2facev2": "vcam.engines.apb2facev2",
    "apb2face": "vcam.engines.apb2face",
}
"""Family -> the module that builds it: `build(card, identity, settings) -> Engine`."""


def build_engine(card: ModelCard, identity: Identity, settings: EngineSettings) -> Engine:
    """Build the engine of the card's family.

    Raises:
        ModelError: an unknown family, or what the family's module finds wrong.
    """
    if card.family not in ENGINES:
        close = nearest(card.family, ENGINES)
        hint = f"did you mean '{close}'? " if close else ""
        raise ModelError(
            f"{card.folder / 'model.yaml'}: family = '{card.family}': unknown; "
            f"{hint}Known: {', '.join(ENGINES)}"
        )
    engine: Engine = import_module(ENGINES[card.family]).build(card, identity, settings)
    return engine
