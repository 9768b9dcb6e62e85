"""What is heard: voice gate, loudness and the window of features, for any recent time. Pure."""

import math
from collections.abc import Callable
from typing import Protocol

import numpy as np

from vcam.audio.features import (
    MFCC_HOP,
    MFCC_RATE,
    MFCC_REACH,
    MFCC_ROWS,
    LogMel,
    Mfcc,
)
from vcam.audio.resample import Resampler
from vcam.audio.running_mean import NormalisedLogMel
from vcam.audio.timeline import Timeline, is_gap
from vcam.audio.vad import FRAME, FRAME_MS, GATE_RATE, GateFrame, VoiceGate
from vcam.media import MS_NS, SECOND_NS, AudioChunk, Hearing, Samples, Vector, WindowSpec
from vcam.profile import GateSettings

_REMEMBERED_S = 4
"""At least this much is kept, for answers about the last 2 s. Of a gap no more is filled in."""
HELD_MS = 40
"""Sound that comes later than this counts as silence until it comes: two blocks of a pipe."""
_ACTIVITY_MS = 3000
_VOICED = 0
"""The column of the gate."""


class Ears:
    """Hears chunks of sound in order and answers for any time of the last two seconds.

    Every answer is a function of the sound up to `look_ahead_ms` after the time asked for, and
    provisional until that has been heard: how it was cut into chunks, and how often somebody asks,
    changes nothing. The gate looks ahead like the window, because lips part before they sound.
    Gaps, and the time before the first chunk, count as silence; so does what follows the newest
    chunk, once it is late. One thread at a time.
    """

    def __init__(self, window: WindowSpec | None, gate: GateSettings) -> None:
        self._voice = _Voice(gate, window.look_ahead_ms if window else 0)
        self._window = None if window is None else _WINDOWS[window.kind](window)
        self._lines = {GATE_RATE: _Line(GATE_RATE, self._voice.push)}
        if self._window is not None:
            rate = self._window.sample_rate
            self._lines.setdefault(rate, _Line(rate)).feed(self._window.push)

    @property
    def heard_ns(self) -> int:
        """The time up to which sound has been taken in; 0 before the first chunk."""
        return min(line.end_ns for line in self._lines.values())

    def hear(self, chunk: AudioChunk) -> None:
        """Take the next chunk of sound."""
        for line in self._lines.values():
            line.hear(chunk)

    def at(self, t_ns: int) -> Hearing:
        """Answer for `t_ns`; up to HELD_MS after `heard_ns` by the newest known state.

        After that there is silence: nobody's mouth stays open because a microphone was unplugged.
        """
        missing_ms = (t_ns - self.heard_ns) / MS_NS
        late = missing_ms > HELD_MS
        voiced, level, activity = self._voice.at(t_ns, self._lines[GATE_RATE].timeline)
        if late:
            voiced, level = False, 0.0
            activity *= math.exp(-missing_ms / _ACTIVITY_MS)
        window = None
        if self._window is not None:
            window = self._window.at(t_ns, self._lines[self._window.sample_rate].timeline, late)
        return Hearing(t_ns, voiced, level, activity, window)


class _Line:
    """Sound at one rate, without gaps: what is missing is filled with silence."""

    def __init__(self, sample_rate: int, *listeners: Callable[[Samples], None]) -> None:
        self._resampler = Resampler(sample_rate)
        self._listeners = list(listeners)
        self.timeline = Timeline(sample_rate)

    def feed(self, listener: Callable[[Samples], None]) -> None:
        self._listeners.append(listener)

    @property
    def end_ns(self) -> int:
        return self.timeline.t_ns(self.timeline.count)

    def hear(self, chunk: AudioChunk) -> None:
        for piece in self._resampler.push(chunk):
            if self.timeline.count and is_gap(self.end_ns, piece):
                self._fill(piece)
            self._push(piece.t_ns, piece.samples)

    def _fill(self, piece: AudioChunk) -> None:
        """Push silence up to `piece`; of a long gap only what can still be asked for."""
        missing_ns = min(piece.t_ns - self.end_ns, _REMEMBERED_S * SECOND_NS)
        count = round(missing_ns * piece.sample_rate / SECOND_NS)
        self._push(piece.t_ns - missing_ns, np.zeros(count, np.float32))

    def _push(self, t_ns: int, samples: Samples) -> None:
        self.timeline.push(t_ns, len(samples))
        for listener in self._listeners:
            listener(samples)


