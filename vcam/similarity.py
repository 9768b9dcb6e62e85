"""How near a picture is to the true one: PSNR and SSIM, whole or within boxes."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil, floor

import cv2
import numpy as np
from numpy.typing import NDArray

from vcam.media import Image, Vector

Plane = NDArray[np.float64]

_TAPS, _SIGMA = 11, 1.5
_C1, _C2 = 0.01**2, 0.03**2


@dataclass(frozen=True)
class Box:
    """Pixels top .. bottom - 1, left .. right - 1."""

    top: int
    bottom: int
    left: int
    right: int

    def of(self, picture: NDArray[np.generic]) -> NDArray[np.generic]:
        """Return this part of an array (H, W, ...)."""
        return picture[self.top : self.bottom, self.left : self.right]


def psnr_db(image: Image, truth: Image) -> float:
    """Return the peak signal-to-noise ratio of two uint8 pictures of one shape; inf if equal."""
    difference = image.astype(np.float64) - truth.astype(np.float64)
    error = float(np.mean(difference * difference))
    return 10 * float(np.log10(255.0**2 / error)) if error else float("inf")


def ssim(image: Image, truth: Image) -> float:
    """Return the mean structural similarity of two uint8 pictures (H, W, 3)."""
    return float(ssim_map(image, truth).mean())


def ssim_map(image: Image, truth: Image) -> Plane:
    """Return the structural similarity at each pixel (H, W), the mean of the colours.

    Gaussian window of 11 taps, sigma 1.5, range 1, population covariance, black around the
    picture: as the APB2FaceV2 repository computes it, so that definitions match the papers'.
    """
    a, b = image / 255.0, truth / 255.0
    mean_a, mean_b = _blur(a), _blur(b)
    var_a = _blur(a * a) - mean_a**2
    var_b = _blur(b * b) - mean_b**2
    covariance = _blur(a * b) - mean_a * mean_b
    same = (2 * mean_a * mean_b + _C1) * (2 * covariance + _C2)
    found = same / ((mean_a**2 + mean_b**2 + _C1) * (var_a + var_b + _C2))
    return np.asarray(found.mean(axis=2), np.float64)


def compare(image: Image, truth: Image, boxes: Mapping[str, Box]) -> dict[str, float]:
    """Return `ssim` and `psnr_db` of the whole picture and, as `ssim_<name>`, of each box."""
    similar = ssim_map(image, truth)
    found = {"ssim": float(similar.mean()), "psnr_db": psnr_db(image, truth)}
    for name, box in boxes.items():
        found[f"ssim_{name}"] = float(box.of(similar).mean())
        found[f"psnr_db_{name}"] = psnr_db(
            box.of(image).astype(np.uint8), box.of(truth).astype(np.uint8)
        )
    return found


def boxes_of(landmarks: Vector, side: int) -> dict[str, Box]:
    """Return the boxes `face`, `mouth` and `eyes` around landmarks (68, 2) in pixels.

    Each is grown by a share of its width, for lips, lids and lashes reach over their landmarks.
    """
    return {
        "face": _around(landmarks, 0.1, side),
        "mouth": _around(landmarks[48:68], 0.33, side),
        "eyes": _around(landmarks[36:48], 0.25, side),
    }


def _around(points: Vector, grow: float, side: int) -> Box:
    (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
    margin = grow * (right - left) / 2
    near = (floor(top - margin), floor(left - margin))
    far = (ceil(bottom + margin) + 1, ceil(right + margin) + 1)
    (top, left), (bottom, right) = ([min(max(edge, 0), side) for edge in e] for e in (near, far))
    return Box(int(top), int(bottom), int(left), int(right))


def _blur(plane: Plane) -> Plane:
    """Return the Gaussian mean around each pixel, with zeros outside."""
    kernel = cv2.getGaussianKernel(_TAPS, _SIGMA)
    blurred = cv2.sepFilter2D(plane, cv2.CV_64F, kernel, kernel, borderType=cv2.BORDER_CONSTANT)
    return np.asarray(blurred, np.float64)
