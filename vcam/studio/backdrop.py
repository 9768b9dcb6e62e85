"""Backdrops: softly blurred rooms, drawn on the whole plate and cut to the window asked for."""

from collections.abc import Callable

import cv2
import numpy as np

from vcam.studio.announcers import Announcer
from vcam.studio.arrays import Floats
from vcam.studio.camera import PLATE_HEIGHT, PLATE_WIDTH, Window

Draw = Callable[[np.random.Generator], Floats]


def _gradient(top: tuple[float, ...], bottom: tuple[float, ...]) -> Floats:
    t = np.linspace(0, 1, PLATE_HEIGHT, dtype=np.float32)[:, None, None]
    row = np.array(top, np.float32) * (1 - t) + np.array(bottom, np.float32) * t
    return np.broadcast_to(row, (PLATE_HEIGHT, PLATE_WIDTH, 3)).copy()


def _box(
    image: Floats, x: float, y: float, w: float, h: float, colour: tuple[float, ...], mix: float = 1
) -> None:
    """Paint a rectangle, given in shares of the plate."""
    x0, x1 = (round(np.clip(v, 0, 1) * PLATE_WIDTH) for v in (x, x + w))
    y0, y1 = (round(np.clip(v, 0, 1) * PLATE_HEIGHT) for v in (y, y + h))
    patch = image[y0:y1, x0:x1]
    patch[:] = patch * (1 - mix) + np.array(colour, np.float32) * mix


def _glow(image: Floats, x: float, y: float, radius: float, colour: tuple[float, ...]) -> None:
    """Add a soft round light."""
    rows, columns = np.mgrid[0:PLATE_HEIGHT, 0:PLATE_WIDTH].astype(np.float32)
    away = np.hypot(columns / PLATE_WIDTH - x, (rows / PLATE_HEIGHT - y) * 9 / 16) / radius
    image += np.exp(-(away**2))[..., None] * np.array(colour, np.float32)


def _leaf(image: Floats, x: float, y: float, radius: float) -> None:
    """Paint a soft dark green patch."""
    cover = np.zeros_like(image)
    _glow(cover, x, y, radius, (1.0, 1.0, 1.0))
    image += cover * 0.85 * (np.array((0.045, 0.085, 0.035), np.float32) - image)


def _disk(image: Floats, x: float, y: float, radius: float, colour: tuple[float, ...]) -> None:
    """Add the round blur of a lamp far out of focus."""
    spot = np.zeros(image.shape[:2], np.float32)
    centre = (round(x * PLATE_WIDTH), round(y * PLATE_HEIGHT))
    cv2.circle(spot, centre, round(radius * PLATE_WIDTH), 1.0, -1, cv2.LINE_AA)
    image += cv2.GaussianBlur(spot, (0, 0), 3)[..., None] * np.array(colour, np.float32)


def _blur(image: Floats, sigma: float) -> Floats:
    return np.asarray(cv2.GaussianBlur(image, (0, 0), sigma), np.float32)


def _newsroom(rng: np.random.Generator) -> Floats:
    image = _gradient((0.030, 0.055, 0.100), (0.016, 0.026, 0.048))
    _glow(image, 0.80, 0.30, 0.35, (0.05, 0.10, 0.17))
    for column in range(7):
        x = -0.04 + column * 0.155 + rng.uniform(-0.01, 0.01)
        tone = rng.uniform(0.5, 1.2)
        _box(image, x, 0.16, 0.13, 0.24, (0.05 * tone, 0.13 * tone, 0.24 * tone), 0.8)
        for line in range(4):
            _box(
                image,
                x + 0.012,
                0.20 + 0.045 * line,
                rng.uniform(0.04, 0.10),
                0.012,
                (0.35, 0.48, 0.6),
                0.5,
            )
    _box(image, 0, 0.47, 1, 0.012, (0.55, 0.36, 0.16), 0.9)
    _box(image, 0, 0.62, 1, 0.38, (0.015, 0.020, 0.032), 0.7)
    for x in (0.06, 0.94):
        _box(image, x - 0.012, 0, 0.024, 1, (0.20, 0.27, 0.36), 0.8)
    return _blur(image, 15)


def _window(rng: np.random.Generator) -> Floats:
    image = _gradient((0.42, 0.38, 0.32), (0.24, 0.205, 0.165))
    _box(image, 0.03, 0.05, 0.34, 0.62, (0.85, 0.93, 1.0), 0.9)
    _box(image, 0.03, 0.42, 0.34, 0.25, (0.42, 0.55, 0.40), 0.75)
    for x in (0.03, 0.195, 0.36):
        _box(image, x - 0.008, 0.03, 0.016, 0.66, (0.50, 0.47, 0.43))
    _box(image, 0.01, 0.66, 0.38, 0.03, (0.50, 0.46, 0.41))
    _box(image, 0.72, 0.55, 0.26, 0.45, (0.19, 0.125, 0.075), 0.9)
    _box(image, 0.76, 0.20, 0.15, 0.22, (0.16, 0.20, 0.20), 0.85)
    for _ in range(26):
        x, y = rng.normal(0.93, 0.035), rng.normal(0.43, 0.09)
        _leaf(image, x, y, 0.016)
    _glow(image, 0.18, 0.30, 0.30, (0.20, 0.22, 0.24))
    return np.maximum(_blur(image, 13), 0.01)


