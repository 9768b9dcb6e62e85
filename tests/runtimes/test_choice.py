"""The choice of runtime and precision: the user's word first, then a measurement, once."""

import json
from pathlib import Path

import pytest

from tests.runtimes.nets import tiny_graph, write_tiny
from vcam.profile import EngineSettings
from vcam.runtimes import choice, openvino
from vcam.runtimes.base import Graph
from vcam.runtimes.choice import Choice, decide


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Graph:
    """Return a graph that exists."""
    folder = tmp_path_factory.mktemp("tiny")
    write_tiny(folder)
    return tiny_graph(folder)


class Probe:
    """Counts measurements and knows their result."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, found: str) -> None:
        self.found, self.asked = found, 0
        monkeypatch.setattr(openvino, "faster_precision", self)
        monkeypatch.setattr(openvino, "has_bf16", lambda: True)

    def __call__(self, graph: Graph, settings: EngineSettings) -> str:
        """Measure nothing."""
        self.asked += 1
        return self.found


def test_what_the_user_says_is_not_measured(
    graph: Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    probe = Probe(monkeypatch, "bf16")
    said = EngineSettings(runtime="openvino", precision="fp32")
    assert decide(graph, said, tmp_path / "m.json") == Choice("openvino", "fp32")
    plain = EngineSettings(runtime="torch")
    assert decide(graph, plain, tmp_path / "m.json") == Choice("torch", "fp32")
    assert probe.asked == 0


def test_auto_takes_openvino_and_measures_once_for_a_machine_and_model(
    graph: Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    probe, memory = Probe(monkeypatch, "bf16"), tmp_path / "deep" / "precision.json"
    for _ in range(3):
        assert decide(graph, EngineSettings(), memory) == Choice("openvino", "bf16")
    assert probe.asked == 1
    decide(graph, EngineSettings(threads=2), memory)
    assert probe.asked == 2
    (key, *_) = json.loads(memory.read_text())
    assert openvino.machine() in key


@pytest.mark.parametrize("text", ["", "[1]", "{broken", '{"x": 3}'])
def test_a_damaged_memory_is_measured_anew(
    graph: Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    probe, memory = Probe(monkeypatch, "fp32"), tmp_path / "precision.json"
    memory.write_text(text)
    assert decide(graph, EngineSettings(), memory).precision == "fp32"
    assert probe.asked == 1


def test_a_memory_that_cannot_be_written_costs_only_the_next_start(
    graph: Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    probe = Probe(monkeypatch, "bf16")
    (tmp_path / "file").touch()
    assert decide(graph, EngineSettings(), tmp_path / "file" / "m.json").precision == "bf16"
    assert probe.asked == 1


def test_without_openvino_or_on_cuda_auto_takes_torch(
    graph: Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert decide(graph, EngineSettings(device="cuda"), tmp_path / "m").runtime == "torch"
    monkeypatch.setattr(choice, "find_spec", lambda _: None)
    assert decide(graph, EngineSettings(), tmp_path / "m") == Choice("torch", "fp32")


def test_a_processor_without_bf16_is_not_measured(
    graph: Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    probe = Probe(monkeypatch, "bf16")
    monkeypatch.setattr(openvino, "has_bf16", lambda: False)
    assert decide(graph, EngineSettings(), tmp_path / "m").precision == "fp32"
    assert probe.asked == 0


def test_the_probe_runs_both_precisions_for_real(
    graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(openvino, "_PROBE_NS", 10_000_000)
    if not openvino.has_bf16():
        pytest.skip("this processor has no bf16")
    assert openvino.faster_precision(graph, EngineSettings()) in ("fp32", "bf16")
