"""The last step of `lite`: what the network says of a frame -> the picture, in OpenCV.

The plain form is `vcam.nets.composing`. Here colours and shares are bytes and flows become
fixed-point maps, so the two differ by rounding (a test holds them to 45 dB). Every picture inside
has four channels, the last being the person's: of 255 in the pictures, 0 in the backdrop, so that
alpha comes out of the same sums as the colours.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from vcam.engines.lite_state import LiteState
from vcam.media import Image, Vector
from vcam.nets.lite_plan import REGIONS, RIM_SHARE, Region
from vcam.runtimes.base import Array

_SHARE = 1 / 255
_FINE = 4
"""A cell at R/4 is so many pixels wide and high; one at R/2 half as many."""


@dataclass(frozen=True)
class Strokes:
    """One frame as the network gives it; see `vcam.nets.lite_frame`."""

    flow: Vector
    painted: tuple[Image, ...]
    shares: tuple[Image, ...]
    mouth_flow: Vector
    mouth_painted: tuple[Image, ...]
    mouth_shares: tuple[Image, ...]
    eyes_flow: Vector
    eyes_painted: tuple[Image, ...]
    eyes_shares: tuple[Image, ...]

    @classmethod
    def of(cls, outputs: Sequence[Array]) -> "Strokes":
        """Name the outputs of the graph."""
        flat = [np.ascontiguousarray(output) for output in outputs]
        flow, painted, shares = flat[0], flat[1:5], flat[5:7]
        lips, looks = flat[7:15], flat[15:22]
        return cls(
            flow, tuple(painted), tuple(shares),
            lips[0], tuple(lips[1:5]), tuple(lips[5:8]),
            looks[0], tuple(looks[1:5]), tuple(looks[5:7]),
        )  # fmt: skip


@dataclass(frozen=True)
class _Place:
    """A region of one identity."""

    region: Region
    rows: slice
    columns: slice
    sources: tuple[Image, ...]
    """RGBA (h, w, 4)"""
    rim: Vector
    """(h, w): the patch's weight; `around` is the rest's"""
    around: Vector
    base: Vector = field(repr=False)
    """(h, w, 2): every pixel's own x, y."""


class Epilogue:
    """Composes the pictures of one identity. One thread uses it."""

    def __init__(self, state: LiteState) -> None:
        cv2.setNumThreads(1)  # a call has one core
        self._side = state.side
        self._base = _grid(state.side, state.side)
        self._rest = _with_alpha(state.pictures["rest"], 255)
        self._backdrop = _with_alpha(state.backdrop, 0)
        self._expressed = self._rest.copy()
        self._places = [
            _place(region, corner, state)
            for region, corner in zip(REGIONS, state.corners, strict=True)
        ]

    def compose(self, strokes: Strokes) -> Image:
        """Return a fresh picture (R, R, 4)."""
        self._express(strokes)
        large = cv2.resize(strokes.flow, (self._side, self._side), interpolation=cv2.INTER_LINEAR)
        warped = _follow(self._expressed, cv2.add(large, self._base))
        warp, bare = (_pixels(share, _FINE) for share in strokes.shares)
        picture = cv2.merge([_pixels(plane, _FINE) for plane in strokes.painted])
        cv2.add(picture, _weighted(warped, warp), picture)
        cv2.add(picture, _weighted(self._backdrop, bare), picture)
        return np.asarray(picture, np.uint8)

    def _express(self, strokes: Strokes) -> None:
        """Put the patches of mouth and eyes into the reference picture."""
        mouth, *eyes = self._places
        self._paste(mouth, strokes.mouth_flow, strokes.mouth_painted, strokes.mouth_shares, 0)
        for eye, place in enumerate(eyes):
            flow = strokes.eyes_flow[eye]
            self._paste(place, flow, strokes.eyes_painted, strokes.eyes_shares, eye)

    def _paste(
        self,
        place: _Place,
        flows: Vector,
        painted: Sequence[Image],
        shares: Sequence[Image],
        item: int,
    ) -> None:
        size = place.rim.shape[::-1]
        patch = cv2.merge([_pixels(plane[item : item + 1], 2) for plane in painted])
        for source, share, flow in zip(place.sources, shares, flows, strict=True):
            large = cv2.resize(flow, size, interpolation=cv2.INTER_LINEAR)
            moved = _follow(source, cv2.add(large, place.base))
            cv2.add(patch, _weighted(moved, _pixels(share[item : item + 1], 2)), patch)
        self._expressed[place.rows, place.columns] = cv2.blendLinear(
            patch, place.sources[0], place.rim, place.around
        )


def _place(region: Region, corner: tuple[int, int], state: LiteState) -> _Place:
    rows, columns = region.slices(corner, state.side)
    height, width = region.pixels(state.side)
    rim = ramp(height, width, round(state.side * RIM_SHARE))
    sources = (state.pictures[name] for name in region.sources)
    cut = tuple(_with_alpha(picture[rows, columns], 255) for picture in sources)
    return _Place(region, rows, columns, cut, rim, 1 - rim, _grid(height, width))


def ramp(height: int, width: int, rim: int) -> Vector:
    """Return weights (height, width): 1 within, falling linearly towards 0 over `rim` pixels."""
    down, right = (
        np.minimum((np.minimum(np.arange(n), np.arange(n)[::-1]) + 1) / (rim + 1), 1.0)
        for n in (height, width)
    )
    return np.ascontiguousarray(down[:, None] * right, np.float32)


def _follow(picture: Image, places: Any) -> Any:
    """Return `picture` read at places (h, w, 2), x and y; outside is its border."""
    coarse, fraction = cv2.convertMaps(places, None, cv2.CV_16SC2)  # type: ignore[call-overload]
    return cv2.remap(picture, coarse, fraction, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def _weighted(picture: Any, share: Image) -> Any:
    """Return `picture` (h, w, 4) times `share` (h, w) of 255."""
    return cv2.multiply(picture, cv2.merge([share] * 4), scale=_SHARE)


def _pixels(cells: Image, fine: int) -> Image:
    """Turn cells (1, h, w, fine²) into pixels (h fine, w fine), a row of a cell at a time."""
    _, height, width, _ = cells.shape
    word = np.uint32 if fine == _FINE else np.uint16
    rows: NDArray[Any] = cells.reshape(height, width, fine * fine).view(word)
    return (
        np.ascontiguousarray(rows.transpose(0, 2, 1))
        .view(np.uint8)
        .reshape(height * fine, width * fine)
    )


def _with_alpha(picture: Image, alpha: int) -> Image:
    return np.dstack([picture, np.full(picture.shape[:2], alpha, np.uint8)])


def _grid(height: int, width: int) -> Vector:
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    return np.stack([x, y], -1).astype(np.float32)
