"""Whether a whisper moves the lips, and a loud voice the jaw: the live path on the same words."""

from collections.abc import Iterator

import numpy as np

from vcam.arkit import ARKIT_INDEX
from vcam.errors import AssetError
from vcam.evaluation.lip_metrics import bootstrap
from vcam.evaluation.voice import Row
from vcam.evaluation.voice_stillness import live_mouth
from vcam.media import Samples
from vcam.nets.fuser import Fuser
from vcam.studio.lips import MeanLips
from vcam.studio.texts import load_phrases
from vcam.studio.tts import Delivery, speak_espeak
from vcam.training import sound

_SPOKEN, _WHISPERED = "gmw/en-US+f5", "gmw/en-US+whisperf"
_WHISPER_DB = -35.0
_LOUD_DB, _SOFT_DB = -14.0, -30.0
_SENTENCES = 8
_JAW = ARKIT_INDEX["jawOpen"]


def whisper_rows(net: Fuser, lips: MeanLips, seed: int) -> Iterator[Row]:
    """Yield the range of the aperture in a whisper over the spoken one, and of the jaw within one
    sentence whose second half is 16 dB louder; means over sentences.

    Raises:
        AssetError: espeak-ng or its whispering voice is missing.
    """
    random = np.random.default_rng(seed)
    sentences = [load_phrases()["en"].draw(random) for _ in range(_SENTENCES)]
    whispered, louder = [], []
    for sentence in sentences:
        spoken, quiet = _say(_SPOKEN, sentence), _say(_WHISPERED, sentence)
        reach = [
            float(np.percentile(lips.aperture(live_mouth(net, sound.levelled(said, db))), 95))
            for said, db in ((spoken, sound.SPEECH_DB), (quiet, _WHISPER_DB))
        ]
        whispered.append(reach[1] / max(reach[0], 1e-6))
        soft, loud = sound.levelled(spoken, _SOFT_DB), sound.levelled(spoken, _LOUD_DB)
        jaw = live_mouth(net, np.concatenate([soft, loud]))[:, _JAW]
        first, second = np.array_split(jaw, 2)
        louder.append(float(second.mean() / max(first.mean(), 1e-6)))
    for metric, found, wanted in (
        ("whispered over spoken p95 aperture", whispered, "> 0.3"),
        ("jaw, 16 dB louder over softer", louder, "> 1"),
    ):
        interval = bootstrap(found)
        bounds = interval.value, interval.low, interval.high
        yield Row("espeak", metric, *bounds, wanted=wanted, clips=_SENTENCES)


def _say(voice: str, sentence: str) -> Samples:
    said = speak_espeak(voice, sentence, Delivery()).samples
    if not len(said):
        raise AssetError(f"espeak-ng's voice '{voice}' says nothing; install espeak-ng again.")
    pause = np.zeros(sound.RATE // 2, np.float32)
    return np.concatenate([pause, said, pause])
