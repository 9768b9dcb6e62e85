"""How soon the live mouth begins and ends: ears, gate, fuser and mouth as in a call."""

from collections.abc import Iterator, Sequence
from math import nan

import numpy as np

from vcam.evaluation.lip_metrics import Interval, bootstrap
from vcam.evaluation.voice import Row
from vcam.evaluation.voice_sets import JudgedClip
from vcam.evaluation.voice_stillness import FPS, live_mouth
from vcam.media import Vector
from vcam.nets.fuser import LIVE_MS, Fuser
from vcam.studio.lips import Track
from vcam.studio.phones import Phone
from vcam.training.sound import RATE

MOVES = 0.02
"""A weight above this is a mouth that moves; speech reaches ten times as much."""
_PAUSE_S = 0.5
_WITHIN_S = 0.5
_SILENCE = RATE
"""Samples of silence after each clip, so that its last end is watched as long as the others."""

Spans = list[tuple[float, float]]


def turn_rows(net: Fuser, name: str, clips: Sequence[JudgedClip]) -> Iterator[Row]:
    """Yield, for each look-ahead, how long after the first sound the mouth moves and how long
    after the last it rests, in ms; means over utterances. The gate's hangover is in the second.

    A mouth that does not turn within half a second counts as that late; nothing to judge is NaN.
    """
    for ahead in LIVE_MS:
        begun: list[float] = []
        ended: list[float] = []
        for clip in clips:
            drawn_out = np.pad(clip.samples, (0, _SILENCE))
            starts, ends = _turns(clip, live_mouth(net, drawn_out, ahead), ahead / 1000)
            begun += starts
            ended += ends
        for metric, found, wanted in (
            ("first motion after first sound", begun, "<= 60"),
            ("rest after last sound", ended, "hangover + 80"),
        ):
            interval = bootstrap(found) if found else Interval(nan, nan, nan)
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


def _turns(clip: JudgedClip, shown: Vector, ahead_s: float) -> tuple[list[float], list[float]]:
    """Return the delays in ms of every beginning and every end, frames to their own time.

    A mouth that still moves before it can hear an utterance cannot be seen to begin with it, and
    one that never moved in it cannot come to rest.
    """
    moving = shown.max(axis=1) > MOVES
    times_s = np.arange(len(shown)) / FPS
    begun, ended = [], []
    for start_s, end_s in utterances(clip.phones):
        restless = moving[times_s < start_s - ahead_s][-1:].any()
        if start_s > _PAUSE_S and not restless:
            begun.append(_delay_ms(times_s[moving], start_s))
        if moving[(times_s >= start_s) & (times_s < end_s)].any():
            ended.append(_delay_ms(times_s[~moving], end_s))
    return begun, ended


def _delay_ms(times_s: Track, since_s: float) -> float:
    """Return how long after `since_s` the first of the times is; none in time: all the time."""
    after_s = times_s[times_s >= since_s] - since_s
    return 1000.0 * min(float(after_s.min(initial=np.inf)), _WITHIN_S)
