"""Writes a trained `lite` as a model: weights, graph, identities, and the start of its card."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import torch
import yaml
from torch import Tensor

from vcam.arkit import ARKIT_NAMES
from vcam.engines.lite_state import SUFFIX, save_state
from vcam.nets.composing import Look
from vcam.nets.lite import Lite
from vcam.runtimes.base import WEIGHTS
from vcam.runtimes.torch import import_weights
from vcam.training.export import export
from vcam.training.lite_identity import make_state

FUSER = "fuser"
"""The model in front: sound to mouth."""


def export_lite(net: Lite, looks: Mapping[str, Look], folder: Path) -> None:
    """Write the net and its identities, all of one side, into `folder`."""
    first = next(iter(looks.values()))
    files = export(net, {"frame": example(net, first)}, folder)
    import_weights(net, folder / WEIGHTS)  # rounded: what the call's weights will be
    for name, look in looks.items():
        save_state(make_state(net, look, name, files[WEIGHTS]), folder / f"{name}{SUFFIX}")
    card = {
        "family": "lite",
        "licence": "MIT",
        "data": f"the studio's renderings of {', '.join(looks)} (ours, MIT)",
        "net": {"side": first.backdrop.shape[-1], "fuser": FUSER, "sizes": asdict(net.size)},
        "weights": dict(sorted(hashes(folder).items())),
    }
    (folder / "model.yaml").write_text(yaml.safe_dump(card, sort_keys=False), encoding="utf-8")


@torch.no_grad()
def example(net: Lite, look: Look) -> dict[str, Tensor]:
    """Return inputs of the graph `frame` by name."""
    features = net.eval().encode(*look)
    controls = {
        "expression": torch.zeros(1, len(ARKIT_NAMES)),
        "pose": torch.zeros(1, 3),
        "gaze": torch.zeros(1, 2),
    }
    return dict(features._asdict()) | {"corners": look.corners} | controls


def hashes(folder: Path) -> dict[str, str]:
    """Return the sha256 of every file that a card in `folder` vouches for."""
    files = [file for file in folder.iterdir() if file.suffix != ".yaml"]
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}
