"""The canvas: a plate and the face region that moves in it -> the picture that is sent.

Plate and face are pictures of the announcer before a backdrop of their own; alpha, where there is
one, says how much of a pixel is the announcer. With u = 1 - alpha another backdrop is laid in by

    picture = own picture + u * (new backdrop - own backdrop)           exchange
              + u^4 * (own backdrop - own picture)                      certainty

The exchange leaves hair and other half-covered pixels without a fringe of the old backdrop. What
of the own backdrop was behind the announcer in the plate is filled in from around them; so that
this guess never shows, certainty makes bare pixels the new backdrop and nothing else, at the
price of a fringe of at most 8 % of the old one. All that does not move is computed once.
"""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from vcam.errors import ProfileError
from vcam.identity import read_picture
from vcam.media import Image
from vcam.profile import VideoSettings

Floats = NDArray[np.float32]
Levels = NDArray[np.int16]
"""Colours, or differences of them, times at most _BARE."""

RIM_SHARE = 1 / 64
"""Width of the feathered rim, in heights of the face region: 8 pixels of 512."""
BLUR_SHARE = 1 / 36
"""Standard deviation of the blurred backdrop, in heights of the picture."""
_ONE = 256
"""Full weight in the fixed point of the rims."""
_BARE_BITS = 7
_BARE = 1 << _BARE_BITS
"""u = 1 in the fixed point of the exchange: 255 times it fits an int16."""


@dataclass(frozen=True)
class Box:
    """A rectangle in pixels."""

    x: int
    y: int
    width: int
    height: int


class Canvas:
    """Places the faces of one identity.

    The plate covers the whole picture, so no bars appear. Where their shapes differ it is cropped:
    in the middle, then moved as far as it takes to keep the face region inside. What sticks out
    even then (in an upright picture) is cut off.
    """

    def __init__(
        self, plate: Image, face_box: tuple[int, int, int, int], video: VideoSettings
    ) -> None:
        """Prepare for `plate`, uint8 (H, W, 3 | 4), whose face region is (x, y, width, height).

        Raises:
            ProfileError: the background is no picture, or needs the alpha that the plate lacks.
        """
        cv2.setNumThreads(1)  # a call has one core; OpenCV would spread each resize over all
        own, self._box = _fit(plate, Box(*face_box), video.size)
        backdrop = _backdrop(own, video.background)
        base = _picture(own, own, backdrop)
        height, width = video.size
        rows, self._face_rows = _overlap(self._box.y, self._box.height, height)
        columns, self._face_columns = _overlap(self._box.x, self._box.width, width)
        own = own[rows, columns]
        backdrop = backdrop and backdrop.part(rows, columns)
        if video.mirror:
            base, own, backdrop = _flip(base), _flip(own), backdrop and backdrop.mirrored()
            columns = slice(width - columns.stop, width - columns.start)
        self._mirror, self._base, self._region = video.mirror, base, (rows, columns)
        self._own, self._backdrop = np.ascontiguousarray(own), backdrop
        self._rims = _rims(base, self._region, round(self._box.height * RIM_SHARE))

    def compose(self, face: Image) -> Image:
        """Return a new picture (H, W, 3) with `face`, uint8 (h, w, 3 | 4) of any size, in it.

        Before another backdrop a face without alpha borrows the plate's.
        """
        face = _resize(face, self._box.width, self._box.height)
        face = face[self._face_rows, self._face_columns]
        if self._mirror:
            face = _flip(face)
        picture = self._base.copy()
        picture[self._region] = _picture(face, self._own, self._backdrop)
        for rim in self._rims:
            rim.fade(picture)
        return picture


@dataclass(frozen=True)
class _Rim:
    """One side of the region, along which the face fades into the plate."""

    rows: slice
    columns: slice
    weight: NDArray[np.uint16]
    """Of the face, below _ONE; (rows, 1, 1) or (1, columns, 1)."""
    under: NDArray[np.uint16]
    """The plate there, already weighted."""

    def fade(self, picture: Image) -> None:
        strip = picture[self.rows, self.columns]
        strip[...] = (strip * self.weight + self.under) // _ONE


