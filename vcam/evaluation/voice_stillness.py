"""How still the mouth is while nobody speaks, and how fast it turns: the live path, frame by frame.

Sound goes through the ears and their gate, the fuser as a stream and the mouth's track, as in a
call at 30 frames a second; stillness counts the seeded idle in, whose lips part now and then.
Landmarks are the mean head's, in pixels of the face region of 512.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import torch

from vcam.audio.ears import Ears
from vcam.engines.merging import merge
from vcam.engines.mouth import MouthTrack
from vcam.engines.speech import SpeechStream, Step, window
from vcam.evaluation.voice import LIVE_MS, Row
from vcam.identity import PoseRange
from vcam.media import MS_NS, AudioChunk, Hearing, Samples, Vector, frame_due_ns, samples_to_ns
from vcam.nets.fuser import Fuser
from vcam.profile import GateSettings, LifeSettings
from vcam.signals.controls import ControlsTrack
from vcam.studio.assets import HeadAsset
from vcam.studio.camera import PIXELS_PER_CM
from vcam.studio.landmarks import INNER_LIPS, LANDMARKS_68, OUTER_LIPS
from vcam.studio.rig import ICT_FROM_ARKIT
from vcam.training import sound

FPS = 30
_CHUNK = 320
_SETTLE_S = 2
LEAST_S = _SETTLE_S + 1
"""The mouth is watched once it has settled."""
_AT_EASE = PoseRange()


def live_mouth(net: Fuser, samples: Samples, look_ahead_ms: int = LIVE_MS) -> Vector:
    """Return what the voice moves in sound (N,) at 16 kHz: weights (frames, 52) at 30 a second."""
    return np.stack([mouth for _, mouth in live(net, samples, look_ahead_ms)])


def live_face(net: Fuser, samples: Samples, seed: int) -> Vector:
    """Return what an engine shows, idle motion included: expressions (frames, 52)."""
    track = ControlsTrack(LifeSettings(), seed, _AT_EASE)
    heard = live(net, samples, LIVE_MS)
    return np.stack([merge(track.at(hearing), mouth)[0] for hearing, mouth in heard])


def live(net: Fuser, samples: Samples, look_ahead_ms: int) -> Iterator[tuple[Hearing, Vector]]:
    """Yield what is heard and the mouth (52,) of the voice, for each frame of a call."""
    ears = Ears(window(look_ahead_ms), GateSettings())
    stream = SpeechStream(_plain(net.graphs()[f"step_{look_ahead_ms}"]), net.channels)
    mouth = MouthTrack()
    index = 0
    for start in range(0, len(samples) - _CHUNK + 1, _CHUNK):
        chunk = AudioChunk(
            samples_to_ns(start, sound.RATE), samples[start : start + _CHUNK], sound.RATE
        )
        ears.hear(chunk)
        while (t_ns := frame_due_ns(index, FPS)) + look_ahead_ms * MS_NS <= ears.heard_ns:
            hearing = ears.at(t_ns)
            assert hearing.window is not None
            yield hearing, mouth.at(t_ns, stream.at(hearing.window), hearing.voiced)
            index += 1


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
            shown = live_face(self._net, samples, seed)[_SETTLE_S * FPS :]
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


def _plain(graph: torch.nn.Module) -> Step:
    @torch.inference_mode()
    def run(*arrays: Vector) -> Sequence[Vector]:
        tensors = (torch.from_numpy(np.ascontiguousarray(array)) for array in arrays)
        return [output.numpy() for output in graph(*tensors)]

    return run
