"""A real speaker's mouth to measure ours against: GRID talker s1, landmarks and sound alone.

Used to calibrate and to validate; nothing is trained on him (licence: THIRD_PARTY.md).
"""

import json
import lzma
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vcam.errors import AssetError
from vcam.media import Samples
from vcam.studio.lips import Track
from vcam.studio.sound import read_sound

FRAME_HZ = 25
_WORD_UNIT_HZ = 25_000
_PIXEL = 1 / 20
_SILENCE = ("sil", "sp")
# MediaPipe's indices of the same places as in `vcam.studio.lips`.
_INNER_LIPS, _EYES = (13, 14), (33, 263)


@dataclass(frozen=True)
class TalkerClip:
    """Three seconds: aperture (N,) as in `vcam.studio.lips`, frame i at (i + 0.5) / FRAME_HZ."""

    name: str
    aperture: Track
    words: tuple[tuple[float, float, str], ...]
    """(start, end) in seconds and the word."""
    sound: Path

    def samples(self) -> Samples:
        """Read the sound."""
        return read_sound(self.sound)


def load_talker(data: Path) -> list[TalkerClip]:
    """Return the clips whose face was seen in every frame. Raises AssetError when absent."""
    folder = data / "grid_av"
    try:
        with np.load(folder / "index.npz", allow_pickle=False) as index:
            names, counts, lost = index["names"], index["nframes"], index["lost"]
            points = {int(number): place for place, number in enumerate(index["idx"])}
        packed = lzma.decompress((folder / "landmarks_xy_q20_delta.i16.xz").read_bytes())
        words = json.loads((folder / "word_align_25kHz.json").read_text())
    except OSError as error:
        raise AssetError(
            f"No real speaker to measure against in {folder} ({error.strerror}). "
            "Name the data folder with --data or VCAM_DATA."
        ) from None
    steps = np.frombuffer(packed, np.int16).reshape(len(points), 2, int(counts.sum()))
    pixels = np.cumsum(steps, axis=2, dtype=np.int16).transpose(2, 0, 1)
    places = pixels.astype(np.float64) * _PIXEL
    eyes = _distance(places, points, _EYES)
    aperture = _distance(places, points, _INNER_LIPS) / np.maximum(eyes, 1.0)
    ends = np.cumsum(counts)
    return [
        TalkerClip(str(name), aperture[a:b], _spoken(words[str(name)]), _sound(folder, name))
        for name, a, b in zip(names, ends - counts, ends, strict=True)
        if not lost[a:b].any()
    ]


def _distance(places: Track, points: dict[int, int], pair: tuple[int, int]) -> Track:
    first, second = (places[:, points[number]] for number in pair)
    return np.asarray(np.linalg.norm(first - second, axis=1), np.float64)


def _sound(folder: Path, name: str) -> Path:
    return folder / "audio" / f"{name}.opus"


def _spoken(rows: list[list[str]]) -> tuple[tuple[float, float, str], ...]:
    return tuple(
        (int(start) / _WORD_UNIT_HZ, int(end) / _WORD_UNIT_HZ, word)
        for start, end, word in rows
        if word not in _SILENCE
    )
