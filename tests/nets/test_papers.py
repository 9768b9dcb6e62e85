"""The nets built without arguments are the papers': parameters and multiply-accumulates."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from vcam.evaluation.macs import macs, parameters
from vcam.nets.audio_fuser import AudioAwareFuser
from vcam.nets.blocks import to_pixels
from vcam.nets.discriminator import PatchDiscriminator
from vcam.nets.face_reenactor import FaceReenactor
from vcam.nets.geometry import GeometryPredictor, LandmarkDiscriminator
from vcam.nets.reenactor import LOST_SHIFTS, MultiFaceReenactor

SENSES = ((1, 1, 64, 60), (1, 3), (1, 2))
FACE = (1, 3, 256, 256)


def made(shapes: tuple[tuple[int, ...], ...]) -> list[Tensor]:
    """Return random tensors of these shapes."""
    return [torch.randn(shape) for shape in shapes]


@pytest.mark.parametrize(
    ("build", "count"),
    [
        (AudioAwareFuser, 1_864_495),
        (MultiFaceReenactor, 4_085_200),
        (GeometryPredictor, 1_723_359),
        (LandmarkDiscriminator, 1_880_385),
        (FaceReenactor, 16_688_899),
        (PatchDiscriminator, 2_766_913),
    ],
)
def test_the_net_has_the_papers_parameters(build: Callable[[], nn.Module], count: int) -> None:
    assert parameters(build()) == count


@pytest.mark.parametrize(
    ("build", "shapes", "expected"),
    [
        (AudioAwareFuser, SENSES, 128.4e6),
        (GeometryPredictor, SENSES, 128.2e6),
        (MultiFaceReenactor, (FACE, (1, 256)), 9.870e9),
        (PatchDiscriminator, (FACE, FACE), 3.197e9),
        (FaceReenactor, (FACE,), 71.29e9),
    ],
)
def test_the_net_makes_the_papers_multiplications(
    build: Callable[[], nn.Module], shapes: tuple[tuple[int, ...], ...], expected: float
) -> None:
    net = build().eval()
    assert macs(net, lambda: net(*made(shapes))) == pytest.approx(expected, rel=1e-3)


def test_the_latent_is_standardised_sample_by_sample() -> None:
    latent = AudioAwareFuser()(torch.randn(3, 1, 64, 60), torch.randn(3, 3), torch.rand(3, 2))
    assert latent.shape == (3, 256)
    assert latent.mean(1).tolist() == pytest.approx([0.0] * 3, abs=1e-6)
    assert latent.square().mean(1).tolist() == pytest.approx([1.0] * 3, abs=0.02)


def test_landmarks_are_read_off_the_latent() -> None:
    fuser = AudioAwareFuser()
    assert fuser.landmarks_of(torch.randn(2, 256)).shape == (2, 212)


@pytest.mark.parametrize("build", [AudioAwareFuser, GeometryPredictor])
def test_windows_that_share_rows_give_the_same(
    build: Callable[..., AudioAwareFuser | GeometryPredictor],
) -> None:
    net, rows, starts = build(width=0.1).eval(), torch.randn(80, 60), torch.tensor([0, 3, 16])
    _, pose, blink = made(((1,), (3, 3), (3, 2)))
    alone = torch.stack([rows[start : start + 64] for start in starts])[:, None]
    shared = net.of_rows(rows, starts, pose, blink)
    assert torch.allclose(net(alone, pose, blink), shared, atol=1e-4)


def test_encoding_once_and_reenacting_is_the_whole_reenactor() -> None:
    net = MultiFaceReenactor(latent_dim=16, width=0.1).eval()
    reference, latent = torch.randn(2, 3, 32, 32), torch.randn(2, 16)
    with torch.inference_mode():
        split = net.reenact(net.encode(reference), latent)
        assert torch.equal(split, net(reference, latent))
    assert split.shape == (2, 3, 32, 32)


def test_the_latent_changes_the_face() -> None:
    net = MultiFaceReenactor(latent_dim=16, width=0.1).eval()
    reference = torch.randn(1, 3, 32, 32)
    first, second = (net(reference, torch.randn(1, 16)) for _ in range(2))
    assert (first - second).abs().max() > 1e-4


def test_patches_of_256_give_30_by_30_scores() -> None:
    assert PatchDiscriminator(4)(torch.zeros(FACE), torch.zeros(FACE)).shape == (1, 1, 30, 30)


def test_drawn_faces_become_pixels_by_rounding() -> None:
    values = torch.tensor([-1.5, -1.0, -0.999, 0.0, 1.0, 1.5]).reshape(1, 1, 1, 6)
    assert to_pixels(values).flatten().tolist() == [0, 0, 0, 128, 255, 255]


def with_all_shifts(net: MultiFaceReenactor, features: Tensor, latent: Tensor) -> Tensor:
    """Reenact as equation 3 is written: every AdaConv scales and shifts."""
    x = net.adaconvs[0](features, latent)
    for cell, adaconv in zip(net.cells[1:], net.adaconvs[1:], strict=True):
        x = adaconv(cell(x), latent)
    face: Tensor = net.head(x)
    return face


@torch.no_grad()
def test_shifts_that_a_norm_takes_away_are_left_out_for_they_cost_bfloat16_its_digits() -> None:
    net = MultiFaceReenactor(latent_dim=16, width=0.1).eval()
    for number in LOST_SHIFTS:
        nn.init.normal_(net.get_parameter(f"adaconvs.{number}.bias.2.bias"), 0.0, 300.0)
    features, latent = net.encode(torch.rand(1, 3, 32, 32)), torch.randn(1, 16)
    wide = net.double(), features.double(), latent.double()
    true = with_all_shifts(*wide)
    assert (net.reenact(*wide[1:]) - true).abs().max() < 1e-6
    with torch.autocast("cpu", torch.bfloat16):
        lean = net.float().reenact(features, latent)
        whole = with_all_shifts(net, features, latent)
    assert (lean - true).abs().mean() < 0.1 * (whole - true).abs().mean()
