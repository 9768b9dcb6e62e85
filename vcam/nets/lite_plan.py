"""The plan of `lite`: sizes, an identity's pictures, and the regions that are drawn finer.

Without torch, because the engine knows it too. Places are in units of 1/32 of the picture's side,
so that they hold at every size.
"""

from dataclasses import dataclass

UNITS = 32
"""Units along a side of the picture."""

PICTURES = ("rest", "open", "wide", "shut", "parted", "left", "right")
"""The face at rest, saying AA, saying EE (teeth), with its eyes shut, with its lips parted as they
mostly are in speech, and looking to its own left and right; heads and other eyes look ahead."""

RIM_SHARE = 1 / 64
"""Width of a region's soft rim, in sides of the picture."""


@dataclass(frozen=True)
class LiteSize:
    """Channels and depths of a `lite` network; good for a picture of any multiple of 256 pixels."""

    latent: int = 128
    deep: int = 64
    """Channels at R/8."""
    blocks: int = 8
    shallow: int = 32
    """Channels at R/4."""
    layers: int = 3
    """Convolutions at R/4."""
    fine: int = 24
    """Channels of a region's identity features at R/2."""
    region: int = 32
    """Channels of a region at R/2."""
    codes: int = 8
    """Channels of the map by which the latent reaches every place at R/8."""
    rank: int = 64
    """The map has this many degrees of freedom."""


@dataclass(frozen=True)
class Region:
    """A rectangle of fixed size; where it lies is the identity's."""

    name: str
    height: int
    width: int
    sources: tuple[str, ...]
    """The pictures that it is made from, the one at rest first."""

    def pixels(self, side: int) -> tuple[int, int]:
        """Return (height, width) in a picture of `side` pixels."""
        return self.height * side // UNITS, self.width * side // UNITS

    def slices(self, corner: tuple[int, int], side: int) -> tuple[slice, slice]:
        """Return rows and columns in a picture of `side` pixels; `corner` is (row, column)."""
        height, width = self.pixels(side)
        top, left = corner[0] * side // UNITS, corner[1] * side // UNITS
        return slice(top, top + height), slice(left, left + width)


@dataclass(frozen=True)
class Window:
    """A part of the picture, in cells of R/8; a training may draw no more than that."""

    row: int
    column: int
    height: int
    width: int

    def slices(self, cell: int) -> tuple[slice, slice]:
        """Return rows and columns of a field in which a cell of R/8 is `cell` wide and high."""
        return (
            slice(self.row * cell, (self.row + self.height) * cell),
            slice(self.column * cell, (self.column + self.width) * cell),
        )


MOUTH = Region("mouth", 8, 10, ("rest", "open", "wide", "parted"))
_EYE_SOURCES = ("rest", "shut", "left", "right")
LEFT_EYE = Region("left_eye", 4, 5, _EYE_SOURCES)
RIGHT_EYE = Region("right_eye", 4, 5, _EYE_SOURCES)
"""Left and right are the announcer's own; the two share a network."""
REGIONS = (MOUTH, LEFT_EYE, RIGHT_EYE)
"""In the order of an identity's corners."""
