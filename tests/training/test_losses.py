"""The papers' losses: known values, and gradients that reach every weight."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import nn
from torch.autograd import gradcheck

from tests.training.drawn import drawn_faces
from vcam.engines.landmark_image import CROP
from vcam.nets.adaconv import AdaConv
from vcam.nets.apb2facev2 import APB2FaceV2
from vcam.nets.audio_fuser import AudioAwareFuser, standardise
from vcam.nets.discriminator import PatchDiscriminator
from vcam.nets.face_reenactor import FaceReenactor
from vcam.nets.geometry import GeometryPredictor, LandmarkDiscriminator
from vcam.nets.reenactor import LOST_SHIFTS
from vcam.training import apb2face, apb2facev2
from vcam.training.faces import Faces
from vcam.training.losses import (
    LIPS_WEIGHT,
    PREDICTOR_WEIGHTS,
    REENACTOR_WEIGHTS,
    V2_WEIGHTS,
    content_loss,
    geometry_loss,
    lips_loss,
    logarithms,
    mask_loss,
    squares,
    weighted,
)
from vcam.training.talk import Said
from vcam.training.trainer import Learner

POINTS = 10


@pytest.fixture(scope="module")
def batch() -> Faces:
    """Return four drawn faces."""
    return drawn_faces(4, 32).take(torch.arange(4))


def test_the_weights_are_the_papers() -> None:
    assert V2_WEIGHTS == {"geometry": 1, "content": 100, "adversarial": 1}
    assert PREDICTOR_WEIGHTS == {"geometry": 100, "adversarial": 0.1}
    assert REENACTOR_WEIGHTS == {"content": 100, "mask": 100, "adversarial": 1}
    parts = {"content": torch.tensor(0.5), "mask": torch.tensor(0.1)}
    found = weighted(parts, REENACTOR_WEIGHTS)
    assert [found["content"].item(), found["mask"].item()] == pytest.approx([50.0, 10.0])


def test_landmarks_off_by_two_pixels_cost_two() -> None:
    assert geometry_loss(torch.full((3, 20), 7.0), torch.full((3, 20), 5.0)).item() == 2.0


def test_the_mask_loss_is_the_error_within_the_mask() -> None:
    face, truth, mask = torch.zeros(2, 3, 8, 8), torch.zeros(2, 3, 8, 8), torch.zeros(2, 1, 8, 8)
    mask[:, :, 2:4, 2:4] = 1.0
    face[:, :, 0, 0] = 9.0
    assert mask_loss(face, truth, mask).item() == 0.0
    face[:, :, 2:4, 2:4] = 0.5
    assert mask_loss(face, truth, mask).item() == pytest.approx(0.5)
    assert mask_loss(face, truth, 0 * mask).item() == 0.0


@pytest.mark.parametrize("cost", [squares, logarithms])
def test_being_sure_and_right_costs_least(cost: Callable[..., torch.Tensor]) -> None:
    sure = torch.tensor([[1.0 if cost is squares else 12.0]])
    costs = [cost(sure, True), cost(0.4 * sure, True), cost(sure, False)]
    assert costs[0].item() < 1e-4 < costs[1].item() < costs[2].item()


def v2(frozen: bool = False) -> tuple[Learner[Faces], ...]:
    """Return the learners of a tiny V2."""
    net = APB2FaceV2(latent_dim=8, width=0.05, landmarks=POINTS)
    return apb2facev2.learners(net, PatchDiscriminator(4), frozen)


def said(batch: Faces) -> Said:
    """Return the same sound, pose, blink and landmarks as windows of one recording."""
    rows = batch.audio.reshape(-1, 60)
    starts = torch.arange(len(batch)) * 64
    return Said(rows, starts, batch.pose, batch.blink, batch.landmarks)


def predictor() -> tuple[Learner[Said], ...]:
    """Return the learners of a tiny predictor."""
    net = GeometryPredictor(68, width=0.05)
    return apb2face.predictor_learners(net, LandmarkDiscriminator(68))


def usual(batch: Faces) -> Faces:
    """Return the same faces with the usual 68 landmarks, anywhere."""
    return replace(batch, landmarks=torch.rand(len(batch), 136) * CROP)


def reenactor() -> tuple[Learner[Faces], ...]:
    """Return the learners of a tiny reenactor."""
    return apb2face.reenactor_learners(FaceReenactor(4, 1), PatchDiscriminator(4))


def reached(net: nn.Module) -> set[str]:
    """Return the weights that got a gradient, which must be finite."""
    found = {name: p.grad for name, p in net.named_parameters() if p.grad is not None}
    assert all(torch.isfinite(grad).all() for grad in found.values())
    return {name for name, grad in found.items() if grad.abs().max() > 0}


@pytest.mark.parametrize(
    ("make", "given"),
    [(v2, Faces.to), (predictor, lambda batch, _: said(usual(batch))), (reenactor, Faces.to)],
)
def test_each_learners_loss_reaches_all_of_its_weights_and_only_those_of_the_drawing_net(
    make: Callable[[], tuple[Learner[Any], ...]],
    given: Callable[[Faces, str], Faces | Said],
    batch: Faces,
) -> None:
    torch.manual_seed(0)
    judge, net = make()
    seen = given(batch, "cpu")
    judge_parts = judge.loss(seen)
    torch.stack(list(judge_parts.values())).sum().backward()  # type: ignore[no-untyped-call]
    assert reached(judge.net) == {name for name, _ in judge.net.named_parameters()}
    assert reached(net.net) == set()
    parts = net.loss(seen)
    torch.stack(list(parts.values())).sum().backward()  # type: ignore[no-untyped-call]
    missing = {name for name, _ in net.net.named_parameters()} - reached(net.net)
    # A bias before a norm is taken off again; ReLUs of so small a net may be shut for four frames.
    without = "bias$|each_step|" + "|".join(rf"adaconvs\.{number}\.bias" for number in LOST_SHIFTS)
    assert [name for name in missing if not re.search(without, name)] == []


def test_shifts_that_do_nothing_are_left_as_they_are(batch: Faces) -> None:
    (net,) = apb2facev2.learners(APB2FaceV2(latent_dim=8, width=0.05, landmarks=POINTS), None)
    torch.stack(list(net.loss(batch).values())).sum().backward()  # type: ignore[no-untyped-call]
    lost = tuple(f"reenactor.adaconvs.{number}.bias." for number in LOST_SHIFTS)
    grads = [p.grad for name, p in net.net.named_parameters() if name.startswith(lost)]
    assert grads == [None] * 12


def test_without_a_discriminator_the_net_learns_from_the_other_losses(batch: Faces) -> None:
    (net,) = apb2facev2.learners(APB2FaceV2(latent_dim=8, width=0.05, landmarks=POINTS), None)
    assert set(net.loss(batch)) == {"content", "geometry"}


def test_the_fuser_alone_learns_the_geometry_and_the_lips(batch: Faces) -> None:
    torch.manual_seed(0)
    net = AudioAwareFuser(8, 68, 0.05)
    faces = usual(batch)
    parts = apb2facev2.fuser_learner(net).loss(said(faces))
    found = net.landmarks_of(net(faces.audio, faces.pose, faces.blink))
    assert parts["geometry"].item() == pytest.approx(geometry_loss(found, faces.landmarks).item())
    lips = LIPS_WEIGHT * lips_loss(found, faces.landmarks).item()
    assert parts["lips"].item() == pytest.approx(lips)


def test_the_lips_loss_sees_lips_part_and_no_head_that_moves() -> None:
    closed = torch.rand(2, 68, 2) * CROP
    parted = closed.clone()
    parted[:, (65, 66, 67), 1] += 4.0
    assert lips_loss((closed + 30.0).reshape(2, -1), closed.reshape(2, -1)).item() < 1e-4
    assert lips_loss(parted.reshape(2, -1), closed.reshape(2, -1)).item() == pytest.approx(1.5)


def test_a_weight_says_how_much_a_pixel_of_the_face_counts() -> None:
    face, truth, weight = torch.zeros(1, 3, 4, 4), torch.zeros(1, 3, 4, 4), torch.ones(1, 1, 4, 4)
    face[..., 0, 0] = 1.6
    assert content_loss(face, truth, weight).item() == pytest.approx(0.1)
    weight[..., 0, 0] = 3.0
    assert content_loss(face, truth, weight).item() == pytest.approx(0.3)


def test_a_frozen_fuser_learns_nothing_and_has_no_geometry_loss(batch: Faces) -> None:
    _, net = v2(frozen=True)
    parts = net.loss(batch)
    assert set(parts) == {"content", "adversarial"}
    torch.stack(list(parts.values())).sum().backward()  # type: ignore[no-untyped-call]
    assert not any(name.startswith("fuser") for name in reached(net.net))
    assert reached(net.net)


@pytest.mark.parametrize(("kernel", "groups"), [(1, 4), (3, 2)])
def test_gradients_through_adaconv_are_those_of_small_steps(kernel: int, groups: int) -> None:
    torch.manual_seed(0)
    net = AdaConv(3, 4, kernel, groups).double()
    x = torch.randn(2, 4, 3, 3, dtype=torch.float64, requires_grad=True)
    latent = torch.randn(2, 3, dtype=torch.float64, requires_grad=True)
    assert gradcheck(net, (x, latent))


def test_gradients_through_a_tiny_reenactor_and_the_latent_are_those_of_small_steps() -> None:
    torch.manual_seed(1)
    net = APB2FaceV2(latent_dim=3, width=0.02, landmarks=2).double().reenactor
    for parameter in net.parameters():
        nn.init.normal_(parameter, 0.0, 0.5)
    picture = torch.rand(1, 3, 8, 8, dtype=torch.float64)
    raw = torch.randn(1, 3, dtype=torch.float64, requires_grad=True)
    assert gradcheck(lambda z: net(picture, standardise(z))[..., ::3, ::3], (raw,), atol=1e-4)
