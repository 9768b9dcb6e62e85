"""One fuser of several: the mean of their weights, and how readily its lips meet.

The mean of nets that went on from one another lies deeper in their common valley than each of them
and holds for voices that none has heard ("model soups", Wortsman and others, 2022).
"""

from collections.abc import Sequence
from pathlib import Path
from typing import cast

import torch
from torch import nn

from vcam.nets.fuser import SPEECH_SHAPES, Fuser
from vcam.training.answers import load_fuser
from vcam.training.lips import Lips

_JAW, _CLOSE = (SPEECH_SHAPES.index(name) for name in ("jawOpen", "mouthClose"))
_CLOSE_SHARE = 0.75
"""What is left of mouthClose: it says a net's doubt as well as its closures, so that less of it and
more of a lower jaw closes the same lips for fewer wrong ones (validation voices: the best share of
it for the aperture is .55, of the jaw 1.05)."""


@torch.no_grad()
def mean_of(files: Sequence[Path]) -> Fuser:
    """Return the fuser whose weights are the mean of those in `files`; they weigh alike.

    Raises:
        ModelError: see `import_weights`.
    """
    first, *others = (load_fuser(file) for file in files)
    for name, tensor in first.state_dict().items():
        parts = [tensor, *(other.state_dict()[name] for other in others)]
        tensor.copy_(torch.stack(parts).mean(dim=0))
    return first


@torch.no_grad()
def close(net: Fuser, lips: Lips, aperture: float) -> None:
    """Let the jaw open less, by so much that the lips part less by `aperture`, at every moment.

    With less of mouthClose, see above, a closure needs more `aperture` than it would alone.
    A net that is unsure whether lips meet says a little of both; this chooses where its doubt
    becomes a closure. A mouth at rest stays at rest, for weights are not below 0.
    """
    for branch in net.branches.values():
        last = cast(nn.Linear, cast(nn.Sequential, branch)[-1])
        last.bias[_JAW] -= aperture / lips.gap[_JAW]
        last.weight[_CLOSE] *= _CLOSE_SHARE
        last.bias[_CLOSE] *= _CLOSE_SHARE
