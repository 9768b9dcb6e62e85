"""The voice gate: is somebody speaking? Samples in, one decision per 10 ms out. Pure.

A frame counts as voice when webrtcvad says so and it is louder than the tracked noise floor.
Attack and hangover make four states of it:

              voice                steady voice
    QUIET ------------> STARTING ----------------> SPEAKING <-------+
      ^  ^                 | no voice                 | no voice    | steady voice
      |  +-----------------+                          v             |
      +------------------------------------------- STOPPING --------+
                    hangover_ms without voice

webrtcvad takes key strokes and fans for voice (measured: more than half of the time), so voice is
steady only when it has lasted for attack_ms without a frame far below the others, which a click
has not, and has a pitch, which a fan has not. Sound without a pitch, an f or s, must be 6 dB louder
and last 20 ms longer. Typing after a word therefore does not keep the gate open.
"""

from collections import deque
from dataclasses import dataclass
from enum import Enum

import numpy as np
import webrtcvad

from vcam.media import Samples
from vcam.profile import GateSettings

GATE_RATE = 16_000
FRAME_MS = 10
FRAME = GATE_RATE * FRAME_MS // 1000
"""Samples in a frame."""

_QUIETEST_DB = -60.0
"""Nothing below this is voice, however quiet the room."""
_STEADY_DB = 8.0
_UNPITCHED_EXTRA_MS = 20
_UNPITCHED_EXTRA_DB = 6.0
_PITCHED = 0.6
"""Normalised autocorrelation from which sound has a pitch."""


class GateState(Enum):
    """Where the gate is; it is open in SPEAKING and STOPPING."""

    QUIET = "quiet"
    STARTING = "starting"
    SPEAKING = "speaking"
    STOPPING = "stopping"


@dataclass(frozen=True)
class GateFrame:
    """The decision for 10 ms."""

    state: GateState
    level_db: float
    """Power of the frame above 120 Hz, in dB re full scale."""
    floor_db: float
    """The tracked noise floor."""

    @property
    def open(self) -> bool:
        """Whether somebody is speaking."""
        return self.state in (GateState.SPEAKING, GateState.STOPPING)


class VoiceGate:
    """Says for every 10 ms of 16 kHz sound whether somebody is speaking.

    Once open it stays so for at least hangover_ms, and no pause shorter than that shuts it.
    """

    def __init__(self, settings: GateSettings) -> None:
        self._webrtc = webrtcvad.Vad(settings.aggressiveness)
        self._above_floor_db = settings.above_floor_db
        self._hangover = _frames(settings.hangover_ms)
        self._attack = _frames(settings.attack_ms)
        self._unpitched = _frames(settings.attack_ms + _UNPITCHED_EXTRA_MS)
        self._band = _SpeechBand()
        self._floor = NoiseFloor()
        self._state = GateState.QUIET
        self._silent = 0  # frames without voice, in STOPPING
        self._run: deque[float] = deque(maxlen=self._unpitched)
        """How far above the floor (dB) the frames of the present run of voice were."""
        self._held: Samples = np.empty(0, np.float32)

    def push(self, samples: Samples) -> list[GateFrame]:
        """Take samples (N,) and return the decisions for the frames that they complete."""
        held = np.concatenate([self._held, samples])
        whole = len(held) // FRAME * FRAME
        frames, self._held = held[:whole].reshape(-1, FRAME), held[whole:]
        pcm = (np.minimum(np.maximum(frames, -1.0), 1.0) * 32_767).astype(np.int16)
        return [self._decide(frame, row.tobytes()) for frame, row in zip(frames, pcm, strict=True)]

    def _decide(self, frame: Samples, pcm: bytes) -> GateFrame:
        level_db = self._band.push(frame)
        floor_db = self._floor.push(level_db)
        above_db = level_db - floor_db
        # webrtcvad learns from every frame, so it is asked even where the level has decided.
        likely = self._webrtc.is_speech(pcm, GATE_RATE)
        loud = above_db > self._above_floor_db and level_db > _QUIETEST_DB
        self._state = self._next(likely and loud, above_db)
        return GateFrame(self._state, level_db, floor_db)

    def _next(self, voice: bool, above_db: float) -> GateState:
        """Return the state after a frame; see the drawing above."""
        if voice:
            self._run.append(above_db)
        else:
            self._run.clear()
        if self._state is GateState.SPEAKING and voice:
            return GateState.SPEAKING
        if voice and self._is_steady():
            self._silent = 0
            return GateState.SPEAKING
        if self._state in (GateState.QUIET, GateState.STARTING):
            return GateState.STARTING if voice else GateState.QUIET
        self._silent += not voice
        return GateState.QUIET if self._silent >= self._hangover else GateState.STOPPING

    def _is_steady(self) -> bool:
        """Say whether the last frames are voice and no click: none is far below the loudest."""

        def steady(frames: int) -> bool:
            last = list(self._run)[-frames:]
            return len(last) == frames and min(last) >= max(last) - _STEADY_DB

        loud_enough = self._run[-1] > self._above_floor_db + _UNPITCHED_EXTRA_DB
        if loud_enough and steady(self._unpitched):
            return True
        return steady(self._attack) and self._band.pitch() > _PITCHED


