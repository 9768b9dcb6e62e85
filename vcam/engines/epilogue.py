"""The last step of `lite`: what the network says of a frame -> the picture, in OpenCV.

The plain form is `vcam.nets.composing`. Here colours and shares are bytes and flows become
fixed-point maps, so the two differ by rounding (a test holds them to 45 dB). Every picture inside
has four channels, the last being the person's: of 255 in the pictures, 0 in the backdrop, so that
alpha comes out of the same sums as the colours.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from vcam.engines.lite_state import LiteState
from vcam.media import Image, Vector
from vcam.nets.lite_plan import LEFT_EYE, MOUTH, REGIONS, RIM_SHARE, Region
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
        flat = iter([np.ascontiguousarray(output) for output in outputs])

        def stroke(sources: int) -> tuple[Vector, tuple[Image, ...], tuple[Image, ...]]:
            return next(flat), tuple(islice(flat, 4)), tuple(islice(flat, sources))

        return cls(*stroke(2), *stroke(len(MOUTH.sources)), *stroke(len(LEFT_EYE.sources)))


class _Sheet:
    """Pictures of one size that a frame is made on, and nothing else.

    Kept from frame to frame: fresh ones cost a call a thousand page faults a frame, 2 core-ms.
    """

    def __init__(self, height: int, width: int) -> None:
        self._size = (width, height)
        self._own = _grid(height, width)
        self._places = np.empty((height, width, 2), np.float32)
        self._coarse = np.empty((height, width, 2), np.int16)
        self._fraction = np.empty((height, width), np.uint16)
        self._picture, self._weight, self._painted = (
            np.empty((height, width, 4), np.uint8) for _ in range(3)
        )
        self._planes = np.empty((4, height, width), np.uint8)

    def paint(self, planes: Sequence[Image]) -> Any:
        """Return the picture (h, w, 4) of painted planes of cells; the next one overwrites it."""
        for cells, plane in zip(planes, self._planes, strict=True):
            _spread(cells, plane)
        return cv2.merge(list(self._planes), self._painted)

    def follow(self, picture: Image, flow: Any) -> Any:
        """Return `picture` read along `flow` (of any size, in pixels); outside is its border."""
        places = cv2.resize(flow, self._size, self._places, interpolation=cv2.INTER_LINEAR)
        cv2.add(places, self._own, places)
        coarse, fraction = cv2.convertMaps(places, None, cv2.CV_16SC2, self._coarse, self._fraction)  # type: ignore[call-overload]
        return cv2.remap(
            picture, coarse, fraction, cv2.INTER_LINEAR, self._picture, cv2.BORDER_REPLICATE
        )

    def weigh(self, picture: Any, cells: Image) -> Any:
        """Return `picture` (h, w, 4) times a share of 255 in cells; the next one overwrites it."""
        share = _spread(cells, self._planes[0])
        cv2.merge([share] * 4, self._weight)
        return cv2.multiply(picture, self._weight, self._weight, _SHARE)


@dataclass(frozen=True)
class _Place:
    """A region of one identity."""

    rows: slice
    columns: slice
    sources: tuple[Image, ...]
    """RGBA (h, w, 4)"""
    rim: Vector
    """(h, w): the patch's weight; `around` is the rest's"""
    around: Vector
    sheet: _Sheet = field(repr=False)


class Epilogue:
    """Composes the pictures of one identity. One thread uses it."""

    def __init__(self, state: LiteState) -> None:
        cv2.setNumThreads(1)  # a call has one core
        self._sheet = _Sheet(state.side, state.side)
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
        sheet, (warp, bare) = self._sheet, strokes.shares
        picture = sheet.paint(strokes.painted)
        warped = sheet.weigh(sheet.follow(self._expressed, strokes.flow), warp)
        cv2.add(picture, warped, picture)
        return np.asarray(cv2.add(picture, sheet.weigh(self._backdrop, bare)), np.uint8)

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
        one, sheet = slice(item, item + 1), place.sheet
        patch = sheet.paint([plane[one] for plane in painted])
        for number, (source, share) in enumerate(zip(place.sources, shares, strict=True)):
            moved = sheet.follow(source, flows[..., 2 * number : 2 * number + 2])
            cv2.add(patch, sheet.weigh(moved, share[one]), patch)
        self._expressed[place.rows, place.columns] = cv2.blendLinear(
            patch, place.sources[0], place.rim, place.around
        )


def _place(region: Region, corner: tuple[int, int], state: LiteState) -> _Place:
    rows, columns = region.slices(corner, state.side)
    height, width = region.pixels(state.side)
    rim = ramp(height, width, round(state.side * RIM_SHARE))
    sources = (state.pictures[name] for name in region.sources)
    cut = tuple(_with_alpha(picture[rows, columns], 255) for picture in sources)
    return _Place(rows, columns, cut, rim, 1 - rim, _Sheet(height, width))


def ramp(height: int, width: int, rim: int) -> Vector:
    """Return weights (height, width): 1 within, falling linearly towards 0 over `rim` pixels."""
    down, right = (
        np.minimum((np.minimum(np.arange(n), np.arange(n)[::-1]) + 1) / (rim + 1), 1.0)
        for n in (height, width)
    )
    return np.ascontiguousarray(down[:, None] * right, np.float32)


def _spread(cells: Image, pixels: Image) -> Image:
    """Write cells (1, h, w, fine²) into `pixels` (h fine, w fine), a row of a cell at a time."""
    _, height, width, count = cells.shape
    fine = pixels.shape[0] // height
    word = np.uint32 if fine == _FINE else np.uint16
    rows: NDArray[Any] = cells.reshape(height, width, count).view(word)
    pixels.view(word).reshape(height, fine, width)[...] = rows.transpose(0, 2, 1)
    return pixels


def _with_alpha(picture: Image, alpha: int) -> Image:
    return np.dstack([picture, np.full(picture.shape[:2], alpha, np.uint8)])


def _grid(height: int, width: int) -> Vector:
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    return np.stack([x, y], -1).astype(np.float32)
