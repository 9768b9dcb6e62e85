"""The mean of fusers, and lips that meet more readily."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from tests.training.heads import small_head
from vcam.errors import ModelError
from vcam.nets.fuser import CALL_ROWS, SPEECH_SHAPES, Fuser
from vcam.training.averaging import close, mean_of
from vcam.training.lips import Lips


def weights(file: Path, value: float) -> Path:
    filled = {name: torch.full(t.shape, value) for name, t in Fuser().state_dict().items()}
    save_file(filled, file)
    return file


def test_the_mean_lies_between(tmp_path: Path) -> None:
    files = [weights(tmp_path / f"{value}", value) for value in (1.0, 2.0, 6.0)]
    assert all(torch.allclose(t, torch.tensor(3.0)) for t in mean_of(files).state_dict().values())


def test_the_mean_of_one_is_itself(tmp_path: Path) -> None:
    state = mean_of([weights(tmp_path / "one", 0.5)]).state_dict()
    assert all(torch.equal(t, torch.full_like(t, 0.5)) for t in state.values())


def test_weights_of_another_net_have_no_mean(tmp_path: Path) -> None:
    save_file({"a": torch.zeros(1)}, tmp_path / "other")
    with pytest.raises(ModelError, match="are not those of Fuser"):
        mean_of([weights(tmp_path / "one", 1.0), tmp_path / "other"])


@torch.no_grad()
def test_the_jaw_opens_less_by_what_was_asked_at_every_look_ahead() -> None:
    net, lips = Fuser().eval(), Lips(small_head())
    rows = torch.randn(1, CALL_ROWS, 80, generator=torch.Generator().manual_seed(1))
    before = net(rows)
    close(net, lips, 0.006)
    after = net(rows)
    jaw, shut = (SPEECH_SHAPES.index(name) for name in ("jawOpen", "mouthClose"))
    assert after[..., shut].numpy() == pytest.approx(0.75 * before[..., shut].numpy(), abs=1e-6)
    fall = lips.gap[jaw] * (before - after)[..., jaw]
    assert fall.numpy() == pytest.approx(0.006, abs=1e-6)
    others = [index for index in range(len(SPEECH_SHAPES)) if index not in (jaw, shut)]
    assert torch.equal(after[..., others], before[..., others])
