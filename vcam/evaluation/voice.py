"""`evaluate voice`: how well the fuser follows voices that it has never heard.

Every figure comes with a bootstrap interval of 95 % over clips, a floor (the sound of another
clip, where there is one; and the mouth shut, whose correlation is 0) and a ceiling (the same net
with 200 ms of look-ahead, which no call can afford).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import numpy as np

from vcam.evaluation.lip_metrics import (
    Interval,
    bootstrap,
    bootstrap_ratio,
    closures,
    correlation,
    false_closures,
    lag_curve,
    peak_ms,
    speed_p95,
)
from vcam.evaluation.voice_sets import CONDITIONS, CURVE_HZ, JudgedClip, Spoil, rows_of
from vcam.media import Samples, Vector
from vcam.nets.fuser import LOOK_AHEADS_MS, Fuser
from vcam.studio.lips import MeanLips, Track
from vcam.training.answers import weights_of

LIVE_MS = 80
CEILING_MS = 200
_FITTED_CLIPS = 100


@dataclass(frozen=True)
class Row:
    """One figure, as `--json` has it."""

    set: str
    metric: str
    value: float
    low: float
    high: float
    floor: float | None = None
    ceiling: float | None = None
    wanted: str = ""
    engine: str = "fuser"
    identity: str | None = None
    clips: int = 0

    def record(self) -> dict[str, Any]:
        """Return it as plain data."""
        return asdict(self)


class Judge:
    """Judges one net on sets of clips."""

    def __init__(self, net: Fuser, lips: MeanLips) -> None:
        self._net, self._lips = net, lips

    def mouth(self, samples: Samples, look_ahead_ms: int = LIVE_MS) -> Vector:
        """Return what the net says for a recording: weights (T, 52), curve k at 10 k + 5 ms."""
        return weights_of(self._net, rows_of(samples), look_ahead_ms)

    def moving(
        self, name: str, clips: Sequence[JudgedClip], wanted: str, wanted_lag: str
    ) -> Iterator[Row]:
        """Yield correlation, lag and speed of aperture, for clips whose mouth is known."""
        at = {ahead: self._apertures(clips, ahead) for ahead in LOOK_AHEADS_MS}
        true = [clip.aperture for clip in clips]
        wrong = [
            np.interp(clip.times_s, np.linspace(0, clip.times_s[-1], len(other)), other)
            for clip, other in zip(clips, [*at[LIVE_MS][1:], at[LIVE_MS][0]], strict=True)
        ]
        floor = _mean_r(wrong, true).value if len(clips) > 1 else None
        ceiling = _mean_r(at[CEILING_MS], true).value
        for ahead in LOOK_AHEADS_MS:
            metric = f"aperture r, look-ahead {ahead} ms"
            goal = wanted if ahead == LIVE_MS else ""
            yield _row(name, metric, _mean_r(at[ahead], true), clips, floor, ceiling, goal)
        for ahead in (40, LIVE_MS):
            yield self._lag(name, ahead, at[ahead], clips, wanted_lag)
        if len(clips) > 1:
            yield _speed_ratio(name, at[LIVE_MS], clips)

    def widths(self, name: str, clips: Sequence[JudgedClip], wanted: str) -> Row:
        """Return the correlation of the mouth's width."""
        said = [
            np.interp(clip.times_s, _times(weights), self._lips.width(weights))
            for clip, weights in ((clip, self.mouth(clip.samples)) for clip in clips)
        ]
        moving = _mean_r(said, [clip.width for clip in clips])
        return _row(name, "width r, look-ahead 80 ms", moving, clips, wanted=wanted)

    def meeting(self, name: str, clips: Sequence[JudgedClip], wanted: str) -> Iterator[Row]:
        """Yield recall of bilabial closures and false closures in vowels, by the phones' times."""
        tracks = {ms: [self._aperture(clip, ms) for clip in clips] for ms in (40, 80, CEILING_MS)}
        wrong = [*tracks[LIVE_MS][1:], tracks[LIVE_MS][0]]
        for metric, count, goals in (
            ("closure recall", closures, {LIVE_MS: wanted}),
            ("false closures in vowels", false_closures, {LIVE_MS: "<= 0.05"}),
        ):
            floor = _share(count, clips, wrong).value if len(clips) > 1 else None
            ceiling = _share(count, clips, tracks[CEILING_MS]).value
            for ahead in (40, LIVE_MS):
                share = _share(count, clips, tracks[ahead])
                label = f"{metric}, look-ahead {ahead} ms"
                yield _row(name, label, share, clips, floor, ceiling, goals.get(ahead, ""))

    def robustness(self, name: str, clips: Sequence[JudgedClip], seed: int) -> Iterator[Row]:
        """Yield by how much each condition lowers the correlation of aperture."""
        plain = self._rs(clips, lambda samples: samples)
        for condition, spoil in CONDITIONS.items():
            random = np.random.default_rng(seed)
            spoilt = self._rs(clips, partial(_swapped, spoil, random))
            fall = bootstrap(np.subtract(plain, spoilt).tolist())
            yield _row(name, f"fall of aperture r: {condition}", fall, clips, wanted="<= 0.08")

    def _rs(self, clips: Sequence[JudgedClip], spoil: Callable[[Samples], Samples]) -> list[float]:
        return [
            correlation(self._at(clip, spoil(clip.samples), LIVE_MS), clip.aperture)
            for clip in clips
        ]

    def _apertures(self, clips: Sequence[JudgedClip], ahead: int) -> list[Track]:
        return [self._at(clip, clip.samples, ahead) for clip in clips]

    def _at(self, clip: JudgedClip, samples: Samples, ahead: int) -> Track:
        weights = self.mouth(samples, ahead)
        return np.interp(clip.times_s, _times(weights), self._lips.aperture(weights))

    def _aperture(self, clip: JudgedClip, ahead: int) -> Track:
        return self._lips.aperture(self.mouth(clip.samples, ahead))

    @staticmethod
    def _lag(
        name: str, ahead: int, said: Sequence[Track], clips: Sequence[JudgedClip], wanted: str
    ) -> Row:
        curves = [
            lag_curve(track, clip.aperture, 1.0 / float(np.diff(clip.times_s[:2])[0]))
            for track, clip in zip(said, clips, strict=True)
        ]
        random = np.random.default_rng(0)
        draws = random.integers(len(curves), size=(500, len(curves)))
        table = np.array(curves)
        peaks = [peak_ms(table[draw].mean(axis=0)) for draw in draws]
        low, high = np.percentile(peaks, [2.5, 97.5])
        found = Interval(peak_ms(table.mean(axis=0)), float(low), float(high))
        return _row(name, f"lag ms, look-ahead {ahead} ms", found, clips, wanted=wanted)


