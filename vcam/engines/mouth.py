"""The speaking mouth of an engine: what the fuser says, let in and out by the voice gate.

The fuser alone hears voices in noise now and then; the gate knows better whether somebody speaks,
and when it shuts the mouth must be at rest soon, whatever the fuser still says.
"""

from dataclasses import dataclass

import numpy as np

from vcam.media import MS_NS, Vector

ATTACK_MS = 50
"""From rest to all of what the fuser says; speech after silence must be seen within 60 ms."""
RELEASE_MS = 75
"""From speech to rest, once the gate is shut; a clear must be seen within 80 ms."""


@dataclass(frozen=True)
class _Turn:
    """The share of the fuser's mouth that is shown, on its way to 0 or 1 since `t_ns`."""

    t_ns: int
    start: float
    goal: float

    def at(self, t_ns: int) -> float:
        span_ns = (ATTACK_MS if self.goal else RELEASE_MS) * MS_NS
        x = min(1.0, max(0.0, (t_ns - self.t_ns) / span_ns))
        return self.start + (self.goal - self.start) * x * x * (3.0 - 2.0 * x)


class MouthTrack:
    """The mouth over time: `at(t_ns, weights, voiced)` -> weights, asked in order of time.

    While the gate is shut the mouth keeps the last posture that the voice gave it and lets go of
    it along a smooth curve: sound without a voice moves nothing. A turn of the gate counts from
    the last time before it that somebody asked, so no frame rate makes it late.
    """

    def __init__(self) -> None:
        self._turn = _Turn(0, 0.0, 0.0)
        self._asked_ns: int | None = None
        self._spoken: Vector | None = None

    def at(self, t_ns: int, weights: Vector, voiced: bool) -> Vector:
        """Return the mouth (52,) at `t_ns`; `weights` (52,) are the fuser's for that time.

        Asked for an earlier time than the last, it starts afresh, at rest.
        """
        if self._asked_ns is None or t_ns < self._asked_ns:
            self._turn, self._asked_ns = _Turn(t_ns, 0.0, 0.0), t_ns
        if voiced != bool(self._turn.goal):
            share = self._turn.at(self._asked_ns)
            self._turn = _Turn(self._asked_ns, share, float(voiced))
        self._asked_ns = t_ns
        if voiced or self._spoken is None:
            self._spoken = weights
        share = self._turn.at(t_ns)
        return np.asarray(np.float32(share) * self._spoken, np.float32)
