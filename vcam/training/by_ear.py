"""The mouths that a call would ask for in a training set: the fuser's, with its mistakes.

A net that learns from them hedges as the fuser does. Measured with lite512 on held-out clips, the
mouth moved by sound: mouth SSIM .892 -> .895, but of 147 closures 130 are kept instead of 135;
after 700 steps more without them .893 and 133.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from vcam.audio.listening import listen
from vcam.engines.talker import Talker
from vcam.media import SECOND_NS, Controls, Vector, frame_due_ns
from vcam.studio.clips import FPS
from vcam.studio.frames import FrameStore
from vcam.studio.sound import SOUND_RATE
from vcam.studio.speechset import CURVE_HZ, read_clip
from vcam.studio.spoken import by_recording, read_spoken


def mistakes(store: FrameStore, speech: Path, talker: Talker) -> Mapping[int, Vector]:
    """Return the fuser's mouth less the true one, (52,), of each frame that was taken from speech.

    Raises:
        InputError: the speech set that they were taken from is not at `speech`.
    """
    found: dict[int, Vector] = {}
    for path, moments in by_recording(read_spoken(store.folder), speech):
        clip = read_clip(speech, path)
        frames = {moment.t_ns: moment.frame for moment in moments}
        count = round(moments[-1].t_ns * FPS / SECOND_NS) + 1
        times_ns = (frame_due_ns(index, FPS) for index in range(count))
        for hearing in listen(clip.samples, SOUND_RATE, times_ns, talker.window):
            t_ns = hearing.t_ns
            mouth = talker.at(Controls(t_ns, hearing.window, hearing.voiced))
            if t_ns in frames:
                true = clip.weights[min(t_ns * CURVE_HZ // SECOND_NS, len(clip.weights) - 1)]
                found[frames[t_ns]] = np.asarray(mouth - true, np.float32)
    return found
