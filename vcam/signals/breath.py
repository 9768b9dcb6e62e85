"""Breathing: 12-16 a minute, each breath of its own length and depth."""

from vcam.signals.processes import EventTrain, smooth_step

BREATHS_PER_MINUTE = 14.0
_IN_SHARE = 0.42
"""Of a breath at rest, the way in; the rest is the way out."""


class Breath:
    """How full the lungs are over time: 0 .. 1, smooth."""

    def __init__(self, seed: int) -> None:
        gap_s = 60.0 / BREATHS_PER_MINUTE
        self._train = EventTrain(seed, "breath", gap_s, 0.6 * gap_s, spread=0.35, marks=1)

    def at(self, t_ns: int) -> float:
        """Return the filling at `t_ns`."""
        _, breath = self._train.at(t_ns)
        phase = breath.age_s / breath.gap_s
        depth = 0.6 + 0.4 * breath.marks[0]
        way_in = smooth_step(phase / _IN_SHARE)
        way_out = smooth_step((phase - _IN_SHARE) / (1.0 - _IN_SHARE))
        return depth * (way_in - way_out)
