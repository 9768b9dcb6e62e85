"""How near two pictures are: PSNR."""

import numpy as np

from vcam.media import Image


def psnr_db(image: Image, truth: Image) -> float:
    """Return the peak signal-to-noise ratio of two uint8 pictures of one shape; inf if equal."""
    difference = image.astype(np.float64) - truth.astype(np.float64)
    error = float(np.mean(difference * difference))
    return 10 * float(np.log10(255.0**2 / error)) if error else float("inf")
