import pytest
import torch
from torch import Tensor

from tests.training.heads import small_head
from vcam.nets.fuser import LOOK_AHEADS_MS, SPEECH_SHAPES, Fuser
from vcam.training.fuser_loss import FuserLoss, aligned
from vcam.training.lips import Lips

JAW, CLOSE, SMILE = (SPEECH_SHAPES.index(n) for n in ("jawOpen", "mouthClose", "mouthSmile"))


def curves(**shapes: float) -> Tensor:
    """Return answers (1, 20, 4, 15) that stay as they are."""
    still = torch.zeros(1, 20, len(LOOK_AHEADS_MS), len(SPEECH_SHAPES))
    for name, weight in shapes.items():
        still[..., SPEECH_SHAPES.index(name)] = weight
    return still


def parts(said: Tensor, wanted: Tensor) -> dict[str, float]:
    loss = FuserLoss(Fuser((4, 8, 8), 16, 8), Lips(small_head()))
    return {name: float(part) for name, part in loss.parts(said, wanted).items()}


def test_lips_are_measured_over_the_distance_of_the_eyes() -> None:
    lips = Lips(small_head())
    assert lips.aperture(curves(jawOpen=0.5)[0, 0, 0]).item() == pytest.approx(
        0.01 + 0.15, abs=1e-4
    )
    assert lips.aperture(curves(jawOpen=0.5, mouthClose=0.5)[0, 0, 0]).item() == pytest.approx(0.01)
    assert lips.landmarks(curves(jawOpen=0.5)).shape == (1, 20, 4, 87)


def test_the_right_answer_costs_nothing() -> None:
    wanted = curves(jawOpen=0.4, mouthSmile=0.2)
    assert all(part == pytest.approx(0.0) for part in parts(wanted, wanted).values())


def test_below_rest_is_as_good_as_rest() -> None:
    assert all(part == pytest.approx(0.0) for part in parts(curves() - 0.3, curves()).values())


def test_lips_that_should_meet_and_do_not_cost_more() -> None:
    shut, parted = curves(jawOpen=0.1, mouthClose=0.1), curves(jawOpen=0.1)
    assert parts(parted, shut)["closure"] > 0.0
    assert parts(shut, parted)["closure"] == 0.0


def test_lips_that_meet_in_a_vowel_cost_more() -> None:
    shut, wide = curves(jawOpen=0.5, mouthClose=0.5), curves(jawOpen=0.5)
    assert parts(shut, wide)["false_closure"] > 0.0
    assert parts(wide, shut)["false_closure"] == 0.0


def test_a_mouth_as_wide_as_at_rest_that_should_be_round_costs_more() -> None:
    assert parts(curves(), curves(mouthPucker=0.5))["width"] > 0.0
    assert parts(curves(jawOpen=0.3), curves())["width"] == 0.0


def test_a_mouth_that_trembles_pays_for_its_speed() -> None:
    wanted = curves(jawOpen=0.3)
    trembling = wanted.clone()
    trembling[:, ::4, :, JAW] += 0.1
    assert parts(trembling, wanted)["speed"] > parts(wanted + 0.05, wanted)["speed"]


def test_each_look_ahead_is_told_its_own_time() -> None:
    time = torch.arange(60.0)[None, :, None].expand(1, 60, len(SPEECH_SHAPES))
    wanted = aligned(time, 5, (0, 40, 80, 200))
    assert wanted[0, 0, :, 0].tolist() == [48.0, 44.0, 40.0, 28.0]
