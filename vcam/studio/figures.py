"""How speech motion measures up: range, speed, lag, closures, stillness; one way for both sides.

A mouth is sampled at 25 frames a second as the real speaker was filmed; range and speed are taken
while somebody speaks (pauses of a quarter of a second and more are left out).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from vcam.media import Vector
from vcam.studio.lips import CLOSED_APERTURE, MeanLips, Track
from vcam.studio.motion import LOUDNESS_HZ, measure_loudness
from vcam.studio.phones import Phone
from vcam.studio.sound import SOUND_RATE
from vcam.studio.speechset import CURVE_HZ, read_clip
from vcam.studio.talker import FRAME_HZ, TalkerClip

LAG_SPAN_MS = 200
_PAUSE_S = 0.25
_CLOSURE_SLACK_S = 0.02
_STILL_AFTER_S = 0.30
_PERCENTILE = 95


@dataclass(frozen=True)
class MotionFigures:
    """Figures of one speaker or of one set; apertures as in `vcam.studio.lips`."""

    aperture_p95: float
    speed_p95: float
    """Of the aperture, per second."""
    lag_ms: float
    """Mouth behind sound at the peak of their mean correlation."""
    correlation: float
    """Of loudness and aperture at that lag."""
    bilabials: int = 0
    closed: int = 0
    """Bilabials whose aperture falls to CLOSED_APERTURE or below."""
    still: float = 0.0
    """The largest motion of any weight in pauses, 0.3 s after speech and before it."""


@dataclass(frozen=True)
class _Mouth:
    """One clip: aperture at FRAME_HZ, whether somebody speaks, aperture and loudness at 100 Hz."""

    aperture: Track
    speaking: "np.ndarray[Any, np.dtype[np.bool_]]"
    fine: Track
    loudness: Vector


def measure_talker(clips: Iterable[TalkerClip]) -> MotionFigures:
    """Return the figures of the real speaker."""
    mouths = []
    for clip in clips:
        times = (np.arange(len(clip.aperture)) + 0.5) / FRAME_HZ
        loudness = measure_loudness(clip.samples(), SOUND_RATE)
        fine = np.interp(_hundredths(len(loudness)), times, clip.aperture)
        spans = [(start, end) for start, end, _ in clip.words]
        mouths.append(_Mouth(clip.aperture, _speaking(spans, times), fine, loudness))
    return _figures(mouths)


def measure_set(folder: Path, rows: Sequence[dict[str, Any]], lips: MeanLips) -> MotionFigures:
    """Return the figures of the clips of a speech set that have curves."""
    mouths: list[_Mouth] = []
    gaps: list[float] = []
    still = 0.0
    for row in rows:
        if not row["curves"]:
            continue
        clip = read_clip(folder, row["path"])
        fine = lips.aperture(clip.weights)
        curve_times = np.arange(len(fine)) / CURVE_HZ
        times = np.arange(0.5 / FRAME_HZ, curve_times[-1], 1 / FRAME_HZ)
        aperture = np.interp(times, curve_times, fine)
        loudness = measure_loudness(clip.samples, SOUND_RATE)
        spans = [(phone.start_s, phone.end_s) for phone in clip.phones if phone.letter]
        at_loudness = np.interp(_hundredths(len(loudness)), curve_times, fine)
        mouths.append(_Mouth(aperture, _speaking(spans, times), at_loudness, loudness))
        gaps += _closures(clip.phones, fine)
        still = max(still, _stillness(clip.weights, clip.phones))
    closed = sum(gap <= CLOSED_APERTURE for gap in gaps)
    return _figures(mouths, bilabials=len(gaps), closed=closed, still=still)


def _figures(mouths: Sequence[_Mouth], **counted: Any) -> MotionFigures:
    apertures = np.concatenate([mouth.aperture[mouth.speaking] for mouth in mouths])
    speeds = np.concatenate(
        [FRAME_HZ * np.abs(np.diff(mouth.aperture))[mouth.speaking[1:]] for mouth in mouths]
    )
    correlations = np.nanmean([_correlations(mouth) for mouth in mouths], axis=0)
    best = int(np.argmax(correlations))
    return MotionFigures(
        aperture_p95=float(np.percentile(apertures, _PERCENTILE)),
        speed_p95=float(np.percentile(speeds, _PERCENTILE)),
        lag_ms=best * 1000 / LOUDNESS_HZ - LAG_SPAN_MS,
        correlation=float(correlations[best]),
        **counted,
    )


def _hundredths(count: int) -> Track:
    """Return the times of `count` values of loudness, (N,)."""
    return (np.arange(count) + 0.5) / LOUDNESS_HZ


def _speaking(
    spans: Sequence[tuple[float, float]], times: Track
) -> "np.ndarray[Any, np.dtype[np.bool_]]":
    """Say for each time whether it is within speech; short pauses count as speech."""
    speaking = np.zeros(len(times), np.bool_)
    for (start, end), (following, _) in zip(spans, [*spans[1:], (np.inf, 0.0)], strict=True):
        until = following if following - end < _PAUSE_S else end
        speaking |= (times >= start) & (times <= until)
    return speaking


def _correlations(mouth: _Mouth) -> Track:
    """Return the correlation of loudness and aperture for every lag of the span, (2 n + 1,)."""
    span = LAG_SPAN_MS * LOUDNESS_HZ // 1000
    heard = mouth.loudness[span:-span]
    if len(heard) < 2 * span or heard.std() == 0:
        return np.full(2 * span + 1, np.nan)
    lagged = [mouth.fine[lag : lag + len(heard)] for lag in range(2 * span + 1)]
    return np.array([np.corrcoef(seen, heard)[0, 1] if seen.std() else np.nan for seen in lagged])


def _closures(phones: Sequence[Phone], aperture: Track) -> list[float]:
    """Return the smallest aperture of every bilabial."""
    smallest = []
    for phone in phones:
        if phone.viseme == "bilabial":
            first = max(0, int((phone.start_s - _CLOSURE_SLACK_S) * CURVE_HZ))
            last = int(np.ceil((phone.end_s + _CLOSURE_SLACK_S) * CURVE_HZ))
            smallest.append(float(aperture[first : last + 1].min()))
    return smallest


def _stillness(weights: Vector, phones: Sequence[Phone]) -> float:
    """Return the largest range of a weight within one pause, away from the speech around it."""
    largest = 0.0
    for phone in phones:
        first = int((phone.start_s + _STILL_AFTER_S) * CURVE_HZ)
        last = int((phone.end_s - _STILL_AFTER_S) * CURVE_HZ)
        if not phone.letter and last - first >= 2:
            pause = weights[first:last]
            largest = max(largest, float((pause.max(0) - pause.min(0)).max()))
    return largest
