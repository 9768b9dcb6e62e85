"""The audio-aware fuser of the default engine: a window of sound -> the speech part of a face.

After APB2FaceV2's Fuser (section 3): convolutions along frequency, one time row for itself, then
convolutions along time, then linear layers. On purpose it differs: 80-band log-mel at 10 ms, less
the running mean of the voice, instead of MFCC at 44.1 kHz; a window of 480 ms instead of 743; the
audio branch alone, because the expression is merged with blinks, gaze and mood by their names, not
by the net; and one last branch for each look-ahead, all on one trunk, so that one set of weights
serves every latency.

    rows      0 1 2 ... 47 (newest)     10 ms each
    time 1    4 rows, step 2  -> 23
    time 2    3, step 2       -> 11
    time 3    3, step 2       -> 5
    time 4    5               -> 1      -> branch of a look-ahead -> 52 weights

Over a whole recording (`forward`) the steps become dilations, which gives the same numbers at every
row. A stream (`step`) does the same for its new rows alone, on what every layer held of the rows
before, an eighth of the work. A call averages three answers, so its window has 50 rows.
"""

from collections.abc import Mapping, Sequence
from typing import Literal, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from vcam.arkit import ARKIT_INDEX, ARKIT_NAMES

WINDOW_ROWS = 48
STEADY = 3
"""Answers that a call averages: the newest of three rows in a row, which takes the tremble out."""
CALL_ROWS = WINDOW_ROWS + STEADY - 1
BANDS = 80
BLOCK_ROWS = 4
"""Rows that a call takes at once: what a frame at 30 a second brings."""
LOOK_AHEADS_MS = (0, 40, 80, 200)
"""200 is too late for a call; it is the teacher, and the ceiling of the evaluation."""
LIVE_MS = (40, 80)
"""What calls use: low-latency, and with a delayed voice."""

SPEECH_SHAPES: tuple[str, ...] = (
    "jawOpen", "jawForward", "mouthClose", "mouthFunnel", "mouthPucker", "mouthSmile",
    "mouthDimple", "mouthStretch", "mouthRollLower", "mouthRollUpper", "mouthShrugLower",
    "mouthPress", "mouthLowerDown", "mouthUpperUp", "tongueOut",
)  # fmt: skip
"""What speech moves, by ARKit name; without a side: both sides alike, for sound has no sides."""

_TIME = ((4, 2), (3, 2), (3, 2), (5, 1))  # (kernel, step): 48 rows -> 1
_SPACING = (1, 2, 4, 8)  # rows from one tap of a layer to the next: the steps before, multiplied
HELD_ROWS = tuple((kernel - 1) * apart for (kernel, _), apart in zip(_TIME, _SPACING, strict=True))
"""Rows that each layer along time must have held of its input: 3, 4, 8, 32."""


