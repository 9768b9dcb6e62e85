"""Executes graphs with OpenVINO: the fast runtime on CPUs. Never imports torch.

OpenVINO's package brings one that reports use to its maker. It is kept out: the import below finds
a locked door, and OpenVINO takes the stand-in it has for that case. A test watches the sockets.
"""

import hashlib
import sys
import warnings
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from vcam.clock import cpu_ns
from vcam.errors import ModelError, ProfileError
from vcam.media import SECOND_NS
from vcam.profile import EngineSettings
from vcam.resources import cache, shipped
from vcam.runtimes.base import Array, Graph, Precision

sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]  # None: cannot import

import openvino  # noqa: E402

_HINTS = {"fp32": "f32", "bf16": "bf16"}
_PROBE_NS = SECOND_NS // 2
"""Each precision is measured for this much CPU time."""


class OpenVinoProgram:
    """A compiled graph and its one request."""

    runtime = "openvino"

    def __init__(self, graph: Graph, threads: int, precision: Precision) -> None:
        self.precision: Precision = precision
        config = {
            "INFERENCE_PRECISION_HINT": _HINTS[precision],
            "INFERENCE_NUM_THREADS": threads,
            "NUM_STREAMS": 1,
            "PERFORMANCE_HINT": "LATENCY",
            "ENABLE_CPU_PINNING": False,  # the call app beside us wants its core
            **_kept(graph),
        }
        try:
            compiled = openvino.Core().compile_model(graph.xml, "CPU", config)
        except RuntimeError as problem:
            raise ModelError(
                f"'{graph.xml}' is not a graph for OpenVINO ({_reason(problem)}); "
                "install vcam again, or train the model again"
            ) from None
        self._graph = graph
        self._request = compiled.create_infer_request()
        self._held: dict[str, Array] = {}

    def hold(self, **inputs: Array) -> None:
        """Set inputs that stay; nothing is copied from frame to frame."""
        for name, array in inputs.items():
            self._input(name, array)
            self._held[name] = np.ascontiguousarray(array)
            self._request.set_tensor(name, openvino.Tensor(self._held[name], shared_memory=True))

    def run(self, **inputs: Array) -> tuple[Array, ...]:
        """Execute once."""
        for name, array in inputs.items():
            self._input(name, array).data[...] = array
        self._request.infer()
        return tuple(tensor.data.copy() for tensor in self._request.output_tensors)

    def _input(self, name: str, array: Array) -> openvino.Tensor:
        """Return the tensor of an input; ModelError where it is of another shape than `array`."""
        tensor = self._request.get_tensor(name)
        if tuple(tensor.shape) != array.shape:
            raise ModelError(
                f"'{self._graph.xml}' takes {name} of {_times(tensor.shape)}, found "
                f"{_times(array.shape)}: its model.yaml asks for another size than was exported; "
                "install vcam again, or export the model again"
            )
        return tensor

    def zeros(self) -> dict[str, Array]:
        """Return inputs of the right shapes that are all 0."""
        tensors = self._request.model_inputs
        return {
            port.get_any_name(): np.zeros(tuple(port.shape), port.element_type.to_dtype())
            for port in tensors
        }


def load(graph: Graph, settings: EngineSettings, precision: Precision) -> OpenVinoProgram:
    """Load a graph; see `vcam.runtimes.load_program`."""
    if settings.device != "cpu":
        raise ProfileError(
            f"engine.device = '{settings.device}': OpenVINO runs on the cpu here; "
            "choose engine.runtime torch"
        )
    if not graph.xml.is_file():
        raise ModelError(
            f"'{graph.xml}' is missing; install vcam again, or choose engine.runtime torch"
        )
    if precision == "bf16" and not has_bf16():
        raise ProfileError(
            "engine.precision = 'bf16': this processor has no bf16; choose auto or fp32"
        )
    return OpenVinoProgram(graph, settings.threads, precision)


def write_graph(graph: Callable[..., Any], example: Mapping[str, Any], file: Path) -> None:
    """Trace a torch module with tensors by input name, and write `file` and its `.bin` (fp16).

    The shapes of the example become fixed: it is faster, and a wrong input is found at once.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the tracer warns that shapes become fixed: they shall
        model = openvino.convert_model(graph, example_input=dict(example))
    for port in model.inputs:
        name = next(name for name in port.get_names() if name in example)
        port.get_tensor().set_names({name})
        port.get_node().set_partial_shape(openvino.PartialShape(list(example[name].shape)))
    model.validate_nodes_and_infer_types()
    openvino.save_model(model, file, compress_to_fp16=True)


def has_bf16() -> bool:
    """Return whether the processor multiplies in bfloat16."""
    return "BF16" in _capabilities()


def machine() -> str:
    """Return the processor and the version of OpenVINO: what a measurement holds for.

    A virtual machine's name says little of its processor, so what it can do is said as well.
    """
    name = openvino.Core().get_property("CPU", "FULL_DEVICE_NAME")
    return f"{name} {' '.join(sorted(_capabilities()))} {openvino.__version__}"


def faster_precision(graph: Graph, settings: EngineSettings) -> Precision:
    """Measure fp32 and bf16 for about a second together and return the cheaper one."""
    costs: dict[Precision, float] = {}
    for precision in ("fp32", "bf16"):
        program = load(graph, settings, precision)
        inputs = program.zeros()
        program.run(**inputs)
        costs[precision] = median(_costs(program, inputs))
    return min(costs, key=lambda precision: costs[precision])


def _kept(graph: Graph) -> dict[str, str]:
    """Have OpenVINO keep what it makes of a shipped graph: the next start takes a third of it.

    Kept or fresh, the same bytes come out, and a full disk or a damaged file costs time alone (all
    tried; measured: lite512 .21 core-s instead of .85). The folder is of these very numbers on this
    processor: OpenVINO itself goes by the name of the file.
    """
    binary = graph.xml.with_suffix(".bin")
    if not (graph.folder.is_relative_to(shipped("models")) and binary.is_file()):
        return {}
    whose = hashlib.sha256(machine().encode())
    for file in (graph.xml, binary):
        whose.update(file.read_bytes())
    folder = cache() / "openvino" / whose.hexdigest()[:16]
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return {}
    return {"CACHE_DIR": str(folder)}


def _capabilities() -> list[str]:
    found: list[str] = openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    return found


def _costs(program: OpenVinoProgram, inputs: dict[str, Array]) -> list[int]:
    """Return the CPU time of runs that fill the time of a probe."""
    found: list[int] = []
    while sum(found) < _PROBE_NS:
        start_ns = cpu_ns()
        program.run(**inputs)
        found.append(max(1, cpu_ns() - start_ns))
    return found


def _times(shape: Iterable[int]) -> str:
    return "x".join(map(str, shape))


def _reason(problem: Exception) -> str:
    """Return the last line of an OpenVINO message; the others name its source files."""
    lines = [line.strip() for line in str(problem).splitlines() if line.strip()]
    return lines[-1] if lines else type(problem).__name__