def _library(rng: np.random.Generator) -> Floats:
    image = _gradient((0.115, 0.075, 0.048), (0.060, 0.040, 0.028))
    for shelf in range(4):
        y = 0.02 + shelf * 0.23
        x = -0.01
        while x < 1.0:
            wide = rng.uniform(0.010, 0.026)
            tone = rng.uniform(0.3, 1.0)
            hue = np.array(
                [[0.30, 0.12, 0.07], [0.10, 0.14, 0.17], [0.28, 0.22, 0.13], [0.09, 0.13, 0.08]]
            )[rng.integers(4)]
            tall = rng.uniform(0.13, 0.18)
            _box(image, x, y + 0.185 - tall, wide, tall, tuple(hue * tone), 0.85)
            x += wide + (rng.uniform(0.02, 0.06) if rng.random() < 0.06 else 0.001)
        _box(image, 0, y + 0.185, 1, 0.022, (0.20, 0.115, 0.062))
    _glow(image, 0.88, 0.35, 0.16, (0.55, 0.36, 0.17))
    _disk(image, 0.90, 0.33, 0.018, (0.8, 0.6, 0.35))
    return _blur(image, 12)


def _warm(rng: np.random.Generator) -> Floats:
    image = _gradient((0.105, 0.070, 0.052), (0.050, 0.034, 0.028))
    _glow(image, 0.15, 0.30, 0.24, (0.30, 0.17, 0.075))
    _box(image, 0.66, 0.12, 0.22, 0.26, (0.17, 0.14, 0.12), 0.8)
    _box(image, 0.68, 0.145, 0.18, 0.21, (0.05, 0.085, 0.095), 0.8)
    _box(image, 0.0, 0.70, 1.0, 0.30, (0.045, 0.030, 0.024), 0.8)
    for _ in range(18):
        _disk(
            image,
            rng.uniform(0, 1),
            rng.uniform(0.05, 0.6),
            rng.uniform(0.006, 0.017),
            (0.16, 0.095, 0.04),
        )
    _disk(image, 0.13, 0.27, 0.030, (0.75, 0.5, 0.24))
    return _blur(image, 11)


def _city(rng: np.random.Generator) -> Floats:
    image = _gradient((0.035, 0.050, 0.085), (0.060, 0.052, 0.056))
    for _ in range(26):
        x, w = rng.uniform(-0.05, 1), rng.uniform(0.03, 0.09)
        top = rng.uniform(0.15, 0.55)
        tone = rng.uniform(0.4, 1.0)
        _box(image, x, top, w, 1 - top, (0.024 * tone, 0.032 * tone, 0.050 * tone), 0.8)
    for _ in range(95):
        warm = rng.random() < 0.7
        colour = (0.42, 0.27, 0.12) if warm else (0.15, 0.28, 0.42)
        bright = rng.uniform(0.15, 0.8)
        _disk(
            image,
            rng.uniform(0, 1),
            rng.uniform(0.22, 0.85),
            rng.uniform(0.005, 0.014),
            tuple(c * bright for c in colour),
        )
    for x in (0.0, 0.335, 0.67, 1.0):
        _box(image, x - 0.010, 0, 0.020, 1, (0.018, 0.020, 0.026), 0.9)
    return _blur(image, 7)


def _plain(rng: np.random.Generator) -> Floats:
    image = _gradient((0.20, 0.215, 0.225), (0.115, 0.125, 0.135))
    _glow(image, 0.42, 0.36, 0.34, (0.17, 0.175, 0.175))
    image *= (
        1
        + 0.03
        * _blur(rng.normal(size=(PLATE_HEIGHT, PLATE_WIDTH, 1)).astype(np.float32), 30)[..., None]
    )
    return _blur(image, 6)


BACKDROPS: dict[str, Draw] = {
    "newsroom": _newsroom,
    "window": _window,
    "library": _library,
    "warm": _warm,
    "city": _city,
    "plain": _plain,
}


def backdrop_image(who: Announcer, window: Window, width: int, height: int) -> Floats:
    """Return the backdrop (height, width, 3) in display values 0..255, a little grain included."""
    rng = np.random.default_rng([who.seed, 4])
    linear = np.maximum(BACKDROPS[who.backdrop](rng), 0.0)
    shown = (1.0 - np.exp(-1.35 * linear)) ** (1 / 2.2) * 255.0
    shown += rng.normal(size=(PLATE_HEIGHT, PLATE_WIDTH, 1)) * 1.0
    cut = shown[window.y : window.y + window.height, window.x : window.x + window.width]
    if (width, height) == (window.width, window.height):
        return np.ascontiguousarray(cut, np.float32)
    return np.asarray(cv2.resize(cut, (width, height), interpolation=cv2.INTER_AREA), np.float32)
