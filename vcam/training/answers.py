"""What a fuser says about a whole recording, on the grid of the tape: curve k at 10 k + 5 ms."""

from pathlib import Path

import numpy as np
import torch

from vcam.media import Vector
from vcam.nets.fuser import CALL_ROWS, Fuser
from vcam.runtimes.torch import import_weights


def load_fuser(weights: Path) -> Fuser:
    """Return the fuser of a file of weights.

    Raises:
        ModelError: see `import_weights`.
    """
    net = Fuser().eval()
    import_weights(net, weights)
    return net


@torch.no_grad()
def shapes_of(net: Fuser, rows: Vector, look_ahead_ms: int) -> Vector:
    """Return the 15 speech shapes (N, 15) in [0, 1] for rows (N, 80), silence before and after."""
    # Curve k is said with the row that ends at 10 k + look-ahead, and the net's answer n
    # follows padded row n + 47, which is row n - 1.
    late = look_ahead_ms // 10
    padded = np.pad(rows, ((CALL_ROWS, late), (0, 0)), constant_values=-1.0)
    branch = net.look_aheads_ms.index(look_ahead_ms)
    raw = net.steady(net(torch.from_numpy(padded.astype(np.float32))[None]))
    said = raw[0, late : late + len(rows), branch]
    return np.asarray(said.clamp(0.0, 1.0).numpy(), np.float32)


def weights_of(net: Fuser, rows: Vector, look_ahead_ms: int) -> Vector:
    """Return the same as ARKit weights (N, 52)."""
    shapes = torch.from_numpy(shapes_of(net, rows, look_ahead_ms))
    return np.asarray(net.to_arkit(shapes).numpy(), np.float32)
