"""Writes a trained net for every runtime: weights for torch, a graph file for OpenVINO.

Weights are rounded to fp16 first, so all runtimes have the very same numbers.
"""

import copy
import hashlib
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from vcam.nets.graphs import HasGraphs
from vcam.runtimes.base import WEIGHTS
from vcam.runtimes.openvino import write_graph

Examples = Mapping[str, Mapping[str, Tensor]]
"""Graph -> input -> a tensor of the shape and type that it will have."""


def export(net: HasGraphs, examples: Examples, folder: Path) -> dict[str, str]:
    """Write `net` into `folder`; return file name -> sha256, as the model card has it."""
    folder.mkdir(parents=True, exist_ok=True)
    rounded = copy.deepcopy(net)
    for tensor in rounded.state_dict().values():
        tensor.copy_(tensor.half())
    halves = {name: tensor.half().contiguous() for name, tensor in net.state_dict().items()}
    save_file(halves, folder / WEIGHTS)
    written = [folder / WEIGHTS]
    for name, graph in rounded.graphs().items():
        written += _export_graph(graph, examples[name], folder / f"{name}.xml")
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in written}


def _export_graph(graph: nn.Module, example: Mapping[str, Tensor], file: Path) -> list[Path]:
    with torch.no_grad():
        write_graph(graph.eval(), example, file)
    return [file, file.with_suffix(".bin")]
