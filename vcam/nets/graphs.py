"""The role of a net that is executed in parts, each of them a graph of its own for a runtime."""

from collections.abc import Mapping
from typing import Protocol

from torch import Tensor, nn


class HasGraphs(Protocol):
    """A whole model, e.g. one graph that prepares an identity and one that draws a frame."""

    def graphs(self) -> Mapping[str, nn.Module]:
        """Return the graphs by name; they share the net's weights.

        The names of `forward`'s arguments are the names of a graph's inputs.
        """
        ...

    def state_dict(self) -> Mapping[str, Tensor]:
        """Return the weights, as every nn.Module does."""
        ...
