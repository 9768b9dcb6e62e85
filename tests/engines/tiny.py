"""A small model of every family, with random weights: what an engine needs to be tried."""

import hashlib
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
import yaml
from torch import nn

from tests.lite_faces import TINY, lively_net, make_face
from vcam.engines.card import ModelCard
from vcam.nets.apb2facev2 import APB2FaceV2, examples, senses_example
from vcam.nets.face_reenactor import FaceReenactor
from vcam.nets.geometry import GeometryPredictor
from vcam.training.export import export
from vcam.training.lite_export import export_lite

SIDE = 32
IDENTITY = "announcer3"


def _lively(net: nn.Module) -> nn.Module:
    """Draw weights so wide that every input shows in the picture."""
    torch.manual_seed(0)
    for parameter in net.parameters():
        nn.init.normal_(parameter, 0.0, 1.4 / max(1, parameter[0].numel()) ** 0.5)
    return net.eval()


def _card(folder: Path, family: str, net: dict[str, object]) -> ModelCard:
    """Write the card of what lies in `folder`, and return it as it would be read."""
    files = [file for file in folder.rglob("*") if file.is_file()]
    weights = {
        str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in files
    }
    card = {"family": family, "licence": "MIT", "data": "none: random numbers", "net": net}
    card["weights"] = weights
    (folder / "model.yaml").write_text(yaml.safe_dump(card))
    return ModelCard(folder.name, folder, family, "MIT", net=net, weights=dict(weights))


def still(folder: Path) -> ModelCard:
    """Return the card of a picture."""
    return _card(folder, "still", {"meter": True})


def apb2facev2(folder: Path) -> ModelCard:
    """Return the card of a small APB2FaceV2."""
    net = APB2FaceV2(latent_dim=16, width=0.1)
    _lively(net)
    export(net, examples(net, SIDE), folder)
    return _card(folder, "apb2facev2", {"side": SIDE, "sizes": {"latent_dim": 16, "width": 0.1}})


def apb2face(folder: Path) -> ModelCard:
    """Return the card of a small APB2Face for one identity."""
    predictor = GeometryPredictor(landmarks=10, width=0.1)
    _lively(predictor)
    with torch.no_grad():  # landmarks spread over the crop, and moved by some pixels
        predictor.head[-1].weight.mul_(4.0)
        predictor.head[-1].bias.uniform_(60.0, 200.0)
    export(predictor, {"predict": senses_example()}, folder)
    reenactor = FaceReenactor(channels=4, blocks=1)
    _lively(reenactor)
    drawing = {"face": {"drawing": torch.zeros(1, SIDE, SIDE)}}
    export(reenactor, drawing, folder / IDENTITY)
    net = {
        "side": SIDE,
        "predictor": {"landmarks": 10, "width": 0.1},
        "reenactor": {"channels": 4, "blocks": 1},
    }
    return _card(folder, "apb2face", net)


def lite(folder: Path) -> ModelCard:
    """Return the card of a small lite without a fuser, at 256, that knows two announcers."""
    looks = {IDENTITY: make_face(256), "announcer1": make_face(256, tone=60)}
    export_lite(lively_net(), looks, folder)
    (folder / "model.yaml").unlink()
    return _card(folder, "lite", {"side": 256, "sizes": asdict(TINY)})


@dataclass(frozen=True)
class Family:
    """How a family is tried."""

    write: Callable[[Path], ModelCard]
    moves: frozenset[str]
    """The inputs that change its picture."""


FAMILIES = {
    "still": Family(still, frozenset({"audio"})),
    "lite": Family(lite, frozenset({"pose", "blink"})),
    "apb2facev2": Family(apb2facev2, frozenset({"audio", "pose", "blink"})),
    "apb2face": Family(apb2face, frozenset({"audio", "pose", "blink"})),
}
"""A new family adds its line here; the contract tests exist already."""
