"""The array types of the studio and the three functions that everybody needs."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]


def f32(values: ArrayLike) -> Floats:
    """Return `values` as float32."""
    return np.asarray(values, np.float32)


def unit(vectors: ArrayLike) -> Floats:
    """Return `vectors` (..., 3) at length one; a zero vector stays zero."""
    given = f32(vectors)
    length = np.linalg.norm(given, axis=-1, keepdims=True)
    return f32(given / np.maximum(length, 1e-9))


def smoothstep(low: float, high: float, x: ArrayLike) -> Floats:
    """Return 0 below `low`, 1 above `high`, smooth between; `low` may be the greater."""
    t = np.clip((f32(x) - low) / (high - low), 0.0, 1.0)
    return f32(t * t * (3.0 - 2.0 * t))
