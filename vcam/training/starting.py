"""Where the papers' geometry starts: what is read weighs alike, and its best linear reading.

MFCC of speech are a large constant with small changes on top, poses a few tenths: in a latent that
is standardised sample by sample, neither change is seen for the first hundreds of steps (measured:
no better than the mean face after 100 steps of 192 frames). Only the weights that training starts
from differ; the net is the paper's.
"""

from collections.abc import Callable, Sequence
from typing import cast

import torch
from torch import Tensor, nn

from vcam.nets.audio_fuser import SensesTrunk

START_RUNS = 60
"""So many runs of speech say where to start."""


@torch.no_grad()
def balance(layers: Sequence[nn.Linear], run: Callable[[], object]) -> None:
    """Give the outputs of layers, in their order, mean 0 each and variance 1 all over a batch.

    `run` sends the batch through the net that they are part of.
    """
    for layer in layers:
        seen: list[Tensor] = []
        hook = layer.register_forward_hook(lambda _net, _given, out, seen=seen: seen.append(out))
        run()
        hook.remove()
        centred = seen[0] - seen[0].mean(dim=0)
        deviation = centred.square().mean().sqrt().clamp(min=1e-6)
        layer.weight.div_(deviation)
        layer.bias.sub_(seen[0].mean(dim=0)).div_(deviation)


@torch.no_grad()
def fit(layer: nn.Linear, inputs: Tensor, outputs: Tensor, ridge: float = 1e-2) -> None:
    """Give a layer the weights that map inputs (N, D) to outputs (N, M) with least squares."""
    means = inputs.mean(dim=0), outputs.mean(dim=0)
    x, y = (inputs - means[0]).double(), (outputs - means[1]).double()
    squares = x.T @ x + ridge * len(x) * torch.eye(x.shape[1], dtype=x.dtype, device=x.device)
    weight = torch.linalg.solve(squares, x.T @ y).T.float()
    layer.weight.copy_(weight)
    layer.bias.copy_(means[1] - weight @ means[0])


def branches(trunk: SensesTrunk) -> list[nn.Linear]:
    """Return the layers that end the branches of sound, pose and blink."""
    return [trunk.audio, cast(nn.Linear, trunk.pose[-1]), cast(nn.Linear, trunk.blink[-1])]
