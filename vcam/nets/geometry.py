"""The geometry predictor of APB2Face (section 4, equation 3) and its landmark discriminator."""

from collections.abc import Mapping
from typing import cast

import torch
from torch import Tensor, nn

from vcam.nets.audio_fuser import LANDMARKS, SensesTrunk, start_in_middle
from vcam.nets.blocks import linears, start_relu


class GeometryPredictor(nn.Module):
    """Sound, pose and blink -> landmarks (B, 212), x and y interleaved, pixels of the 256 crop.

    Without arguments it is the paper's: 1,723,359 parameters, 128.2 MMACs. Two linear layers after
    the trunk, as text and code say.
    """

    def __init__(self, landmarks: int = LANDMARKS, width: float = 1.0) -> None:
        super().__init__()
        self.trunk = SensesTrunk(width)
        self.head = linears(self.trunk.width, 240, 2 * landmarks)
        start_relu(self)
        start_in_middle(self.last)

    @property
    def last(self) -> nn.Linear:
        """The layer whose outputs are landmarks."""
        return cast(nn.Linear, self.head[-1])

    def forward(self, audio: Tensor, pose: Tensor, blink: Tensor) -> Tensor:
        """Return the landmarks (B, 212)."""
        points: Tensor = self.head(self.trunk(audio, pose, blink))
        return points

    def of_rows(self, rows: Tensor, starts: Tensor, pose: Tensor, blink: Tensor) -> Tensor:
        """Return the same for windows that overlap, see `SensesTrunk.of_rows`."""
        points: Tensor = self.head(self.trunk.of_rows(rows, starts, pose, blink))
        return points

    def graphs(self) -> Mapping[str, nn.Module]:
        """Return `predict`: the whole net."""
        return {"predict": self}


class LandmarkDiscriminator(nn.Module):
    """Tell true from predicted landmarks (equation 4): 1,880,385 parameters.

    The text has seven linear layers. The code has two towers of five, for the landmarks in question
    and for those of another frame of the same person, and three more that join them: followed here.
    Neither names the activation; ours is leaky ReLU 0.2, as in their picture discriminator.
    """

    def __init__(self, landmarks: int = LANDMARKS) -> None:
        super().__init__()
        widths = (2 * landmarks, 512, 512, 512, 512, 64)
        self.asked = _leaky(linears(*widths))
        self.other = _leaky(linears(*widths))
        self.join = _leaky(linears(128, 128, 32, 1))

    def forward(self, landmarks: Tensor, other: Tensor) -> Tensor:
        """Return a score (B, 1), 1 for true; `landmarks` and `other` (B, 212) in pixels."""
        seen = [self.asked(landmarks / 128.0 - 1.0), self.other(other / 128.0 - 1.0)]
        score: Tensor = self.join(torch.cat(seen, dim=1))
        return score


def _leaky(net: nn.Sequential) -> nn.Sequential:
    """Return the same layers with leaky activations."""
    return nn.Sequential(*(nn.LeakyReLU(0.2) if isinstance(m, nn.ReLU) else m for m in net))
