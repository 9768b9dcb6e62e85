"""Where the papers' geometry starts."""

import torch
from torch import nn

from vcam.nets.audio_fuser import SensesTrunk
from vcam.training.starting import balance, branches, fit


def test_what_is_read_weighs_alike_after_balancing() -> None:
    torch.manual_seed(0)
    trunk = SensesTrunk(0.1).eval()
    audio = 75.0 * torch.randn(40, 1, 64, 60) - 300.0
    pose, blink = 0.2 * torch.randn(40, 3), torch.rand(40, 2)
    before = trunk(audio, pose, blink)[:, -128:-64]
    assert before.square().mean() < 0.5  # a few tenths of a radian
    balance(branches(trunk), lambda: trunk(audio, pose, blink))
    after = trunk(audio, pose, blink)
    for part in (after[:, :-128], after[:, -128:-64], after[:, -64:]):
        assert part.mean(dim=0).abs().max() < 0.02
        assert abs(part.square().mean().item() - 1.0) < 0.02


def test_a_layer_is_fitted_to_what_it_should_give() -> None:
    torch.manual_seed(0)
    true, found, inputs = nn.Linear(6, 3), nn.Linear(6, 3), torch.randn(500, 6)
    fit(found, inputs, true(inputs), ridge=1e-6)
    assert torch.allclose(found(inputs), true(inputs), atol=1e-3)
