"""Lips that part a little before somebody might speak: what no sound foretells.

Lips part some 150 ms before the first sound of an utterance (measured: notes/speech_data.md
section 3), which is before any look-ahead that a call can afford. So nobody waits for the sound:
a listener's lips part now and then anyway, with a breath, and sometimes speech follows.
"""

from vcam.signals.processes import EventTrain, between, smooth_step

PARTINGS_PER_MINUTE = 6.0
_SHORTEST_GAP_S = 3.0
_RISE_S, _FALL_S = 0.18, 0.45
_HELD_S = (0.1, 0.6)


class Parting:
    """How far the lips are parted over time: 0 .. 1, smooth; at rest most of the time."""

    def __init__(self, seed: int) -> None:
        gap_s = 60.0 / PARTINGS_PER_MINUTE
        self._train = EventTrain(seed, "parting", gap_s, _SHORTEST_GAP_S, spread=0.6, marks=2)

    def at(self, t_ns: int) -> float:
        """Return the parting at `t_ns`."""
        _, event = self._train.at(t_ns)
        reach, held = event.marks
        fall_s = event.age_s - _RISE_S - between(*_HELD_S, held)
        share = smooth_step(event.age_s / _RISE_S) - smooth_step(fall_s / _FALL_S)
        return between(0.5, 1.0, reach) * share
