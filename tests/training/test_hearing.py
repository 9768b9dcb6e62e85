"""Windows of a whole recording are those of a call."""

import numpy as np

from vcam.audio.ears import Ears
from vcam.engines.senses import WINDOW
from vcam.media import MS_NS, SECOND_NS, AudioChunk
from vcam.profile import GateSettings
from vcam.studio.sound import SOUND_RATE
from vcam.training.hearing import hear, window_at, windows


def test_windows_are_those_that_a_call_hears() -> None:
    random = np.random.default_rng(0)
    loud = np.repeat(random.uniform(0.0, 0.3, 20), SOUND_RATE // 10)
    samples = (loud * random.normal(size=len(loud))).astype(np.float32)
    ears = Ears(WINDOW, GateSettings())
    padded = np.concatenate([samples, np.zeros(SOUND_RATE, np.float32)])
    rows = hear(samples)
    heard = 0
    for t_ms in range(0, 2000, 70):
        while heard * SECOND_NS < (t_ms + 420) * MS_NS * SOUND_RATE:
            chunk = padded[heard : heard + 320]
            ears.hear(AudioChunk(heard * SECOND_NS // SOUND_RATE, chunk, SOUND_RATE))
            heard += 320
        window = ears.at(t_ms * MS_NS).window
        assert window is not None
        mine = windows(rows, np.array([window_at(t_ms * MS_NS)]))[0]
        assert np.abs(mine - window).max() < 1e-4


def test_the_last_moment_of_a_recording_has_a_whole_window() -> None:
    samples = np.ones(SOUND_RATE // 2, np.float32)
    assert len(hear(samples)) >= window_at(SECOND_NS // 2) + 64