def _rims(base: Image, region: tuple[slice, slice], width: int) -> list[_Rim]:
    """Return a rim for every side of the region that lies within the picture."""
    (rows, columns), ramp = region, np.arange(1, width + 1) * _ONE // (width + 1)
    down, right = ramp[:, None, None], ramp[None, :, None]
    sides = [
        (rows.start > 0, slice(rows.start, rows.start + width), columns, down),
        (rows.stop < base.shape[0], slice(rows.stop - width, rows.stop), columns, down[::-1]),
        (columns.start > 0, rows, slice(columns.start, columns.start + width), right),
        (
            columns.stop < base.shape[1],
            rows,
            slice(columns.stop - width, columns.stop),
            right[:, ::-1],
        ),
    ]
    return [
        _Rim(y, x, weight.astype(np.uint16), (base[y, x] * (_ONE - weight)).astype(np.uint16))
        for within, y, x, weight in sides
        if within
    ]


@dataclass(frozen=True)
class _Backdrop:
    """The own backdrop without the announcer, and what turns it into the new one; (H, W, 3)."""

    own: Levels
    change: Levels

    def part(self, rows: slice, columns: slice) -> "_Backdrop":
        own, change = self.own[rows, columns], self.change[rows, columns]
        return _Backdrop(np.ascontiguousarray(own), np.ascontiguousarray(change))

    def mirrored(self) -> "_Backdrop":
        every = slice(None)
        return self.part(every, slice(None, None, -1))

    def laid_behind(self, colour: Image, alpha: Image) -> Image:
        """Return `colour` (H, W, 3), covered by the announcer as `alpha` (H, W) says, before it."""
        picture = colour.astype(np.int16)
        bare = cv2.cvtColor(cv2.bitwise_not(alpha), cv2.COLOR_GRAY2RGB).astype(np.int16)
        bare = (bare + 1) >> 1  # 0 .. 255 -> 0 .. _BARE
        certain = _times(bare.copy(), bare)
        picture += _times(self.own - picture, _times(certain, certain))
        picture += _times(bare, self.change)
        return np.clip(picture, 0, 255, out=picture).astype(np.uint8)


def _times(a: Levels, b: Levels) -> Levels:
    """Multiply in place, one of the two being a share of _BARE."""
    a *= b
    a >>= _BARE_BITS
    return a


def _picture(image: Image, plate: Image, backdrop: _Backdrop | None) -> Image:
    """Return the RGB of `image` (H, W, 3 | 4) before the backdrop; alpha may be the plate's."""
    colour = image
    if image.shape[2] == 4:
        colour = np.asarray(cv2.cvtColor(image, cv2.COLOR_RGBA2RGB), np.uint8)
    if backdrop is None:
        return colour
    matte = image if image.shape[2] == 4 else plate
    return backdrop.laid_behind(colour, np.asarray(cv2.extractChannel(matte, 3), np.uint8))


def _backdrop(own: Image, background: str) -> _Backdrop | None:
    """Return the exchange of backdrops for the plate `own`, or None to keep its own.

    Raises:
        ProfileError: see Canvas.
    """
    if background == "keep":
        return None
    if own.shape[2] != 4:
        raise ProfileError(
            f"background '{background}' needs a face that is cut out, and this one has no alpha; "
            "choose background 'keep' or another face"
        )
    bare = _bare_backdrop(own)
    new = _new_backdrop(bare, background)
    levels, new_levels = (np.clip(np.rint(x), 0, 255).astype(np.int16) for x in (bare, new))
    return _Backdrop(levels, new_levels - levels)


