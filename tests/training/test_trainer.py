import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from vcam.errors import ModelError
from vcam.training import trainer as trainer_module
from vcam.training.checkpoints import (
    CHECKPOINT,
    CURVE,
    load_checkpoint,
    save_checkpoint,
)
from vcam.training.recipe import Recipe
from vcam.training.trainer import Learner, Trainer

RECIPE = Recipe(steps=60, lr=0.05, warm_up=5, ema=0.9, log_every=20)
Pair = tuple[Tensor, Tensor]


def line(step: int) -> Pair:
    """Return points of y = 3 x - 1."""
    x = torch.randn(16, 1, generator=torch.Generator().manual_seed(step))
    return x, 3.0 * x - 1.0


def trainer(
    folder: Path, recipe: Recipe = RECIPE, about: Mapping[str, object] | None = None, width: int = 1
) -> Trainer[Pair]:
    torch.manual_seed(0)
    net = nn.Linear(1, width)

    def loss(batch: Pair) -> Mapping[str, Tensor]:
        x, y = batch
        return {"square": (net(x) - y).square().mean(), "noise": 0.0 * torch.rand(())}

    learner = Learner("line", net, loss)
    return Trainer((learner,), line, recipe, folder, about=about, now_ns=lambda: 0)


def weights(done: Trainer[Pair]) -> Tensor:
    return torch.cat([p.detach().flatten() for p in done.averaged["line"].parameters()])


def test_it_learns_a_line(tmp_path: Path) -> None:
    done = trainer(tmp_path, replace(RECIPE, steps=400))
    done.train(lambda _: None)
    assert weights(done).tolist() == pytest.approx([3.0, -1.0], abs=0.02)


def test_a_training_that_was_stopped_goes_on_bit_for_bit(tmp_path: Path) -> None:
    whole = trainer(tmp_path / "whole")
    whole.train(lambda _: None)

    def die(step: int) -> Pair:
        if step == 30:
            raise KeyboardInterrupt
        return line(step)

    clock = iter(range(0, 10**15, 60 * 10**9))  # a minute a look, so that it saves often
    first = trainer(tmp_path / "cut")
    first._batches = die
    first._now_ns = lambda: next(clock)
    with pytest.raises(KeyboardInterrupt):
        first.train(lambda _: None)
    second = trainer(tmp_path / "cut")
    assert 0 < second.step <= 30
    second.train(lambda _: None)
    assert torch.equal(weights(whole), weights(second))


def test_muon_moves_matrices_and_goes_on_where_it_stopped(tmp_path: Path) -> None:
    recipe = replace(RECIPE, steps=20, lr=0.1, muon=4.0)
    wanted = torch.randn(32, 32, generator=torch.Generator().manual_seed(1))

    def made(name: str, recipe: Recipe) -> Trainer[Pair]:
        torch.manual_seed(0)
        net = nn.Linear(32, 32)

        def batch(step: int) -> Pair:
            x = torch.randn(64, 32, generator=torch.Generator().manual_seed(step))
            return x, x @ wanted

        def loss(batch: Pair) -> Mapping[str, Tensor]:
            return {"square": (net(batch[0]) - batch[1]).square().mean()}

        learner = Learner("line", net, loss)
        return Trainer((learner,), batch, recipe, tmp_path / name, now_ns=lambda: 0)

    def error(done: Trainer[Pair]) -> float:
        return float((weights(done)[: 32 * 32].view(32, 32).T - wanted).square().mean())

    def momentum(done: Trainer[Pair]) -> Tensor:
        _, muon = done._optimisers["line"]
        (state,) = muon.state.values()
        found: Tensor = state["momentum"]
        return found

    whole = made("whole", recipe)
    before = error(whole)
    whole.train(lambda _: None)
    assert error(whole) < 0.8 * before
    first = made("cut", replace(recipe, steps=10))
    first.train(lambda _: None)
    with pytest.raises(ModelError, match="muon"):
        made("cut", replace(recipe, muon=0.0))
    cut = made("cut", recipe)
    assert cut.step == 10
    assert torch.equal(momentum(cut), momentum(first))
    assert momentum(cut).any()
    cut.train(lambda _: None)
    assert error(cut) < 0.8 * before


def test_two_learners_take_turns_on_one_batch(tmp_path: Path) -> None:
    turns: list[str] = []
    nets = {name: nn.Linear(1, 1) for name in ("critic", "maker")}

    def learner(name: str) -> Learner[Pair]:
        def loss(batch: Pair) -> Mapping[str, Tensor]:
            turns.append(name)
            return {"mean": nets[name](batch[0]).square().mean()}

        return Learner(name, nets[name], loss)

    recipe = Recipe(steps=2)
    Trainer((learner("critic"), learner("maker")), line, recipe, tmp_path).train(lambda _: None)
    assert turns == ["critic", "maker", "critic", "maker"]