def _speed_ratio(name: str, said: Sequence[Track], clips: Sequence[JudgedClip]) -> Row:
    """Return p95 of the speed over the real one's, after one scale fitted on other clips."""
    fitted = min(_FITTED_CLIPS, len(clips) // 2)
    first_said = np.concatenate(said[:fitted])
    first_true = np.concatenate([clip.aperture for clip in clips[:fitted]])
    scale = float(first_true.std() / max(first_said.std(), 1e-9))
    rest = list(zip(said[fitted:], clips[fitted:], strict=True))
    rates = [1.0 / float(np.diff(clip.times_s[:2])[0]) for _, clip in rest]
    ours = [scale * speed_p95(track, hz) for (track, _), hz in zip(rest, rates, strict=True)]
    theirs = [speed_p95(clip.aperture, hz) for (_, clip), hz in zip(rest, rates, strict=True)]
    found = bootstrap_ratio(ours, theirs)
    metric = f"speed p95 over the true one, scale {scale:.2f}"
    return _row(name, metric, found, clips[fitted:], wanted="0.8 .. 1.2")


def _swapped(spoil: Spoil, random: np.random.Generator, samples: Samples) -> Samples:
    return spoil(samples, random)


def _mean_r(said: Sequence[Track], true: Sequence[Track]) -> Interval:
    return bootstrap([correlation(a, b) for a, b in zip(said, true, strict=True)])


def _share(
    count: Callable[..., list[bool]], clips: Sequence[JudgedClip], tracks: Sequence[Track]
) -> Interval:
    events = [
        count(clip.phones, track, CURVE_HZ) for clip, track in zip(clips, tracks, strict=True)
    ]
    return bootstrap_ratio([sum(e) for e in events], [len(e) for e in events])


def _times(weights: Vector) -> Track:
    return np.asarray((np.arange(len(weights)) + 0.5) / CURVE_HZ, np.float64)


def _row(
    name: str,
    metric: str,
    found: Interval,
    clips: Sequence[JudgedClip],
    floor: float | None = None,
    ceiling: float | None = None,
    wanted: str = "",
) -> Row:
    return Row(
        set=name,
        metric=metric,
        value=found.value,
        low=found.low,
        high=found.high,
        floor=floor,
        ceiling=ceiling,
        wanted=wanted,
        clips=len(clips),
    )
