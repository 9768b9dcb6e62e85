"""How soon the live mouth begins and ends: ears, gate, fuser and mouth as in a call."""

from collections.abc import Iterator, Sequence

import numpy as np

from vcam.evaluation.lip_metrics import Interval, bootstrap
from vcam.evaluation.voice import Row
from vcam.evaluation.voice_sets import JudgedClip
from vcam.evaluation.voice_stillness import FPS, live_mouth
from vcam.media import Vector
from vcam.nets.fuser import LIVE_MS, Fuser
from vcam.studio.phones import Phone

MOVES = 0.02
"""A weight above this is a mouth that moves; speech reaches ten times as much."""
_PAUSE_S = 0.5
_WITHIN_S = 0.5

Spans = list[tuple[float, float]]


def turn_rows(net: Fuser, name: str, clips: Sequence[JudgedClip]) -> Iterator[Row]:
    """Yield, for each look-ahead, how long after the first sound the mouth moves and how long
    after the last it rests, in ms; means over clips. The gate's hangover is in the second."""
    for ahead in LIVE_MS:
        begun: list[float] = []
        ended: list[float] = []
        for clip in clips:
            starts, ends = _turns(clip, live_mouth(net, clip.samples, ahead))
            begun += starts
            ended += ends
        for metric, found, wanted in (
            ("first motion after first sound", begun, "<= 60"),
            ("rest after last sound", ended, "hangover + 80"),
        ):
            interval = bootstrap(found) if found else Interval(0.0, 0.0, 0.0)
            label = f"{metric}, ms, look-ahead {ahead}"
            bounds = interval.value, interval.low, interval.high
            yield Row(name, label, *bounds, wanted=wanted, clips=len(clips))


def utterances(phones: Sequence[Phone]) -> Spans:
    """Return (start, end) in seconds of runs of sounds without a pause of half a second."""
    spans: Spans = []
    for phone in phones:
        if not phone.letter:
            continue
        if spans and phone.start_s - spans[-1][1] < _PAUSE_S:
            spans[-1] = (spans[-1][0], phone.end_s)
        else:
            spans.append((phone.start_s, phone.end_s))
    return spans


def _turns(clip: JudgedClip, shown: Vector) -> tuple[list[float], list[float]]:
    """Return the delays in ms of every beginning and every end, frames to their own time."""
    moving = shown.max(axis=1) > MOVES
    times_s = np.arange(len(shown)) / FPS
    spans = utterances(clip.phones)
    begun, ended = [], []
    for (start_s, end_s), (next_s, _) in zip(spans, [*spans[1:], (np.inf, 0.0)], strict=True):
        after = times_s[moving & (times_s >= start_s) & (times_s < start_s + _WITHIN_S)]
        if start_s > _PAUSE_S and len(after):
            begun.append(1000.0 * float(after[0] - start_s))
        rest = times_s[~moving & (times_s >= end_s) & (times_s < min(next_s, end_s + _WITHIN_S))]
        if len(rest):
            ended.append(1000.0 * float(rest[0] - end_s))
    return begun, ended
