"""One trainer for every family: alternating learners, averaged weights, resumable at any step.

    trainer = Trainer((Learner("fuser", net, loss),), batches, Recipe(minutes=30), folder)
    trainer.train(report)
    export(trainer.averaged["fuser"], examples, folder)  # vcam.training.export

A GAN is two learners on one batch, the discriminator first. Batches are a function of the step,
so a training that was stopped and taken up again sees the same ones.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import torch
from torch import Tensor, nn
from torch.optim import AdamW, Optimizer
from torch.optim.swa_utils import AveragedModel

from vcam.clock import MediaClock
from vcam.errors import ModelError
from vcam.media import SECOND_NS
from vcam.runtimes.openvino import has_bf16
from vcam.training.checkpoints import append_curve, load_checkpoint, save_checkpoint
from vcam.training.muon import Muon, is_matrix
from vcam.training.recipe import Recipe

Batch = TypeVar("Batch")
Report = Callable[[str], None]
Tensors = tuple[Tensor, ...] | list[Tensor]


@dataclass(frozen=True)
class Learner(Generic[Batch]):
    """A net that learns, and what a batch costs it."""

    name: str
    net: nn.Module
    loss: Callable[[Batch], Mapping[str, Tensor]]
    """The named parts of the loss, already weighted; their sum is minimised."""
    lr_factor: float = 1.0


class Trainer(Generic[Batch]):
    """Trains `learners` in turn on each batch; keeps a checkpoint and a curve in `folder`."""

    def __init__(
        self,
        learners: tuple[Learner[Batch], ...],
        batches: Callable[[int], Batch],
        recipe: Recipe,
        folder: Path,
        check: Callable[[], Mapping[str, float]] | None = None,
        about: Mapping[str, object] | None = None,
        now_ns: Callable[[], int] | None = None,
    ) -> None:
        """Prepare, and take up the training that `folder` holds, if any.

        `batches(step)` makes a batch; `check()` measures the averaged nets at every checkpoint.
        `about` says in plain values what the training is of: like the recipe's settings it must
        be the same for a training to go on.

        Raises:
            ModelError: the checkpoint is damaged or was made with other settings.
        """
        self.step = 0
        self.seconds = 0.0
        self._learners, self._batches, self._recipe = learners, batches, recipe
        self._folder, self._check = folder, check
        self._settings = {**(about or {}), **recipe.settings()}
        self._now_ns = MediaClock().now_ns if now_ns is None else now_ns
        self._optimisers = {learner.name: _optimisers(learner.net, recipe) for learner in learners}
        # A processor that only acts as if takes nearly twice as long as in float32 (measured).
        self._bf16 = recipe.bf16 and (_device(learners[0]) != "cpu" or has_bf16())
        average = _average(recipe.ema)
        self._averaged = {
            learner.name: AveragedModel(learner.net, multi_avg_fn=average, use_buffers=True)
            for learner in learners
        }
        torch.manual_seed(recipe.seed)
        self._resume()

    @property
    def averaged(self) -> dict[str, nn.Module]:
        """The nets with averaged weights by learner's name: what is measured and shipped."""
        return {name: average.module for name, average in self._averaged.items()}

    def train(self, report: Report) -> None:
        """Train to the end of the budget; an interrupted training keeps its last checkpoint."""
        last_ns = saved_ns = self._now_ns()
        summed: dict[str, float] = {}
        logged = self.step
        while (progress := self._recipe.progress(self.step, self.seconds)) < 1.0:
            costs = self._advance(progress)
            summed = {name: summed.get(name, 0.0) + cost for name, cost in costs.items()}
            now_ns = self._now_ns()
            self.seconds += (now_ns - last_ns) / SECOND_NS
            last_ns = now_ns
            if self.step % self._recipe.log_every == 0:
                means = {name: total / (self.step - logged) for name, total in summed.items()}
                self._log(means, progress, report)
                summed, logged = {}, self.step
            if now_ns - saved_ns >= 60 * SECOND_NS * self._recipe.save_every_minutes:
                self._keep(report)
                last_ns = saved_ns = self._now_ns()
        self._keep(report)

    def _advance(self, progress: float) -> dict[str, float]:
        """Do one step of every learner; return the parts of the losses by name."""
        costs: dict[str, float] = {}
        batch = self._batches(self.step)
        for learner in self._learners:
            parts = self._learn(learner, batch, progress)
            costs |= {f"{learner.name}.{part}": cost for part, cost in parts.items()}
        self.step += 1
        return costs

    def _learn(self, learner: Learner[Batch], batch: Batch, progress: float) -> dict[str, float]:
        recipe, optimisers = self._recipe, self._optimisers[learner.name]
        lr = learner.lr_factor * recipe.lr_at(self.step, progress)
        for optimiser in optimisers:
            for group in optimiser.param_groups:
                group["lr"] = lr * (recipe.muon if isinstance(optimiser, Muon) else 1.0)
        learner.net.train()
        learner.net.zero_grad(set_to_none=True)
        with torch.autocast(_device(learner), torch.bfloat16, enabled=self._bf16):
            parts = learner.loss(batch)
        torch.autograd.backward(torch.stack([part.float() for part in parts.values()]).sum())
        norm = nn.utils.clip_grad_norm_(learner.net.parameters(), recipe.clip)
        if bool(torch.isfinite(norm)):  # one bad batch must not spoil the weights
            for optimiser in optimisers:
                optimiser.step()
            self._averaged[learner.name].update_parameters(learner.net)
        return {name: float(part.detach()) for name, part in parts.items()} | {"norm": float(norm)}

    def _log(self, means: Mapping[str, float], progress: float, report: Report) -> None:
        lr = self._recipe.lr_at(self.step, progress)
        head = {"step": self.step, "seconds": round(self.seconds, 1), "lr": lr}
        append_curve(self._folder, head | {name: round(mean, 6) for name, mean in means.items()})
        shown = " ".join(f"{name} {mean:.4f}" for name, mean in means.items())
        report(f"step {self.step}, {100 * progress:.0f} %: {shown}")

    def _keep(self, report: Report) -> None:
        """Write the checkpoint, then measure: a failing check loses nothing."""
        state: dict[str, Any] = {
            "settings": self._settings,
            "step": self.step,
            "seconds": self.seconds,
            "random": torch.get_rng_state(),
        }
        for learner in self._learners:
            state[learner.name] = {
                "net": learner.net.state_dict(),
                "averaged": self._averaged[learner.name].state_dict(),
                "optimisers": [one.state_dict() for one in self._optimisers[learner.name]],
            }
        save_checkpoint(self._folder, state)
        if self._check is not None:
            figures = {name: round(figure, 5) for name, figure in self._check().items()}
            append_curve(self._folder, {"step": self.step, "check": figures})
            report(f"step {self.step}: " + ", ".join(f"{k} {v:.4f}" for k, v in figures.items()))

    def _resume(self) -> None:
        state = load_checkpoint(self._folder)
        if state is None:
            return
        kept = state["settings"]
        if unknown := [name for name in self._settings if name not in kept]:
            raise ModelError(
                f"the training in '{self._folder}' was begun by an older vcam, without "
                f"{', '.join(unknown)}; choose another folder (--folder)"
            )
        other = [name for name, value in self._settings.items() if kept[name] != value]
        other += [learner.name for learner in self._learners if learner.name not in state]
        if other:
            raise self._of_other_settings(", ".join(other))
        self.step, self.seconds = state["step"], state["seconds"]
        torch.set_rng_state(state["random"])
        try:
            for learner in self._learners:
                self._take_up(learner, state[learner.name])
        except (RuntimeError, ValueError):  # torch: other shapes, other numbers of weights
            raise self._of_other_settings("its net has other sizes") from None

    def _of_other_settings(self, which: str) -> ModelError:
        return ModelError(
            f"the training in '{self._folder}' has other settings ({which}); "
            "choose another folder or the same settings"
        )

    def _take_up(self, learner: Learner[Batch], kept: Mapping[str, Any]) -> None:
        """Give a learner the weights, averages and optimisers that a checkpoint has of it."""
        learner.net.load_state_dict(kept["net"])
        self._averaged[learner.name].load_state_dict(kept["averaged"])
        optimisers = self._optimisers[learner.name]
        for optimiser, state in zip(optimisers, kept["optimisers"], strict=True):
            optimiser.load_state_dict(state)


def _optimisers(net: nn.Module, recipe: Recipe) -> list[Optimizer]:
    """Return what moves the weights: AdamW, and Muon for matrices where the recipe has it."""
    matrices = [weights for weights in net.parameters() if recipe.muon and is_matrix(weights)]
    taken = {id(weights) for weights in matrices}
    rest = [weights for weights in net.parameters() if id(weights) not in taken]
    adam = AdamW(rest, betas=recipe.betas, weight_decay=recipe.weight_decay, fused=True)
    return [adam, Muon(matrices)] if matrices else [adam]


def _device(learner: Learner[Batch]) -> str:
    """Return the kind of device that a learner's net is on: cpu, cuda."""
    return next(learner.net.parameters()).device.type


def _average(decay: float) -> Callable[[Tensors, Tensors, Tensor | int], None]:
    """Return the rule of the running average; it starts short, so that early steps fade soon."""

    @torch.no_grad()
    def update(averaged: Tensors, current: Tensors, count: Tensor | int) -> None:
        share = 1.0 - min(decay, (1.0 + float(count)) / (10.0 + float(count)))
        if averaged[0].is_floating_point():
            torch._foreach_lerp_(averaged, current, share)
        else:
            torch._foreach_copy_(averaged, current)

    return update
