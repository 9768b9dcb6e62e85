"""The pose flow of `lite`, fitted alone before anything else: seconds, for a head that turns right.

It needs no picture, only the studio's flow, and knows nothing but the pose. Left to the pictures it
lags behind, and what is drawn of turned heads in the meantime is a blur of misplaced eyes (seen in
training; alone it comes within 0.3 px of 256 in 1,500 steps, which is what expressions leave over).
"""

from collections.abc import Sequence
from math import cos, pi

import numpy as np
import torch
from torch import Tensor, nn

from vcam.media import Vector
from vcam.nets.lite_parts import PoseFlow
from vcam.studio.frames import FrameStore

SIDE = 32
"""Points along a side that are compared; the flow itself is coarser."""
STEPS, BATCH, LR = 1500, 8, 2e-3


def fit_pose_flow(net: PoseFlow, stores: Sequence[FrameStore], seed: int, frames: int) -> float:
    """Fit `net` in place to so many frames of each store; return the last error, pixels of 256."""
    random = np.random.default_rng(seed)
    sets = [_known(store, random, frames) for store in stores]
    pose, flow, valid = map(torch.cat, zip(*sets, strict=True))
    optimiser = torch.optim.Adam(net.parameters())
    error = 0.0
    for step in range(STEPS):
        optimiser.param_groups[0]["lr"] = LR * (0.5 + 0.5 * cos(pi * step / STEPS))
        some = torch.from_numpy(random.integers(len(pose), size=BATCH))
        wrong = ((net(pose[some], SIDE) - flow[some]).abs() * valid[some]).sum()
        cost = wrong / (2 * valid[some].sum()).clamp(min=1)
        optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(cost)
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
        error += (128 * float(cost.detach()) - error) / 100
    return error


def _known(
    store: FrameStore, random: np.random.Generator, frames: int
) -> tuple[Tensor, Tensor, Tensor]:
    """Return poses (N, 3), flows (N, 2, SIDE, SIDE) in halves of the picture, and where known."""
    chosen = random.choice(len(store), min(frames, len(store)), replace=False)
    flows, known = zip(*(_points(*store.flow(int(index)), store) for index in chosen), strict=True)
    poses = torch.from_numpy(store.labels.pose[chosen])
    flow = torch.from_numpy(np.stack(flows)).permute(0, 3, 1, 2)
    return poses, flow, torch.from_numpy(np.stack(known))[:, None]


def _points(flow: Vector, valid: np.ndarray, store: FrameStore) -> tuple[Vector, Vector]:
    step = flow.shape[0] // SIDE
    points = np.s_[step // 2 :: step, step // 2 :: step]
    return flow[points] / np.float32(int(store.card["size"]) / 2), valid[points].astype(np.float32)
