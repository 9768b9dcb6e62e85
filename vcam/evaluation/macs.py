"""Counts parameters and multiply-accumulates of a net, as the papers count them.

Convolutions and linear layers only: norms, activations and AdaConv's multiply-add are left out
(its predictors are linear layers and count).
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn


def parameters(net: nn.Module) -> int:
    """Return the number of parameters."""
    return sum(parameter.numel() for parameter in net.parameters())


def macs(net: nn.Module, run: Callable[[], object]) -> int:
    """Return the multiply-accumulates that `run`, which must use `net`, makes in its layers."""
    total = 0

    def count(module: nn.Module, _inputs: object, output: Tensor) -> None:
        nonlocal total
        total += _each(module) * output.numel()

    def count_transposed(module: nn.Module, inputs: tuple[Tensor, ...], _output: object) -> None:
        nonlocal total
        total += _each(module) * inputs[0].numel()

    hooks = [
        module.register_forward_hook(
            count_transposed if isinstance(module, nn.ConvTranspose2d) else count
        )
        for module in net.modules()
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d | nn.Linear)
    ]
    try:
        with torch.inference_mode():
            run()
    finally:
        for hook in hooks:
            hook.remove()
    return total


def _each(module: nn.Module) -> int:
    """Return the weights that one output takes part in (transposed: one input)."""
    weight = module.weight
    assert isinstance(weight, Tensor)
    return weight[0].numel()