def _new_backdrop(bare: Floats, background: str) -> Floats:
    """Return the backdrop (H, W, 3) that `background` names; `bare` is the own one."""
    height, width = bare.shape[:2]
    if background == "blur":
        return np.asarray(cv2.GaussianBlur(bare, (0, 0), height * BLUR_SHARE), np.float32)
    if background.startswith("#"):
        colour = tuple(bytes.fromhex(background[1:]))
        return np.broadcast_to(np.array(colour, np.float32), bare.shape)
    picture = read_picture(Path(background))[..., :3]
    centre = Box(picture.shape[1] // 2, picture.shape[0] // 2, 0, 0)
    return _fit(picture, centre, (height, width))[0].astype(np.float32)


def _bare_backdrop(own: Image) -> Floats:
    """Return the backdrop (H, W, 3) as if the announcer were not there."""
    bare = (own[..., 3] == 0).astype(np.uint8)
    clean = cv2.erode(bare, np.ones((5, 5), np.uint8))  # one or two pixels of glow stay out
    colour = own[..., :3].astype(np.float32)
    filled = _fill(colour * clean[..., None], clean.astype(np.float32))
    return np.where(bare[..., None] > 0, colour, filled).astype(np.float32)


def _fill(weighted: Floats, weight: Floats) -> Floats:
    """Fill the unknown from the known around it, coarse to fine (a pull-push pyramid).

    `weighted` (H, W, 3) is the colour times `weight` (H, W), which is 0 where unknown, else 1.
    """
    known = weighted / np.maximum(weight, 1e-6)[..., None]
    if min(weight.shape) <= 2 or weight.min() > 0.99:
        return known.astype(np.float32)
    coarse = _fill(
        np.asarray(cv2.pyrDown(weighted), np.float32), np.asarray(cv2.pyrDown(weight), np.float32)
    )
    around = cv2.pyrUp(coarse, dstsize=weight.shape[::-1])
    share = np.minimum(weight, 1.0)[..., None]
    return (share * known + (1.0 - share) * around).astype(np.float32)


def _fit(picture: Image, keep: Box, size: tuple[int, int]) -> tuple[Image, Box]:
    """Scale and crop to `size` (H, W) so that all of it is covered and `keep` is inside.

    Returns the picture and where `keep` lies in it, which may reach over the edges.
    """
    height, width = size
    scale = max(height / picture.shape[0], width / picture.shape[1])
    whole_height = max(height, round(picture.shape[0] * scale))
    whole_width = max(width, round(picture.shape[1] * scale))
    near_x, far_x = round(keep.x * scale), round((keep.x + keep.width) * scale)
    near_y, far_y = round(keep.y * scale), round((keep.y + keep.height) * scale)
    left = _crop_start(whole_width, width, near_x, far_x)
    top = _crop_start(whole_height, height, near_y, far_y)
    whole = _resize(picture, whole_width, whole_height)
    fitted = np.ascontiguousarray(whole[top : top + height, left : left + width])
    return fitted, Box(near_x - left, near_y - top, far_x - near_x, far_y - near_y)


def _crop_start(whole: int, length: int, near: int, far: int) -> int:
    """Return where a crop of `length` starts: central, but around near .. far, within the whole."""
    if far - near > length:
        start = (near + far - length) // 2
    else:
        start = max(min((whole - length) // 2, near), far - length)
    return min(max(start, 0), whole - length)


def _overlap(start: int, length: int, limit: int) -> tuple[slice, slice]:
    """Return the part of start .. start + length within 0 .. limit, and the same from `start`."""
    first, last = max(start, 0), min(start + length, limit)
    return slice(first, last), slice(first - start, last - start)


def _resize(image: Image, width: int, height: int) -> Image:
    if image.shape[:2] == (height, width):
        return image
    shrinks = width < image.shape[1]
    way = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(image, (width, height), interpolation=way), np.uint8)


def _flip(image: Image) -> Image:
    return np.asarray(cv2.flip(image, 1), np.uint8)
