"""How still the mouth is while nobody speaks, and how fast it turns: the live path, frame by frame.

Sound goes through the ears and their gate, the fuser as a stream and the mouth's track, as in a
call at 30 frames a second; landmarks are the mean head's, in pixels of the face region of 512.
"""

from collections.abc import Iterator

import numpy as np
import torch

from vcam.audio.ears import Ears
from vcam.engines.mouth import MouthTrack
from vcam.engines.speech import Part, SpeechStream, window
from vcam.evaluation.voice import LIVE_MS, Row
from vcam.media import MS_NS, AudioChunk, Samples, Vector, frame_due_ns, samples_to_ns
from vcam.nets.fuser import Fuser
from vcam.profile import GateSettings
from vcam.studio.assets import HeadAsset
from vcam.studio.camera import PIXELS_PER_CM
from vcam.studio.landmarks import INNER_LIPS, LANDMARKS_68, OUTER_LIPS
from vcam.studio.rig import ICT_FROM_ARKIT
from vcam.training import sound

FPS = 30
_CHUNK = 320
_SETTLE_S = 2


def live_mouth(net: Fuser, samples: Samples, look_ahead_ms: int = LIVE_MS) -> Vector:
    """Return what an engine shows for sound (N,) at 16 kHz: weights (frames, 52) at 30 a second."""
    ears = Ears(window(look_ahead_ms), GateSettings())
    graphs = net.graphs()
    stream = SpeechStream(_plain(graphs["embed"]), _plain(graphs[f"express_{look_ahead_ms}"]))
    mouth = MouthTrack()
    shown: list[Vector] = []
    for start in range(0, len(samples) - _CHUNK + 1, _CHUNK):
        chunk = AudioChunk(
            samples_to_ns(start, sound.RATE), samples[start : start + _CHUNK], sound.RATE
        )
        ears.hear(chunk)
        while (t_ns := frame_due_ns(len(shown), FPS)) + look_ahead_ms * MS_NS <= ears.heard_ns:
            hearing = ears.at(t_ns)
            assert hearing.window is not None
            shown.append(mouth.at(t_ns, stream.at(hearing.window), hearing.voiced))
    return np.stack(shown)


class Stillness:
    """Measures how far the mouth moves in sound without a voice."""

    def __init__(self, net: Fuser, asset: HeadAsset) -> None:
        self._net = net
        points = [*LANDMARKS_68[OUTER_LIPS], *LANDMARKS_68[INNER_LIPS]]
        deltas = asset.expression_deltas[:, points, :2].astype(np.float32)
        self._pixels = PIXELS_PER_CM * np.einsum("iw,ipc->wpc", ICT_FROM_ARKIT, deltas)

    def rows(self, seconds: float, seed: int) -> Iterator[Row]:
        """Yield the motion of the mouth's landmarks, rms in pixels, for each kind of sound."""
        for name, samples in quiet_sounds(seconds, seed).items():
            shown = live_mouth(self._net, samples)[_SETTLE_S * FPS :]
            moved = np.einsum("tw,wpc->tpc", shown, self._pixels)
            rms = float(np.sqrt(np.square(moved - moved.mean(axis=0)).sum(axis=2).mean()))
            yield Row(name, "mouth landmarks, px rms at 512", rms, rms, rms, wanted="< 0.3")


def quiet_sounds(seconds: float, seed: int) -> dict[str, Samples]:
    """Return `seconds` of silence and of noises as loud as they are beside a microphone."""
    random = np.random.default_rng(seed)
    count = int(seconds * sound.RATE)
    hiss = random.standard_normal(count).astype(np.float32)
    return {
        "silence": np.zeros(count, np.float32),
        "hiss -60 dB": sound.gain(hiss, -60.0),
        "fan -45 dB": sound.gain(sound.hum_of_fan(count, random), -45.0),
        "fan -30 dB": sound.gain(sound.hum_of_fan(count, random), -30.0),
        "typing -40 dB": sound.gain(sound.keyboard(count, random), -40.0),
    }


def _plain(graph: torch.nn.Module) -> Part:
    @torch.inference_mode()
    def run(array: Vector) -> Vector:
        return np.asarray(graph(torch.from_numpy(np.ascontiguousarray(array))).numpy(), np.float32)

    return run
