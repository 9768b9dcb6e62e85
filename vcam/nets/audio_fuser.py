"""The Audio-aware Fuser (APB2FaceV2, section 3, figure 1): sound, pose and blink -> latent.

Audio (B, 1, 64, 60): 64 steps of 11.6 ms around the frame, 60 MFCC features each (the window
`mfcc` of vcam.media). Pose (B, 3): yaw, pitch, roll in radians; the paper's code orders them pitch,
roll, yaw, which a net trained from scratch cannot tell. Blink (B, 2): left and right eye, here
0 open .. 1 shut; the paper gives height / width of the eye, which falls as ours rises.
"""

import itertools

import torch
from torch import Tensor, nn

from vcam.nets.blocks import linears, start_relu

STEPS, FEATURES = 64, 60
"""Shape of the audio window."""
LANDMARKS = 106
"""Points of a face, x and y interleaved in a vector of 212, as pixels of the 256x256 crop."""
CROP = 256
LOUDNESS = 40.0
"""MFCC go to some hundreds; divided by this they are near 1, where the weights start."""
STEP_WIDTHS = (72, 108, 162, 243, 256)
"""Channels of the five convolutions along the features of each step."""


class SensesTrunk(nn.Module):
    """What both papers read from sound, pose and blink: 256, 64 and 64 features.

    Five convolutions see each time step alone, five more fuse the steps. APB2Face's text has four
    linear layers for the pose; its code has three like V2, and so have we.
    """

    def __init__(self, width: float = 1.0) -> None:
        """`width` scales the channels that sound goes through, for tests and small machines."""
        super().__init__()
        widths = [max(4, round(channels * width)) for channels in STEP_WIDTHS]
        wide = widths[-1]
        each_step: list[nn.Module] = []
        for before, after in itertools.pairwise([1, *widths]):
            each_step += [nn.Conv2d(before, after, (1, 3), (1, 2), (0, 1)), nn.ReLU()]
        over_steps: list[nn.Module] = []
        for _ in range(4):
            over_steps += [nn.Conv2d(wide, wide, (3, 1), (2, 1), (1, 0)), nn.ReLU()]
        over_steps += [nn.Conv2d(wide, wide, (4, 1), (4, 1)), nn.ReLU()]
        self.each_step = nn.Sequential(*each_step)
        self.over_steps = nn.Sequential(*over_steps)
        self.audio = nn.Linear(2 * wide, wide)
        self.pose = linears(3, 64, 64, 64)
        self.blink = linears(2, 64, 64, 64)
        self.width = wide + 64 + 64
        """Of what `forward` returns."""

    def forward(self, audio: Tensor, pose: Tensor, blink: Tensor) -> Tensor:
        """Return the three features side by side, (B, 384)."""
        steps = self.each_step(audio / LOUDNESS)  # (B, 256, 64, 2)
        return self._fused(steps, pose, blink)

    def of_rows(self, rows: Tensor, starts: Tensor, pose: Tensor, blink: Tensor) -> Tensor:
        """Return the same for windows that overlap: those of `rows` (R, 60) from `starts` (B,) on.

        Each step is seen alone at first, so what windows share is computed once: the same numbers
        at a third of the cost where successive frames of a recording are learned together.
        """
        steps = self.each_step(rows[None, None] / LOUDNESS)[0]  # (256, R, 2)
        places = starts[:, None] + torch.arange(STEPS, device=starts.device)
        return self._fused(steps[:, places].movedim(1, 0), pose, blink)

    def _fused(self, steps: Tensor, pose: Tensor, blink: Tensor) -> Tensor:
        fused = self.over_steps(steps).flatten(1)  # (B, 512)
        return torch.cat([self.audio(fused), self.pose(pose), self.blink(blink)], dim=1)


class AudioAwareFuser(nn.Module):
    """Sound, pose and blink -> a latent vector (B, 256) of zero mean and unit variance.

    Without arguments it is the paper's: 1,864,495 parameters, 128.4 MMACs. The latent is
    standardised sample by sample, as in the code. Landmarks are read off the latent, to supervise
    it in training (equation 6), so the layer that does it is not part of a frame.
    """

    def __init__(
        self, latent_dim: int = 256, landmarks: int = LANDMARKS, width: float = 1.0
    ) -> None:
        super().__init__()
        self.trunk = SensesTrunk(width)
        self.fuse = linears(self.trunk.width, latent_dim, latent_dim, latent_dim)
        self.landmarks = nn.Linear(latent_dim, 2 * landmarks)
        start_relu(self)
        start_in_middle(self.landmarks)

    def forward(self, audio: Tensor, pose: Tensor, blink: Tensor) -> Tensor:
        """Return the latent (B, 256)."""
        return standardise(self.fuse(self.trunk(audio, pose, blink)))

    def of_rows(self, rows: Tensor, starts: Tensor, pose: Tensor, blink: Tensor) -> Tensor:
        """Return the same for windows that overlap, see `SensesTrunk.of_rows`."""
        return standardise(self.fuse(self.trunk.of_rows(rows, starts, pose, blink)))

    def landmarks_of(self, latent: Tensor) -> Tensor:
        """Return the landmarks (B, 212) that the latent stands for."""
        points: Tensor = self.landmarks(latent)
        return points


def start_in_middle(landmarks: nn.Linear) -> None:
    """Let all landmarks start in the middle of the crop: it is far to go by small steps."""
    nn.init.constant_(landmarks.bias, CROP / 2)


def standardise(x: Tensor, eps: float = 1e-5) -> Tensor:
    """Give each row of `x` (B, N) zero mean and unit variance."""
    centred = x - x.mean(dim=1, keepdim=True)
    return centred * torch.rsqrt(centred.square().mean(dim=1, keepdim=True) + eps)
