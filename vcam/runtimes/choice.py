"""Which runtime and precision: what the user says, else what this machine does fastest.

`auto` takes OpenVINO wherever it is installed and torch elsewhere: torch takes two seconds longer
to start and is never faster on a CPU (measured: notes/reference_model.md section 3). Between fp32
and bf16 OpenVINO is measured for about a second, once for each model and machine.
"""

import hashlib
import json
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from vcam.profile import EngineSettings
from vcam.resources import cache
from vcam.runtimes.base import Graph, Precision


@dataclass(frozen=True)
class Choice:
    """How a graph is executed."""

    runtime: str
    precision: Precision


def decide(graph: Graph, settings: EngineSettings, memory: Path | None = None) -> Choice:
    """Choose for `graph`; `memory` is the file that remembers what was measured.

    Raises:
        ModelError, ProfileError: see `vcam.runtimes.load_program`.
    """
    runtime = settings.runtime
    if runtime == "auto":
        runtime = "openvino" if settings.device == "cpu" and find_spec("openvino") else "torch"
    if settings.precision != "auto":
        return Choice(runtime, settings.precision)
    if runtime == "torch":
        return Choice(runtime, "fp32")
    return Choice(runtime, _remembered(graph, settings, memory or cache() / "precision.json"))


def _remembered(graph: Graph, settings: EngineSettings, memory: Path) -> Precision:
    """Return the faster precision of OpenVINO: from `memory`, else measured and remembered."""
    from vcam.runtimes import openvino

    if not openvino.has_bf16():
        return "fp32"
    key = " | ".join([openvino.machine(), f"{settings.threads} threads", _digest(graph)])
    known = _read(memory)
    if known.get(key) not in ("fp32", "bf16"):
        known[key] = openvino.faster_precision(graph, settings)
        with suppress(OSError):  # a full or read-only disk costs a second at the next start
            memory.parent.mkdir(parents=True, exist_ok=True)
            memory.write_text(json.dumps(known, indent=1), encoding="utf-8")
    return "bf16" if known[key] == "bf16" else "fp32"


def _digest(graph: Graph) -> str:
    """Return what tells this graph from others; the numbers in it make no difference."""
    text = graph.xml.read_bytes() if graph.xml.is_file() else b""
    return f"{graph.name} {hashlib.sha256(text).hexdigest()[:16]}"


def _read(memory: Path) -> dict[str, str]:
    try:
        found = json.loads(memory.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
