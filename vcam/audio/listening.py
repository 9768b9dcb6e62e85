"""A recording as a call would hear it: in blocks, no more of it than its window looks ahead."""

from collections.abc import Iterable, Iterator

import numpy as np

from vcam.audio.ears import Ears
from vcam.media import MS_NS, SECOND_NS, AudioChunk, Hearing, Samples, WindowSpec
from vcam.profile import GateSettings

_BLOCK_MS = 20


def listen(
    samples: Samples, rate: int, times_ns: Iterable[int], window: WindowSpec | None
) -> Iterator[Hearing]:
    """Yield what is heard of `samples` (N,) at each time, in order of time; silence follows them.

    At most a block more has been heard than the window looks ahead.
    """
    ears = Ears(window, GateSettings())
    ahead_ns = ((window.look_ahead_ms if window else 0) + _BLOCK_MS) * MS_NS
    block, start = rate * _BLOCK_MS // 1000, 0
    for t_ns in times_ns:
        while start * SECOND_NS < (t_ns + ahead_ns) * rate:
            sound = samples[start : start + block]
            sound = np.pad(sound, (0, block - len(sound)))
            ears.hear(AudioChunk(start * SECOND_NS // rate, sound, rate))
            start += block
        yield ears.at(t_ns)