class _Voice:
    """The gate and the loudness on a grid of 10 ms; columns: voiced, level, activity."""

    _FULL_RANGE_DB = 30.0
    _LEVEL_GAIN = 1.0 - math.exp(-FRAME_MS / 50)
    _ACTIVITY_GAIN = 1.0 - math.exp(-FRAME_MS / _ACTIVITY_MS)
    _LOUD_UP, _LOUD_DOWN = 0.05, 0.001  # per frame of speech: 0.2 s and 10 s

    def __init__(self, gate: GateSettings, look_ahead_ms: int) -> None:
        self._gate, self._ahead = VoiceGate(gate), look_ahead_ms // FRAME_MS
        self._grid = _Ring(np.zeros(3, np.float32), _REMEMBERED_S * 1000 // FRAME_MS)
        self._loud_db = -20.0
        """Level of this voice's loud moments: microphones differ by 30 dB and more."""
        self._level = self._activity = 0.0

    def push(self, samples: Samples) -> None:
        for frame in self._gate.push(samples):
            self._grid.push(np.array([self._measure(frame)], np.float32))

    def at(self, t_ns: int, timeline: Timeline) -> tuple[bool, float, float]:
        """Return voiced, level and activity of the last frame that ends by `t_ns`.

        Voiced: there, or in one of those that are looked ahead at.
        """
        frame = timeline.index_at(t_ns) // FRAME - 1
        rows = self._grid.rows(frame, frame + 1 + self._ahead)
        _, level, activity = rows[0].tolist()
        return bool(rows[:, _VOICED].any()), level, activity

    def _measure(self, frame: GateFrame) -> tuple[float, float, float]:
        if frame.open:
            above_db = frame.level_db - self._loud_db
            self._loud_db += (self._LOUD_UP if above_db > 0 else self._LOUD_DOWN) * above_db
        loudness = 1.0 + (frame.level_db - self._loud_db) / self._FULL_RANGE_DB
        self._level += self._LEVEL_GAIN * (min(1.0, max(0.0, loudness)) - self._level)
        self._activity += self._ACTIVITY_GAIN * (float(frame.open) - self._activity)
        return float(frame.open), self._level * frame.open, self._activity


class _Window(Protocol):
    """The window of features that an engine asks for."""

    @property
    def sample_rate(self) -> int: ...

    def push(self, samples: Samples) -> None: ...

    def at(self, t_ns: int, timeline: Timeline, late: bool) -> Vector:
        """Return the rows about `t_ns`; if the sound is `late`, unknown ones are of silence."""
        ...


class _LogMelWindow:
    """Rows that end after t - past_ms and not after t + look_ahead_ms: (their number, 80).

    A row is the 10 ms step that its last sample completes, so nothing later than
    t + look_ahead_ms is looked at. Where that has not been heard yet, the newest row is repeated.
    """

    sample_rate = LogMel.sample_rate

    def __init__(self, spec: WindowSpec, features: LogMel | NormalisedLogMel) -> None:
        self._rows = (spec.past_ms + spec.look_ahead_ms) // FRAME_MS
        self._look_ahead_ns = spec.look_ahead_ms * MS_NS
        self._features = features
        self._ring = _Ring(self._features.silence, _REMEMBERED_S * 1000 // FRAME_MS + self._rows)

    def push(self, samples: Samples) -> None:
        self._ring.push(self._features.push(samples))

    def at(self, t_ns: int, timeline: Timeline, late: bool) -> Vector:
        stop = timeline.index_at(t_ns + self._look_ahead_ns) // LogMel.hop
        return self._ring.rows(stop - self._rows, stop, repeat=not late)


class _MfccWindow:
    """The papers' 64 rows from hop floor(t * 44100 / 512) - 32 on: (64, 60).

    The papers look 383.13 ms ahead, which 384 covers. A smaller `look_ahead_ms` answers sooner:
    rows that would look at later sound, or at sound that has not been heard yet, repeat the
    newest allowed row.
    """

    sample_rate = Mfcc.sample_rate

    def __init__(self, spec: WindowSpec) -> None:
        self._look_ahead_ns = spec.look_ahead_ms * MS_NS
        self._features = Mfcc()
        self._ring = _Ring(self._features.silence, _REMEMBERED_S * MFCC_RATE // MFCC_HOP)

    def push(self, samples: Samples) -> None:
        self._ring.push(self._features.push(samples))

    def at(self, t_ns: int, timeline: Timeline, late: bool) -> Vector:
        start = timeline.index_at(t_ns) // MFCC_HOP - MFCC_ROWS // 2
        heard = timeline.index_at(t_ns + self._look_ahead_ns) - MFCC_REACH
        limit = heard // MFCC_HOP + 1
        return self._ring.rows(start, start + MFCC_ROWS, limit, repeat=not late)


_WINDOWS: dict[str, Callable[[WindowSpec], _Window]] = {
    "log_mel": lambda spec: _LogMelWindow(spec, LogMel()),
    "normalised_log_mel": lambda spec: _LogMelWindow(spec, NormalisedLogMel()),
    "mfcc": _MfccWindow,
}


class _Ring:
    """The newest rows of a table that grows for ever."""

    def __init__(self, before: Vector, capacity: int) -> None:
        """Every row before the first one is `before` (columns,)."""
        self._before = before
        self._table = np.tile(before, (capacity, 1))
        self._count = 0

    def push(self, rows: Vector) -> None:
        """Append rows (n, columns)."""
        capacity = len(self._table)
        self._count += len(rows)
        kept = rows[-capacity:]
        self._table[np.arange(self._count - len(kept), self._count) % capacity] = kept

    def rows(self, start: int, stop: int, limit: int | None = None, repeat: bool = True) -> Vector:
        """Return rows start .. stop - 1; those from `limit` on repeat the one before it.

        Unknown ones repeat the newest, or without `repeat` are as those before the first.
        """
        asked = np.arange(start, stop)
        known = self._count if limit is None else min(limit, self._count)
        wanted = np.clip(asked, self._count - len(self._table), known - 1)
        found = self._table[wanted % len(self._table)]
        if not repeat:
            found[asked >= self._count] = self._before
        return found
