"""What a picture of `lite` costs: the flow all the way to the skin, and structure."""

from types import SimpleNamespace

import cv2
import numpy as np
import pytest
import torch

from tests.lite_faces import CORNERS
from vcam.nets.composing import Look
from vcam.nets.lite import Layers
from vcam.nets.lite_plan import MOUTH, PICTURES, UNITS
from vcam.similarity import ssim_map
from vcam.training.lite_loss import flow_cost, structure_cost


def flow_of(rows: slice, columns: slice, lips: float = 0.0, carried: float = 0.1) -> float:
    """Return the cost where the true flow is 0, and the net's is `carried` in a place."""
    truth = torch.zeros(1, 2, 64, 64)
    weight = torch.ones(1, 1, 256, 256)
    known = torch.zeros(1, 1, 64, 64)
    known[:, :, rows, columns] = 1
    batch = SimpleNamespace(flow=truth, flow_valid=known, weight=weight, window=None)
    pictures = torch.zeros(1, 3 * len(PICTURES), 256, 256)
    look = Look(pictures, torch.zeros(1, 3, 256, 256), torch.tensor(CORNERS))
    mouth = torch.full((1, 2 * len(MOUTH.sources), 32, 40), lips)
    layers = Layers(torch.full_like(truth, carried), (), (), mouth, (), truth)
    return float(flow_cost(layers, batch, look))  # type: ignore[arg-type]


def test_the_flow_counts_outside_the_eyes_alone() -> None:
    assert flow_of(slice(0, 8), slice(0, 8)) > 0
    assert flow_of(slice(44, 50), slice(28, 36)) > 0  # within the mouth
    assert flow_of(slice(30, 34), slice(33, 38)) == 0.0  # within the left eye


def test_within_the_mouth_what_the_patch_moves_counts_too() -> None:
    place = slice(44, 46), slice(30, 34)
    undone = -0.1 * UNITS / MOUTH.width  # in halves of the region, across
    assert flow_of(*place, lips=undone) < 0.6 * flow_of(*place)
    assert flow_of(*place, lips=0.1) > flow_of(*place)
    assert flow_of(slice(0, 8), slice(0, 8), lips=0.1) == flow_of(slice(0, 8), slice(0, 8))


def test_structure_is_that_of_the_figure_and_blur_is_dear() -> None:
    random = np.random.default_rng(0)
    truth = random.random((1, 1, 48, 64)).astype(np.float32).repeat(3, 1)
    blurred = cv2.GaussianBlur(truth[0].transpose(1, 2, 0), (0, 0), 0.7).transpose(2, 0, 1)[None]
    pair = torch.from_numpy(blurred), torch.from_numpy(truth)
    cost = float(structure_cost(*pair, torch.ones(1, 1, 48, 64)))
    grey = [(255 * plane[0]).numpy().transpose(1, 2, 0) for plane in pair]
    assert cost == pytest.approx(1 - ssim_map(*grey).mean(), abs=1e-4)  # type: ignore[arg-type]
    assert cost > 0.1
    assert float(structure_cost(pair[1], pair[1], torch.ones(1, 1, 48, 64))) < 1e-5
