"""Features of pictures for distances between sets of them: our own net's, or a user's."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from vcam.engines.apb2facev2 import NET
from vcam.engines.card import load_card
from vcam.errors import InputError, ModelError
from vcam.media import Image
from vcam.profile import EngineSettings
from vcam.runtimes import exact, load_program
from vcam.runtimes.base import Graph

Features = NDArray[np.float64]
_MODEL = "apb2facev2"
_BATCH = 16


def own_features() -> Callable[[list[Image]], Features] | None:
    """Return what gives features (N, 304) of pictures, or None where the model is not there.

    They are mean and deviation of each channel of the encoder of our own trained APB2FaceV2, in
    fp32: distances are to be the same on every machine.
    """
    try:
        card = load_card(_MODEL)
    except ModelError:
        return None
    options = dict(card.net.get("sizes", {}))
    encode = load_program(Graph(card.folder, "encode", NET, options), exact(EngineSettings()))
    side = int(card.net["side"])

    def features(pictures: list[Image]) -> Features:
        rows = []
        for picture in pictures:
            planes = _planes([picture], side) / 127.5 - 1.0
            (found,) = encode.run(reference=planes.numpy())
            rows.append(np.concatenate([found[0].mean(axis=(1, 2)), found[0].std(axis=(1, 2))]))
        return np.array(rows, np.float64)

    return features


class Scripted:
    """A user's TorchScript file."""

    def __init__(self, file: Path) -> None:
        """Load it; InputError where it is none."""
        try:
            self._net = torch.jit.load(str(file), map_location="cpu").eval()  # type: ignore[no-untyped-call]
        except (RuntimeError, ValueError, OSError):
            raise InputError(f"{file} is no TorchScript file that torch can read") from None

    @torch.inference_mode()
    def features(self, pictures: list[Image]) -> Features:
        """Return features (N, D) of pictures, given as uint8 (N, 3, H, W)."""
        parts = [
            self._net(_planes(pictures[n : n + _BATCH]).to(torch.uint8)).flatten(1)
            for n in range(0, len(pictures), _BATCH)
        ]
        return torch.cat(parts).double().numpy()

    @torch.inference_mode()
    def distance(self, drawn: list[Image], truth: list[Image]) -> float:
        """Return the mean distance of pairs, given as (N, 3, H, W) in [-1, 1]."""
        one, other = (_planes(pictures) / 127.5 - 1.0 for pictures in (drawn, truth))
        return float(self._net(one, other).mean())


def _planes(pictures: list[Image], side: int | None = None) -> torch.Tensor:
    """Return pictures as float (N, 3, H, W), 0 .. 255."""
    planes = torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).float()
    if side is None or planes.shape[-1] == side:
        return planes
    return torch.nn.functional.interpolate(planes, (side, side), mode="area")
