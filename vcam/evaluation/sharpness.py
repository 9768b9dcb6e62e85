"""CPBD: how likely the blur of a picture goes unseen (Narvekar & Karam 2011). 1 is sharp."""

import cv2
import numpy as np
from numpy.typing import NDArray

from vcam.media import Image

BLOCK = 64
EDGE_SHARE = 0.002
"""A block with fewer edge pixels has no edges to judge."""
BETA = 3.6
LOW_CONTRAST = 50
JUST_NOTICEABLE = 0.63
"""Blur is seen with this probability, in hundredths, where an edge is just noticeably wide."""


def cpbd(image: Image) -> float:
    """Return the cumulative probability of blur detection of a picture (H, W, 3).

    The share of edges whose blur is seen with at most 63 %. As in the published algorithm: blocks
    of 64x64, vertical edges, width from one extremum of brightness to the other along the row,
    just noticeable width 5 pixels in blocks of low contrast and 3 in others. Edges are Canny's
    that run rather down than across; a picture without any has nothing that could be blurred: 1.
    """
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    edges = cv2.Canny(grey, 60, 120) > 0
    across, down = (np.abs(cv2.Sobel(grey, cv2.CV_32F, *order)) for order in ((1, 0), (0, 1)))
    seen: list[NDArray[np.float64]] = []
    for top in range(0, grey.shape[0] - BLOCK + 1, BLOCK):
        for left in range(0, grey.shape[1] - BLOCK + 1, BLOCK):
            part = slice(top, top + BLOCK), slice(left, left + BLOCK)
            if edges[part].mean() <= EDGE_SHARE:
                continue
            block = grey[part]
            contrast = int(block.max()) - int(block.min())
            noticeable = 5.0 if contrast <= LOW_CONTRAST else 3.0
            rows, columns = np.nonzero(edges[part] & (across[part] >= down[part]))
            widths = [
                edge_width(grey[top + row], left + column)
                for row, column in zip(rows.tolist(), columns.tolist(), strict=True)
            ]
            seen.append(1.0 - np.exp(-((np.array(widths) / noticeable) ** BETA)))
    chances = np.concatenate(seen) if seen else np.zeros(0)
    return float((chances.round(2) <= JUST_NOTICEABLE).mean()) if len(chances) else 1.0


def edge_width(row: NDArray[np.uint8], at: int) -> int:
    """Return the pixels between the extrema of brightness on both sides of an edge in a row."""
    values = row.astype(np.int16)
    before, after = values[max(at - 1, 0)], values[min(at + 1, len(values) - 1)]
    rising = 1 if after >= before else -1
    start, stop = at, at
    while start > 0 and (values[start] - values[start - 1]) * rising > 0:
        start -= 1
    while stop < len(values) - 1 and (values[stop + 1] - values[stop]) * rising > 0:
        stop += 1
    return stop - start
