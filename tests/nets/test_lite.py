"""The network of `lite`: its budgets, its figure, and what each control reaches."""

from itertools import product

import pytest
import torch
from torch import Tensor

from tests.lite_faces import CORNERS, TINY, lively_net, make_face
from vcam.arkit import ARKIT_INDEX, ARKIT_NAMES
from vcam.evaluation.macs import macs, parameters
from vcam.nets.composing import compose, ramp
from vcam.nets.lite import CELL, Lite, crop, cut, sample
from vcam.nets.lite_plan import MOUTH, PICTURES, REGIONS, Region, Window
from vcam.training.face_frames import inner

SIDE = 256


def controls(batch: int = 1, **weights: float) -> tuple[Tensor, Tensor, Tensor]:
    expression = torch.zeros(batch, len(ARKIT_NAMES))
    for name, weight in weights.items():
        expression[:, ARKIT_INDEX[name]] = weight
    return expression, torch.zeros(batch, 3), torch.zeros(batch, 2)


def picture(net: Lite, moved: tuple[Tensor, Tensor, Tensor]) -> Tensor:
    look = make_face(SIDE)
    with torch.no_grad():
        features = net.encode(*look)
        return compose(net(features, look.corners, *moved), look)[0]


@pytest.mark.parametrize(("side", "most"), [(256, 0.8e9), (512, 3.0e9)])
def test_a_frame_stays_within_its_budget(side: int, most: float) -> None:
    net = Lite().eval()
    corners = torch.tensor(CORNERS)
    with torch.no_grad():
        features = net.encode(
            torch.rand(1, 3 * len(PICTURES), side, side), torch.rand(1, 3, side, side), corners
        )
    each_frame = parameters(net) - parameters(net.encoder)
    assert macs(net, lambda: net(features, corners, *controls())) <= most
    assert each_frame <= 3_000_000
    assert each_frame == 1_500_530


def test_it_normalises_nothing() -> None:
    assert not [name for name, _ in Lite().named_modules() if "norm" in name.lower()]
    kinds = {type(module).__name__ for module in Lite().modules()}
    assert not [kind for kind in kinds if "Norm" in kind]


def test_it_begins_as_the_face_at_rest() -> None:
    torch.manual_seed(0)
    look = make_face(SIDE)
    drawn = picture(Lite().eval(), controls())
    assert float((drawn - look.picture("rest")).abs().mean()) < 0.1


@pytest.mark.parametrize("window", [Window(4, 9, 16, 16), Window(0, 12, 20, 20)])
def test_a_window_is_drawn_as_the_whole_is(window: Window) -> None:
    net, look = lively_net(Lite().size), make_face(SIDE)
    moved = (torch.rand(2, len(ARKIT_NAMES)), 0.2 * torch.randn(2, 3), torch.randn(2, 2))
    with torch.no_grad():
        features = net.encode(*look)
        whole = compose(net(features, look.corners, *moved), look)
        part = compose(net(features, look.corners, *moved, window), look, window)
    counts = torch.from_numpy(inner(window, SIDE)) > 0
    for all_of_it, some in zip(whole, part, strict=True):
        apart = (cut(all_of_it, window, CELL) - some).abs()
        assert float(apart[..., counts].max()) < 1e-5
        assert float(apart.max()) > 1e-4  # the rim is not there for nothing


@pytest.mark.parametrize("moved", ["jawOpen", "eyeBlinkLeft", "pose", "gaze"])
def test_every_control_moves_the_picture(moved: str) -> None:
    net = lively_net()
    expression, pose, gaze = controls(**({moved: 1.0} if moved in ARKIT_INDEX else {}))
    pose = pose + 0.3 * (moved == "pose")
    gaze = gaze + 1.0 * (moved == "gaze")
    change = picture(net, (expression, pose, gaze)) - picture(net, controls())
    assert float(change.abs().mean()) > 1e-4


def test_a_batch_is_drawn_as_its_frames_one_by_one() -> None:
    net = lively_net()
    torch.manual_seed(1)
    expression, pose, gaze = torch.rand(3, 52), 0.2 * torch.randn(3, 3), 0.2 * torch.randn(3, 2)
    together = picture(net, (expression, pose, gaze))
    for n in range(3):
        alone = picture(net, (expression[n : n + 1], pose[n : n + 1], gaze[n : n + 1]))
        assert torch.allclose(together[n], alone[0], atol=1e-4)


def test_shares_add_up_so_that_alpha_is_one_minus_the_backdrop() -> None:
    net, look = lively_net(), make_face(SIDE)
    with torch.no_grad():
        layers = net(net.encode(*look), look.corners, *controls(jawOpen=1.0))
        drawn, alpha = compose(layers, look)
        other = look._replace(backdrop=1 - look.backdrop)
        again, same = compose(layers, other)
    assert torch.equal(alpha, same)
    expected = (1 - alpha) * (other.backdrop - look.backdrop)
    assert torch.allclose(again - drawn, expected, atol=1e-5)


def test_a_flow_of_nothing_reads_every_pixel_where_it_is() -> None:
    image = torch.rand(1, 3, 32, 48)
    assert torch.allclose(sample(image, torch.zeros(1, 2, 32, 48)), image, atol=1e-5)


def test_a_flow_of_one_pixel_reads_the_next_one() -> None:
    image = torch.rand(1, 3, 32, 64)
    flow = torch.zeros(1, 2, 32, 64)
    flow[:, 0] = 2 / 64
    assert torch.allclose(sample(image, flow)[..., :-1], image[..., 1:], atol=1e-5)


def test_a_region_is_cut_out_where_its_corner_says() -> None:
    image = torch.arange(64.0 * 64).reshape(1, 1, 64, 64)
    cut = crop(image, MOUTH, torch.tensor([3, 5]))
    assert torch.equal(cut[0, 0], image[0, 0, 6 : 6 + 16, 10 : 10 + 20])


@pytest.mark.parametrize(("region", "side"), list(product(REGIONS, [256, 512])))
def test_rims_are_soft_and_the_middle_is_the_patch_alone(region: Region, side: int) -> None:
    height, width = region.pixels(side)
    weights = ramp(height, width, side // 64)
    assert weights[height // 2, width // 2] == 1
    assert 0 < weights[0, 0] < weights[0, width // 2] < 0.5
    assert torch.allclose(weights, weights.flip(0))


def test_tiny_sizes_are_the_same_figure() -> None:
    assert set(Lite(TINY).state_dict()) < set(Lite().state_dict())
