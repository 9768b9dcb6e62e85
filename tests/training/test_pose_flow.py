"""The pose flow, fitted alone: it finds a head's turn, and nothing where nothing is known."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import torch

from vcam.media import Vector
from vcam.nets.lite_parts import PoseFlow
from vcam.training import pose_flow
from vcam.training.pose_flow import SIDE, fit_pose_flow


class Turned:
    """A store of frames in which a turn of the head moves all of it aside."""

    def __init__(self, known: bool = True) -> None:
        self.card = {"size": 512}
        self._known = known
        poses = np.random.default_rng(0).uniform(-0.3, 0.3, (40, 3)).astype(np.float32)
        self.labels = SimpleNamespace(pose=poses)

    def __len__(self) -> int:
        return len(self.labels.pose)

    def flow(self, index: int) -> tuple[Vector, Any]:
        """Return the flow of a frame."""
        flow = np.zeros((128, 128, 2), np.float32)
        flow[..., 0] = 100 * self.labels.pose[index, 0]
        return flow, np.full((128, 128), self._known)


def fitted(store: Turned) -> tuple[PoseFlow, float]:
    torch.manual_seed(0)
    net = PoseFlow()
    return net, fit_pose_flow(net, [store], seed=0, frames=40)  # type: ignore[list-item]


def test_it_learns_how_a_head_turns(monkeypatch: Any) -> None:
    monkeypatch.setattr(pose_flow, "STEPS", 400)
    net, error = fitted(Turned())
    assert error < 1.0  # of 12 pixels of 256 on average
    with torch.no_grad():
        aside = net(torch.tensor([[0.2, 0.0, 0.0]]), SIDE)[0, 0].mean()
    assert abs(256 * float(aside) - 20.0) < 2.0  # of 512 pixels


def test_what_is_not_known_teaches_nothing(monkeypatch: Any) -> None:
    monkeypatch.setattr(pose_flow, "STEPS", 3)
    torch.manual_seed(0)
    before = PoseFlow().state_dict()
    net, error = fitted(Turned(known=False))
    assert error == 0.0
    assert all(torch.equal(before[name], after) for name, after in net.state_dict().items())
