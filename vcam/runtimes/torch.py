"""Executes graphs with torch: the plain runtime, and the one for CUDA devices."""

from importlib import import_module
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from vcam.errors import ModelError, ProfileError
from vcam.nets.graphs import HasGraphs
from vcam.profile import EngineSettings
from vcam.runtimes.base import Array, Graph, Precision


class TorchProgram:
    """A graph in eager torch, without gradients."""

    runtime = "torch"

    def __init__(self, graph: nn.Module, settings: EngineSettings, precision: Precision) -> None:
        self.precision: Precision = precision
        self._graph = graph.eval().to(settings.device)
        self._threads, self._device = settings.threads, settings.device
        self._held: dict[str, Tensor] = {}

    def hold(self, **inputs: Array) -> None:
        """Set inputs that stay on the device."""
        self._held |= {name: self._tensor(array) for name, array in inputs.items()}

    @torch.inference_mode()
    def run(self, **inputs: Array) -> tuple[Array, ...]:
        """Execute once, with the threads of the settings in whichever thread this is."""
        if torch.get_num_threads() != self._threads:
            torch.set_num_threads(self._threads)
        given = {name: self._tensor(array) for name, array in inputs.items()}
        with torch.autocast(self._device, torch.bfloat16, enabled=self.precision == "bf16"):
            found = self._graph(**self._held, **given)
        outputs = found if isinstance(found, tuple) else (found,)
        return tuple(_array(output) for output in outputs)

    def _tensor(self, array: Array) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(array)).to(self._device)


def load(graph: Graph, settings: EngineSettings, precision: Precision) -> TorchProgram:
    """Load a graph; see `vcam.runtimes.load_program`."""
    if settings.device == "cuda" and not torch.cuda.is_available():
        raise ProfileError(
            "engine.device = 'cuda': torch finds no CUDA device here; choose cpu, or install the "
            "CUDA build of torch and its driver"
        )
    net = build(graph)
    return TorchProgram(net.graphs()[graph.name], settings, precision)


def build(graph: Graph) -> HasGraphs:
    """Build the net of `graph` with its weights; ModelError when they do not fit."""
    module, _, name = graph.net.partition(":")
    net: nn.Module = vars(import_module(module))[name](**graph.options)
    load_weights(net, graph)
    found: HasGraphs = net  # type: ignore[assignment]  # the graph says so
    return found


def load_weights(net: nn.Module, graph: Graph) -> None:
    """Load the weights of `graph` into `net`.

    Raises:
        ModelError: the weights are missing, damaged, or of another net.
    """
    if not graph.weights.is_file():
        raise ModelError(
            f"weights '{graph.weights}' for torch are missing; choose engine.runtime openvino, or "
            "train the model (its card says how)"
        )
    import_weights(net, graph.weights)


def import_weights(net: nn.Module, file: Path) -> None:
    """Load weights that `vcam.training.export` wrote into `net`, as float32.

    Raises:
        ModelError: the file is missing, damaged, or of another net.
    """
    try:
        weights = load_file(file)
        net.load_state_dict({name: tensor.float() for name, tensor in weights.items()})
    except FileNotFoundError:
        raise ModelError(
            f"no weights '{file}'; give those of a trained {type(net).__name__} (net.safetensors)"
        ) from None
    except (OSError, SafetensorError, RuntimeError) as problem:
        raise ModelError(
            f"weights '{file}' are not those of {type(net).__name__} "
            f"({_reason(problem)}); install vcam again, or train the model again"
        ) from None


def _array(output: Tensor) -> Array:
    plain = output.float() if output.dtype == torch.bfloat16 else output
    return plain.cpu().numpy()


def _reason(problem: Exception) -> str:
    """Return what torch says first after its headline: the first key or shape that is wrong."""
    lines = [line.strip() for line in str(problem).splitlines() if line.strip()]
    return lines[min(1, len(lines) - 1)][:200] if lines else type(problem).__name__