def test_the_curve_is_json_lines_with_every_part_of_the_loss(tmp_path: Path) -> None:
    said: list[str] = []
    done = trainer(tmp_path)
    done._check = lambda: {"error": 0.5}
    done.train(said.append)
    lines = [json.loads(text) for text in (tmp_path / CURVE).read_text().splitlines()]
    assert [entry["step"] for entry in lines] == [20, 40, 60, 60]
    assert {"seconds", "lr", "line.square", "line.norm"} <= set(lines[0])
    assert lines[-1]["check"] == {"error": 0.5}
    assert said[-1] == "step 60: error 0.5000"


def test_the_curve_shows_means_also_of_the_few_steps_after_a_stop(tmp_path: Path) -> None:
    net = nn.Linear(1, 1)
    ones = Learner[Pair]("flat", net, lambda batch: {"one": 1.0 + 0.0 * net(batch[0]).sum()})
    for steps in (30, 60):
        Trainer((ones,), line, replace(RECIPE, steps=steps), tmp_path).train(lambda _: None)
    lines = [json.loads(text) for text in (tmp_path / CURVE).read_text().splitlines()]
    assert [(entry["step"], entry["flat.one"]) for entry in lines] == [(20, 1), (40, 1), (60, 1)]


def test_a_time_budget_ends_it(tmp_path: Path) -> None:
    seconds = iter(range(10**6))
    done = trainer(tmp_path, Recipe(minutes=0.5))
    done._now_ns = lambda: next(seconds) * 10**9
    done.train(lambda _: None)
    assert done.step == 30


@pytest.mark.parametrize(("able", "wanted"), [(True, torch.bfloat16), (False, torch.float32)])
def test_it_computes_in_bfloat16_only_where_the_processor_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, able: bool, wanted: torch.dtype
) -> None:
    monkeypatch.setattr(trainer_module, "has_bf16", lambda: able)
    seen = []

    def loss(batch: Pair) -> Mapping[str, Tensor]:
        seen.append(net(batch[0]).dtype)
        return {"square": net(batch[0]).square().mean()}

    net = nn.Linear(1, 1)
    recipe = replace(RECIPE, steps=1, bf16=True)
    Trainer((Learner("line", net, loss),), line, recipe, tmp_path).train(lambda _: None)
    assert seen == [wanted]


def test_a_batch_that_explodes_changes_nothing(tmp_path: Path) -> None:
    done = trainer(tmp_path, Recipe(steps=1))
    before = weights(done)
    done._batches = lambda _: (torch.full((1, 1), torch.inf), torch.zeros(1, 1))
    done.train(lambda _: None)
    assert torch.equal(weights(done), before)


def test_other_settings_do_not_go_on_from_a_checkpoint(tmp_path: Path) -> None:
    trainer(tmp_path, Recipe(steps=1)).train(lambda _: None)
    with pytest.raises(ModelError, match=r"other settings \(lr\); choose another folder"):
        trainer(tmp_path, Recipe(steps=1, lr=0.5))


def test_a_training_of_something_else_does_not_go_on(tmp_path: Path) -> None:
    of = {"side": 32, "clips": ["a", "b"], "sizes": {"width": 0.5}, "start": None}
    trainer(tmp_path, Recipe(steps=1), of).train(lambda _: None)
    assert trainer(tmp_path, Recipe(steps=2), of).step == 1
    with pytest.raises(ModelError, match=r"other settings \(side, clips\); choose another folder"):
        trainer(tmp_path, Recipe(steps=2), of | {"side": 64, "clips": ["b"]})


def test_a_net_of_other_sizes_does_not_go_on(tmp_path: Path) -> None:
    trainer(tmp_path, Recipe(steps=1)).train(lambda _: None)
    with pytest.raises(ModelError, match=r"other settings \(its net has other sizes\); choose"):
        trainer(tmp_path, Recipe(steps=2), width=2)


def test_a_checkpoint_that_lacks_a_setting_is_an_older_one(tmp_path: Path) -> None:
    trainer(tmp_path, Recipe(steps=1)).train(lambda _: None)
    state = load_checkpoint(tmp_path)
    assert state is not None
    del state["settings"]["muon"]
    save_checkpoint(tmp_path, state)
    with pytest.raises(ModelError, match="an older vcam, without muon; choose another folder"):
        trainer(tmp_path, Recipe(steps=1))


def test_a_damaged_checkpoint_says_so(tmp_path: Path) -> None:
    (tmp_path / CHECKPOINT).write_bytes(b"not a checkpoint")
    with pytest.raises(ModelError, match="cannot be read; delete it to start"):
        trainer(tmp_path)
