"""The fast epilogue draws what the plain composing draws."""

import numpy as np
import pytest
import torch

from tests.lite_faces import lively_net, make_face
from vcam.engines.epilogue import Epilogue, Strokes, ramp
from vcam.media import Image
from vcam.nets import composing
from vcam.nets.composing import Look, compose
from vcam.nets.lite import Lite
from vcam.nets.lite_frame import LiteFrame
from vcam.similarity import psnr_db
from vcam.training.lite_identity import make_state

WANTED_DB = 45.0


def both(net: Lite, look: Look, seed: int) -> tuple[Image, Image]:
    """Return one frame as the plain path and as the epilogue draw it, RGBA."""
    torch.manual_seed(seed)
    controls = torch.rand(1, 52), 0.2 * torch.randn(1, 3), 0.5 * torch.randn(1, 2)
    with torch.no_grad():
        features = net.encode(*look)
        plain = torch.cat(compose(net(features, look.corners, *controls), look), 1)
        outputs = LiteFrame(net)(*features, look.corners, *controls)
    state = make_state(net, look, "drawn", "")
    fast = Epilogue(state).compose(Strokes.of([output.numpy() for output in outputs]))
    return (plain[0].permute(1, 2, 0) * 255).round().byte().numpy(), fast


@pytest.mark.parametrize(("side", "seed"), [(256, 0), (256, 1), (512, 2)])
def test_the_fast_path_is_the_plain_path_but_for_rounding(side: int, seed: int) -> None:
    look = make_face(side)
    plain, fast = both(lively_net(seed=seed), look, seed)
    assert fast.shape == plain.shape == (side, side, 4)
    assert psnr_db(fast, plain) >= WANTED_DB
    rest = (look.picture("rest")[0].permute(1, 2, 0) * 255).round().byte().numpy()
    assert psnr_db(plain[..., :3], rest) < 30.0  # the frames differ from the still by far more


def test_parity_is_not_the_test_being_blind() -> None:
    look = make_face(256)
    plain, fast = both(lively_net(), look, 0)
    assert psnr_db(np.roll(fast, 1, axis=1), plain) < WANTED_DB


def test_one_frame_leaves_nothing_in_the_next() -> None:
    net, look = lively_net(), make_face(256)
    epilogue, frame = Epilogue(make_state(net, look, "drawn", "")), LiteFrame(net)
    with torch.no_grad():
        features = net.encode(*look)
    frames = []
    for amount in (0.0, 1.0, 0.0):
        with torch.no_grad():
            controls = torch.full((1, 52), amount), torch.zeros(1, 3), torch.zeros(1, 2)
            outputs = frame(*features, look.corners, *controls)
        frames.append(epilogue.compose(Strokes.of([output.numpy() for output in outputs])))
    assert np.array_equal(frames[0], frames[2])
    assert not np.array_equal(frames[0], frames[1])


def test_both_paths_have_the_same_rim() -> None:
    assert np.allclose(ramp(64, 80, 4), composing.ramp(64, 80, 4).numpy())
