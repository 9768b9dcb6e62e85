"""How a training goes: budget, learning rate over time, and the rest of the settings. Pure."""

from dataclasses import dataclass
from math import cos, inf, pi

from vcam.errors import InputError


@dataclass(frozen=True)
class Recipe:
    """The settings of one training.

    It ends when `steps` are done or `minutes` have passed, whichever comes first; 0 sets no limit.
    The learning rate rises linearly over `warm_up` steps and then falls along a cosine over the
    whole budget, so a short training is a whole one (measured: notes/lite_training.md section 4:
    decay and averaging matter more than minutes).
    """

    steps: int = 0
    minutes: float = 0.0
    lr: float = 1e-3
    last_lr: float = 0.01
    """The share of `lr` that is left at the end."""
    warm_up: int = 200
    betas: tuple[float, float] = (0.9, 0.99)
    weight_decay: float = 0.0
    muon: float = 0.0
    """How many times `lr` matrices learn at, moved by Muon; 0: AdamW moves all weights."""
    clip: float = 1.0
    """The largest norm of a step's gradient."""
    ema: float = 0.999
    """Decay of the running average of the weights; the average is what is kept."""
    bf16: bool = False
    """Compute in bfloat16 where that is safe (autocast) and the device does it itself."""
    seed: int = 0
    log_every: int = 50
    save_every_minutes: float = 3.0

    def __post_init__(self) -> None:
        """Raise InputError for a training without an end."""
        if not (self.steps > 0 or self.minutes > 0):  # nan has no end either
            raise InputError("a training without an end: wanted a limit above 0; give --minutes")

    def progress(self, step: int, seconds: float) -> float:
        """Return the share of the budget that is used up; 1 and above: done."""
        by_step = step / self.steps if self.steps else -inf
        by_time = seconds / (60.0 * self.minutes) if self.minutes else -inf
        return max(by_step, by_time)

    def lr_at(self, step: int, progress: float) -> float:
        """Return the learning rate of `step`, at a progress in 0 .. 1."""
        fallen = 0.5 + 0.5 * cos(pi * min(progress, 1.0))
        warmth = min(1.0, (step + 1) / self.warm_up) if self.warm_up else 1.0
        return self.lr * warmth * (self.last_lr + (1.0 - self.last_lr) * fallen)

    def settings(self) -> dict[str, object]:
        """Return what two runs must share to be one training: all but budget, log and saving."""
        free = ("steps", "minutes", "log_every", "save_every_minutes")
        return {name: value for name, value in vars(self).items() if name not in free}
