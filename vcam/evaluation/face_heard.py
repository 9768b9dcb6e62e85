"""A held-out clip as a call would hear it: the mouth is left to the fuser, from the clip's sound.

Pose, blink, gaze and mood stay those of the clip, so that its frames remain the truth.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from vcam.arkit import ARKIT_NAMES
from vcam.audio.listening import listen
from vcam.evaluation.face import controls_of
from vcam.media import Controls, WindowSpec
from vcam.studio.frames import FrameStore
from vcam.studio.shoot import SOUND
from vcam.studio.sound import SOUND_RATE, read_sound

SPOKEN = np.array([name.startswith(("jaw", "mouth", "tongue")) for name in ARKIT_NAMES])
"""The weights that speech moves."""


def heard_controls(clip: FrameStore, window: WindowSpec) -> Iterator[Controls]:
    """Yield the controls of a clip's frames, in order; sound comes in blocks, as in a call."""
    sound, times_ns = read_sound(clip.folder / SOUND), clip.labels.t_ns.tolist()
    for index, hearing in enumerate(listen(sound, SOUND_RATE, times_ns, window)):
        given = controls_of(clip, index)
        assert given.expression is not None
        unspoken = np.where(SPOKEN, 0, given.expression).astype(np.float32)
        yield replace(given, expression=unspoken, audio=hearing.window, voiced=hearing.voiced)
