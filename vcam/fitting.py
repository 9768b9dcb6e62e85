"""Which model draws a call: the best that this machine draws in time."""

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

from vcam.clock import MediaClock, cpu_ns
from vcam.engines.card import candidates
from vcam.media import MS_NS, SECOND_NS
from vcam.painter import FacePainter, build_painter
from vcam.profile import Profile

IN_TIME = 0.65
"""A picture may take so much of a frame's time: the sinks and the call app want the rest.

Measured with lite512 to null, pictures of 25 ms, 45 s, twice each, beside a program that kept the
other thread of the core busy: at 26 a second (0.65) 99.8 % of them were shown, at 28 (0.70) 99.2,
at 30 (0.75) 98.3, at 32 (0.80) 92.
"""
_PICTURES = 3

Work = Callable[[], object]


class Fitted(NamedTuple):
    """A painter that has drawn its first pictures, and what the user is to know, if anything."""

    painter: FacePainter
    remark: str


def least_time_ms(work: Work) -> float:
    """Return how long `work` takes with nothing in its way: the least of a few times.

    By the clock or by the processor, whichever says less: where others keep the cores busy the
    clock says more than the work is, where it has several threads the processor does.
    """
    clock, least_ns = MediaClock(), 10 * SECOND_NS
    for _ in range(_PICTURES):
        start_ns, start_cpu_ns = clock.now_ns(), cpu_ns()
        work()
        least_ns = min(least_ns, clock.now_ns() - start_ns, cpu_ns() - start_cpu_ns)
    return least_ns / MS_NS


def fitted_painter(
    profile: Profile,
    build: Callable[[Profile], FacePainter] = build_painter,
    time_ms: Callable[[Work], float] = least_time_ms,
) -> Fitted:
    """Build the painter of the first of the profile's models that draws in time, else of the last.

    To be called by the thread that will draw.

    Raises:
        ProfileError, ModelError: see `build_painter`.
    """
    models, allowed_ms = candidates(profile.model), IN_TIME * 1000 / profile.video.fps
    remark = ""
    for model in models:
        painter = build(replace(profile, model=model))
        painter.warm_up()  # the first picture is the slow one
        took_ms = time_ms(painter.warm_up)
        if took_ms <= allowed_ms:
            insist = f"; {model} draws instead, --engine {models[0]} insists."
            return Fitted(painter, remark and remark + insist)
        remark = (
            f"A picture of {model} takes {took_ms:.0f} ms on this machine, and at "
            f"{profile.video.fps} a second it may take {allowed_ms:.0f}"
        )
    evenly = max(1, int(IN_TIME * 1000 / took_ms))
    return Fitted(painter, f"{remark}; some will be left out, --fps {evenly} draws evenly.")
