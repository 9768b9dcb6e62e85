"""Pictures of the mouth against the sound: what was said, what the mouth did, what it should do."""

from pathlib import Path

import cv2
import numpy as np

from vcam.evaluation.voice_sets import JudgedClip
from vcam.media import Image
from vcam.studio.lips import Track
from vcam.training.sound import RATE

_WIDTH, _HEIGHT, _WAVE = 1600, 460, 150
_MARGIN = 40
_TRUE, _SAID, _INK, _PALE = (30, 120, 30), (200, 60, 30), (60, 60, 60), (205, 205, 205)
_LIP_SOUNDS = (235, 225, 255)


def plot(clip: JudgedClip, said: Track, said_hz: float, file: Path) -> None:
    """Write a PNG: the waveform, below it the true (green) and predicted (red) aperture.

    Bilabials are shaded. `said` (T,) is the predicted aperture, value k at (k + 0.5) / said_hz.
    """
    picture: Image = np.full((_HEIGHT, _WIDTH, 3), 255, np.uint8)
    length_s = len(clip.samples) / RATE
    top = 1.1 * max(float(said.max(initial=0.05)), float(clip.aperture.max(initial=0.05)))

    def x_of(seconds: Track) -> Track:
        return _MARGIN + (_WIDTH - 2 * _MARGIN) * np.asarray(seconds) / length_s

    def y_of(aperture: Track) -> Track:
        return _HEIGHT - _MARGIN - (_HEIGHT - _WAVE - _MARGIN) * np.asarray(aperture) / top

    for phone in clip.phones:
        if phone.viseme == "bilabial":
            edges: Track = np.array([phone.start_s, phone.end_s])
            left, right = x_of(edges).astype(int)
            cv2.rectangle(picture, (left, _WAVE), (right, _HEIGHT - _MARGIN), _LIP_SOUNDS, -1)
    for second in range(int(length_s) + 1):
        x = int(x_of(np.array(float(second))))
        cv2.line(picture, (x, 10), (x, _HEIGHT - _MARGIN), _PALE, 1)
        _write(picture, f"{second} s", (x + 3, _HEIGHT - 22))
    _draw_wave(picture, clip)
    said_s: Track = np.asarray((np.arange(len(said)) + 0.5) / said_hz, np.float64)
    if len(clip.aperture):
        _draw_line(picture, x_of(clip.times_s), y_of(clip.aperture), _TRUE)
    _draw_line(picture, x_of(said_s), y_of(said), _SAID)
    _write(picture, f"{clip.name}: aperture / eye distance, top {top:.3f}", (_MARGIN, _HEIGHT - 6))
    cv2.imwrite(str(file), picture[..., ::-1])


def _draw_wave(picture: Image, clip: JudgedClip) -> None:
    columns = np.array_split(clip.samples, _WIDTH - 2 * _MARGIN)
    peak = max(float(np.abs(clip.samples).max(initial=0.0)), 1e-6)
    middle, reach = _WAVE // 2, _WAVE // 2 - 12
    for column, piece in enumerate(columns):
        if len(piece):
            high, low = (int(middle - reach * float(v) / peak) for v in (piece.max(), piece.min()))
            cv2.line(picture, (_MARGIN + column, high), (_MARGIN + column, low), _INK, 1)


def _draw_line(picture: Image, x: Track, y: Track, colour: tuple[int, int, int]) -> None:
    points = np.stack([x, y], axis=1).round().astype(np.int32)
    cv2.polylines(picture, [points], False, colour, 2, cv2.LINE_AA)


def _write(picture: Image, text: str, place: tuple[int, int]) -> None:
    cv2.putText(picture, text, place, cv2.FONT_HERSHEY_SIMPLEX, 0.42, _INK, 1, cv2.LINE_AA)
