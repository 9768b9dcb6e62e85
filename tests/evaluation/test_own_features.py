"""Features of our own net."""

import pytest

from vcam.evaluation import own_features
from vcam.profile import EngineSettings
from vcam.runtimes import load_program
from vcam.runtimes.base import Graph, Program


def test_our_own_features_are_the_same_on_every_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def load(graph: Graph, settings: EngineSettings) -> Program:
        asked.append(settings.precision)
        return load_program(graph, settings)

    monkeypatch.setattr(own_features, "load_program", load)
    assert own_features.own_features() is not None
    assert asked == ["fp32"]