class Fuser(nn.Module):
    """Normalised log-mel rows in, weights of the 52 ARKit shapes out.

    With look-ahead a, the answer after a row that ends at time t describes the face at t - a + 5
    ms: rows end on a grid of 10 ms, frames fall anywhere between.
    """

    placing: Tensor

    def __init__(
        self,
        frequency: Sequence[int] = (16, 32, 48),
        channels: int = 192,
        branch: int = 128,
        look_aheads_ms: Sequence[int] = LOOK_AHEADS_MS,
        dropout: float = 0.0,
    ) -> None:
        """Build it with random weights.

        `frequency` are the channels of the convolutions along frequency, `channels` the width of a
        row's embedding and of the convolutions along time, `branch` the width of the hidden layer
        of each look-ahead's branch. Without arguments it is the shipped size: 759,340 parameters.
        `dropout` is the share of channels that training hides from each layer along time.
        """
        super().__init__()
        self.channels = channels
        self.dropout = dropout
        self.look_aheads_ms = tuple(look_aheads_ms)
        widths = (1, *frequency)
        self.frequency = nn.ModuleList(
            nn.Conv2d(few, many, (1, kernel), (1, 2), (0, kernel // 2))
            for few, many, kernel in zip(widths[:-1], widths[1:], (5, 3, 3), strict=True)
        )
        self.row = nn.Linear(frequency[-1] * BANDS // 8, channels)
        self.row_norm = nn.LayerNorm(channels)
        self.time = nn.ModuleList(nn.Conv2d(channels, channels, (1, kernel)) for kernel, _ in _TIME)
        self.branches = nn.ModuleDict(
            {str(ahead): _branch(channels, branch) for ahead in self.look_aheads_ms}
        )
        self.register_buffer("placing", _placing(), persistent=False)
        # A CPU runs these convolutions twice as fast with the channels innermost.
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def forward(self, rows: Tensor, every: Literal[1, 2] = 1) -> Tensor:
        """Return raw weights (B, N, look-aheads, 15) for rows (B, T, 80), T >= 48.

        Item n answers after row 47 + n * every: at all of them N = T - 47, at every second one it
        is half the work. Not limited to [0, 1]: a limit would stop the learning.
        """
        latent = self._along_time(self.embed(rows), every)
        return torch.stack([branch(latent) for branch in self.branches.values()], dim=2)

    def embed(self, rows: Tensor) -> Tensor:
        """Return embeddings (B, T, channels) of rows (B, T, 80), each of its row alone."""
        x = rows[:, None]  # (B, 1, T, 80)
        for convolution in self.frequency:
            x = F.relu(convolution(x))
        x = x.permute(0, 2, 3, 1).flatten(2)  # (B, T, 10 * channels): as it lies in memory
        embedded: Tensor = F.relu(self.row_norm(self.row(x)))
        return embedded

    def step(self, rows: Tensor, held: Sequence[Tensor], look_ahead_ms: int) -> tuple[Tensor, ...]:
        """Go on by a block: rows (B, 4, 80), and what each layer held, (B, HELD_ROWS, channels).

        Returns the weights (B, 52) in [0, 1] after the newest row, the mean of the last three
        answers, and each layer's input at the block's rows, (B, 4, channels), to be held.
        """
        x = self.embed(rows)
        fresh = []
        for layer, apart, before in zip(self.time, _SPACING, held, strict=True):
            fresh.append(x)
            convolution = cast(nn.Conv2d, layer)
            known = torch.cat([before, x], dim=1)
            firsts = range(0, before.shape[1] + 1, apart)
            taps = [known[:, first : first + BLOCK_ROWS] for first in firsts]
            # As a product: for so few rows torch's convolution takes 1.4 ms instead of 0.3.
            weight = convolution.weight.permute(0, 2, 3, 1).flatten(1)
            x = F.relu(F.linear(torch.cat(taps, dim=2), weight, convolution.bias))
        raw = self.branches[str(look_ahead_ms)](x[:, -STEADY:])
        return self.to_arkit(raw.mean(dim=1)), *fresh

    def to_arkit(self, raw: Tensor) -> Tensor:
        """Return ARKit weights (..., 52) in [0, 1] of raw ones (..., 15)."""
        return raw.clamp(0.0, 1.0) @ self.placing

    @staticmethod
    def steady(raw: Tensor) -> Tensor:
        """Return what `step` makes of raw answers (B, N, ...): (B, N - 2, ...), not limited."""
        return (raw[:, :-2] + raw[:, 1:-1] + raw[:, 2:]) / STEADY

    def graphs(self) -> Mapping[str, nn.Module]:
        """Return `step_40` and `step_80`, one for each look-ahead of calls."""
        return {f"step_{ahead}": _Step(self, ahead) for ahead in LIVE_MS}

    def examples(self) -> Mapping[str, Mapping[str, Tensor]]:
        """Return inputs of the shapes that the graphs have in a call."""
        held = {
            f"held_{layer}": torch.zeros(1, rows, self.channels)
            for layer, rows in enumerate(HELD_ROWS, 1)
        }
        example = {"rows": torch.zeros(1, BLOCK_ROWS, BANDS), **held}
        return {f"step_{ahead}": example for ahead in LIVE_MS}

    def _along_time(self, embedded: Tensor, every: int) -> Tensor:
        """Return latents (B, N, channels) after every `every`-th row from row 47 on.

        A layer steps on as long as the steps so far divide `every`; from there on its step is
        spread out as the spacing of the layers that follow.
        """
        x = embedded.transpose(1, 2)[:, :, None]  # (B, channels, 1, T)
        behind = 1  # rows from one value of x to the next
        spacing = 1  # rows from one tap of this layer to the next
        for layer, (_, step) in zip(self.time, _TIME, strict=True):
            convolution = cast(nn.Conv2d, layer)
            taps = (1, spacing // behind)
            stride = step if spacing * step <= every else 1
            x = F.dropout2d(x, self.dropout, self.training)
            x = F.conv2d(x, convolution.weight, convolution.bias, (1, stride), dilation=taps)
            x = F.relu(x)
            behind *= stride
            spacing *= step
        return x[:, :, 0].transpose(1, 2)


def _branch(channels: int, hidden: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(channels, hidden), nn.ReLU(), nn.Linear(hidden, len(SPEECH_SHAPES))
    )


class _Step(nn.Module):
    def __init__(self, net: Fuser, look_ahead_ms: int) -> None:
        super().__init__()
        self.net, self._look_ahead_ms = net, look_ahead_ms

    def forward(
        self, rows: Tensor, held_1: Tensor, held_2: Tensor, held_3: Tensor, held_4: Tensor
    ) -> tuple[Tensor, ...]:
        """See `Fuser.step`; of a batch of one."""
        return self.net.step(rows, (held_1, held_2, held_3, held_4), self._look_ahead_ms)


def _placing() -> Tensor:
    """Return the matrix (15, 52) that puts each speech shape where ARKit has it."""
    placing = torch.zeros(len(SPEECH_SHAPES), len(ARKIT_NAMES))
    for index, name in enumerate(SPEECH_SHAPES):
        for full in (name,) if name in ARKIT_INDEX else (f"{name}Left", f"{name}Right"):
            placing[index, ARKIT_INDEX[full]] = 1.0
    return placing
