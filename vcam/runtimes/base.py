"""The roles of a runtime: a graph in a model's folder, and the program that executes it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

from numpy.typing import NDArray

Array = NDArray[Any]
Precision = Literal["fp32", "bf16"]

WEIGHTS = "net.safetensors"


@dataclass(frozen=True)
class Graph:
    """One graph of a net, as it lies in a model's folder: for every runtime the same numbers.

    A net has one file of weights, `net.safetensors`, for torch, and for each of its graphs an
    OpenVINO file, `<name>.xml` and `.bin`, so that a live call never imports torch.
    `vcam.training.export` writes both; of a large net only the graphs are shipped.
    """

    folder: Path
    name: str
    net: str
    """The module and class that torch builds: `vcam.nets.apb2facev2:APB2FaceV2`."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """What the class is built with."""

    @property
    def weights(self) -> Path:
        """The file for torch."""
        return self.folder / WEIGHTS

    @property
    def xml(self) -> Path:
        """The file for OpenVINO; the numbers lie beside it in `.bin`."""
        return self.folder / f"{self.name}.xml"


class Program(Protocol):
    """A graph made ready. One thread at a time uses it: the one that draws."""

    @property
    def runtime(self) -> str:
        """What executes it: torch or openvino."""
        ...

    @property
    def precision(self) -> Precision:
        """How most of it is computed; inputs and outputs are what the graph says."""
        ...

    def hold(self, **inputs: Array) -> None:
        """Set inputs that stay, by name, until they are set again; the arrays are kept."""
        ...

    def run(self, **inputs: Array) -> tuple[Array, ...]:
        """Execute with the other inputs and return fresh arrays, in the graph's order."""
        ...