class NoiseFloor:
    """Follows the level of what is always there: the least smoothed level of about 2 s.

    Falls at once; rises within 2 s when a fan starts, and is not lifted by speech, which pauses
    more often than that. Before anything has been heard it supposes a quiet room for 1 s.
    """

    _SMOOTHING = 0.2  # per frame: about 50 ms
    _SPAN = 25  # frames
    _SPANS = 8
    _SUPPOSED_DB = -50.0

    def __init__(self) -> None:
        self._smooth_db = 0.0
        self._least_db = self._SUPPOSED_DB
        self._past_db = [self._SUPPOSED_DB] * (self._SPANS // 2)
        self._count = 0

    def push(self, level_db: float) -> float:
        """Take the level of a frame and return the floor, both in dB re full scale."""
        if self._count == 0:
            self._smooth_db = level_db
        self._smooth_db += self._SMOOTHING * (level_db - self._smooth_db)
        self._least_db = min(self._least_db, self._smooth_db)
        self._count += 1
        if self._count % self._SPAN == 0:
            self._past_db = [*self._past_db, self._least_db][-self._SPANS :]
            self._least_db = self._smooth_db
        return min(self._least_db, *self._past_db)


class _SpeechBand:
    """The sound above 120 Hz, without the rumble of fans and desks; and whether it has a pitch."""

    _TAPS = 127
    _SPAN = 512  # samples that a pitch is looked for in: two periods of 62 Hz
    _LAGS = np.arange(40, 201)  # 400 .. 80 Hz

    def __init__(self) -> None:
        self._filter = -_low_pass(120, self._TAPS)
        self._filter[self._TAPS // 2] += 1.0
        self._raw: Samples = np.zeros(self._TAPS - 1, np.float32)
        self._recent: Samples = np.zeros(self._SPAN, np.float32)

    def push(self, frame: Samples) -> float:
        """Take a frame and return its level in dB re full scale."""
        raw = np.concatenate([self._raw, frame])
        self._raw = raw[len(frame) :]
        kept = np.convolve(raw, self._filter, mode="valid")
        self._recent = np.concatenate([self._recent[len(frame) :], kept])
        return 10.0 * float(np.log10(np.dot(kept, kept) / len(kept) + 1e-9))

    def pitch(self) -> float:
        """Return the greatest normalised autocorrelation over the lags of a human voice."""
        sound = self._recent - self._recent.mean()
        spectrum = np.fft.rfft(sound, 2 * self._SPAN)
        products = np.fft.irfft(spectrum.real**2 + spectrum.imag**2)[self._LAGS]
        energy = np.concatenate([[0.0], np.cumsum(sound * sound)])
        early, late = energy[self._SPAN - self._LAGS], energy[-1] - energy[self._LAGS]
        return float((products / np.sqrt(early * late + 1e-12)).max())


def _low_pass(cutoff_hz: float, taps: int) -> Samples:
    """Return a windowed-sinc filter (taps,) at 16 kHz."""
    place = np.arange(taps) - taps // 2
    sinc = 2.0 * cutoff_hz / GATE_RATE * np.sinc(2.0 * cutoff_hz / GATE_RATE * place)
    windowed: Samples = (sinc * np.hamming(taps)).astype(np.float32)
    return windowed


def _frames(duration_ms: int) -> int:
    """Return how many frames make up `duration_ms`, rounded up, at least one."""
    return max(1, -(-duration_ms // FRAME_MS))
