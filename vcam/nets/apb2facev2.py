"""APB2FaceV2 as a whole (figure 1): the fuser and the reenactor, and the three graphs of a call."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from vcam.nets.audio_fuser import FEATURES, LANDMARKS, STEPS, AudioAwareFuser
from vcam.nets.blocks import to_pixels
from vcam.nets.reenactor import MultiFaceReenactor


class APB2FaceV2(nn.Module):
    """Reference face, sound, pose and blink -> face; without arguments the paper's sizes.

    5,949,695 parameters; the 4.085 M of the paper's table 2 are the reenactor alone.
    """

    def __init__(
        self, latent_dim: int = 256, width: float = 1.0, landmarks: int = LANDMARKS
    ) -> None:
        super().__init__()
        self.fuser = AudioAwareFuser(latent_dim, landmarks, width)
        self.reenactor = MultiFaceReenactor(latent_dim, width)

    def forward(self, reference: Tensor, audio: Tensor, pose: Tensor, blink: Tensor) -> Tensor:
        """Return the face (B, 3, H, W) in [-1, 1], everything computed: the plain path."""
        face: Tensor = self.reenactor(reference, self.fuser(audio, pose, blink))
        return face

    def graphs(self) -> Mapping[str, nn.Module]:
        """Return `encode`, run once for an identity, and `latent` and `frame`, for each frame.

        They are apart so that the fuser can keep the digits of fp32, and the reenactor need not.
        """
        return {"encode": _Encode(self), "latent": self.fuser, "frame": _Frame(self)}


def senses_example() -> dict[str, Tensor]:
    """Return sound, pose and blink of one frame, of the shapes that they always have."""
    shapes = {"audio": (1, 1, STEPS, FEATURES), "pose": (1, 3), "blink": (1, 2)}
    return {name: torch.zeros(shape) for name, shape in shapes.items()}


@torch.no_grad()
def examples(net: APB2FaceV2, side: int) -> dict[str, dict[str, Tensor]]:
    """Return inputs of every graph for pictures of `side` x `side`."""
    face, senses = torch.zeros(1, 3, side, side), senses_example()
    frame = {"features": net.reenactor.encode(face), "latent": net.fuser(**senses)}
    return {"encode": {"reference": face}, "latent": senses, "frame": frame}


class _Encode(nn.Module):
    def __init__(self, net: APB2FaceV2) -> None:
        super().__init__()
        self.net = net

    def forward(self, reference: Tensor) -> Tensor:
        """Reference (1, 3, H, W) in [-1, 1] -> features (1, 152, H/4, W/4)."""
        return self.net.reenactor.encode(reference)


class _Frame(nn.Module):
    def __init__(self, net: APB2FaceV2) -> None:
        super().__init__()
        self.net = net

    def forward(self, features: Tensor, latent: Tensor) -> Tensor:
        """Features and latent (1, 256) -> uint8 (1, H, W, 3)."""
        return to_pixels(self.net.reenactor.reenact(features, latent))
