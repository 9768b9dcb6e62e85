"""A held-out clip as a call would hear it: the mouth is left to the fuser, from the clip's sound.

Pose, blink, gaze and mood stay those of the clip, so that its frames remain the truth.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from vcam.arkit import ARKIT_NAMES
from vcam.audio.ears import Ears
from vcam.evaluation.face import controls_of
from vcam.media import MS_NS, SECOND_NS, AudioChunk, Controls, WindowSpec
from vcam.profile import GateSettings
from vcam.studio.frames import FrameStore
from vcam.studio.shoot import SOUND
from vcam.studio.sound import SOUND_RATE, read_sound

SPOKEN = np.array([name.startswith(("jaw", "mouth", "tongue")) for name in ARKIT_NAMES])
"""The weights that speech moves."""
_BLOCK = SOUND_RATE // 50


def heard_controls(clip: FrameStore, window: WindowSpec) -> Iterator[Controls]:
    """Yield the controls of a clip's frames, in order; sound comes in blocks, as in a call."""
    ears = Ears(window, GateSettings())
    ahead_ns = (window.look_ahead_ms + 20) * MS_NS
    samples = np.pad(read_sound(clip.folder / SOUND), (0, SOUND_RATE))
    blocks = (
        AudioChunk(start * SECOND_NS // SOUND_RATE, samples[start : start + _BLOCK], SOUND_RATE)
        for start in range(0, len(samples) - _BLOCK + 1, _BLOCK)
    )
    for index, t_ns in enumerate(clip.labels.t_ns.tolist()):
        while ears.heard_ns < t_ns + ahead_ns and (block := next(blocks, None)) is not None:
            ears.hear(block)
        given = controls_of(clip, index)
        hearing = ears.at(t_ns)
        assert given.expression is not None
        unspoken = np.where(SPOKEN, 0, given.expression).astype(np.float32)
        yield replace(given, expression=unspoken, audio=hearing.window, voiced=hearing.voiced)
