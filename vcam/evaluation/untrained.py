"""Networks at full size with random weights: good for what they cost, nothing else."""

from collections.abc import Callable
from pathlib import Path

import torch

from vcam.engines import apb2facev2
from vcam.engines.card import ModelCard
from vcam.engines.lite_state import SUFFIX, save_state
from vcam.engines.senses import senses
from vcam.evaluation.macs import macs, parameters
from vcam.identity import Identity
from vcam.media import Controls, Image
from vcam.nets.apb2facev2 import APB2FaceV2, examples, senses_example
from vcam.nets.blocks import to_pixels
from vcam.nets.composing import Look
from vcam.nets.face_reenactor import FaceReenactor
from vcam.nets.geometry import GeometryPredictor
from vcam.nets.lite import Lite
from vcam.nets.lite_plan import PICTURES
from vcam.runtimes.base import Graph
from vcam.runtimes.torch import load_weights
from vcam.training.export import export
from vcam.training.face_frames import shrink
from vcam.training.lite_export import example
from vcam.training.lite_identity import make_state

Draw = Callable[[Controls], Image]


def write_untrained(family: str, side: int, identity: Identity, folder: Path) -> ModelCard:
    """Write a model of `family` that draws `side` x `side` into a folder of its own."""
    torch.manual_seed(0)
    place = folder / family
    figures = UNTRAINED[family](side, identity, place)
    weights = {"net.safetensors": "random"}
    measured = {**figures, "weights": "random"}
    net = {"side": side}
    return ModelCard(family, place, family, "MIT", net=net, weights=weights, measured=measured)


def _write_v2(side: int, _identity: Identity, folder: Path) -> dict[str, float]:
    net, face = APB2FaceV2().eval(), torch.zeros(1, 3, side, side)
    export(net, examples(net, side), folder)
    count = macs(net, lambda: net(face, **senses_example()))
    return {"parameters": parameters(net), "gmacs": round(count / 1e9, 3)}


def _write_v1(side: int, identity: Identity, folder: Path) -> dict[str, float]:
    predictor, reenactor = GeometryPredictor().eval(), FaceReenactor().eval()
    export(predictor, {"predict": senses_example()}, folder)
    drawing = {"face": {"drawing": torch.zeros(1, side, side)}}
    export(reenactor, drawing, folder / identity.folder.name)
    count = macs(predictor, lambda: predictor(**senses_example()))
    count += macs(reenactor, lambda: reenactor(torch.zeros(1, 3, side, side)))
    size = parameters(predictor) + parameters(reenactor)
    return {"parameters": size, "gmacs": round(count / 1e9, 3)}


def _write_lite(side: int, identity: Identity, folder: Path) -> dict[str, float]:
    x, y, width, height = identity.card.face_box
    face = shrink(identity.plate[y : y + height, x : x + width, :3], side)
    planes = torch.from_numpy(face).permute(2, 0, 1)[None].float() / 255
    look = Look(planes.repeat(1, len(PICTURES), 1, 1), planes, torch.tensor(_LITE_CORNERS))
    net = Lite().eval()
    given = example(net, look)
    export(net, {"frame": given}, folder)
    state = make_state(net, look, identity.card.name, weights="random")
    save_state(state, folder / f"{identity.card.name}{SUFFIX}")
    graph = net.graphs()["frame"]
    count = macs(graph, lambda: graph(**given))
    each_frame = parameters(net) - parameters(net.encoder)
    return {"parameters": each_frame, "gmacs": round(count / 1e9, 3)}


_LITE_CORNERS = ((19, 11), (14, 16), (14, 11))

UNTRAINED: dict[str, Callable[[int, Identity, Path], dict[str, float]]] = {
    "apb2facev2": _write_v2,
    "apb2face": _write_v1,
    "lite": _write_lite,
}
"""Family -> what writes its files into a folder and counts parameters and GMACs a frame."""


def plain_v2(card: ModelCard, identity: Identity) -> Draw:
    """Return APB2FaceV2 as its code runs it: the reference is encoded anew for each frame."""
    config = apb2facev2.read_config(card)
    net = APB2FaceV2(**vars(config.sizes))
    load_weights(net, Graph(card.folder, "frame", apb2facev2.NET))
    net.eval()
    face = torch.from_numpy(apb2facev2.reference(identity, config.side))

    @torch.inference_mode()
    def draw(controls: Controls) -> Image:
        given = {name: torch.from_numpy(array) for name, array in senses(controls).items()}
        image: Image = to_pixels(net(face, **given))[0].numpy()
        return image

    return draw


PLAIN_PATHS: dict[str, Callable[[ModelCard, Identity], Draw]] = {"apb2facev2": plain_v2}
"""Families that do less for each frame than their paper's code; for others the torch runtime is
the plain path."""
