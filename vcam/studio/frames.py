"""The frame store: rendered frames on disk, small, and quick to read in any order.

A folder of shards. `0007.bin` holds the pictures of SHARD frames one after the other (colour as
JPEG, alpha and parts as lossless WebP, flow as zlib), `0007.npz` where each one starts, and the
labels as arrays; `store.json`, written last, says what the store is. A shard is written whole or
not at all, so that a store can be built by several processes, interrupted, and gone on with.
"""

import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from vcam.arkit import ARKIT_NAMES
from vcam.errors import InputError
from vcam.media import Controls, Image, Vector

PARTS = ("backdrop", "skin", "lips", "teeth", "eyes", "hair", "cloth")
SHARD = 32
STORE = "store.json"
FLOW_UNIT = 1 / 16
"""Flow is kept to a sixteenth of a pixel."""
LANDMARK_UNIT = 1 / 64
"""Landmarks are kept to so much of a pixel: finer digits are noise that does not pack."""

_JPEG = [
    cv2.IMWRITE_JPEG_QUALITY, 86,
    cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444,
    cv2.IMWRITE_JPEG_OPTIMIZE, 1,
]  # fmt: skip
_WEBP = [cv2.IMWRITE_WEBP_QUALITY, 101]
"""Above 100 is lossless; 5 KB a frame smaller than PNG (measured on two announcers)."""

Flags = NDArray[np.bool_]


class Drawn(Protocol):
    """A picture with its labels, as `vcam.studio.renderer` draws it."""

    @property
    def rgba(self) -> Image: ...
    @property
    def landmarks68(self) -> Vector: ...
    @property
    def visible68(self) -> Flags: ...
    @property
    def landmarks478(self) -> Vector: ...
    @property
    def visible478(self) -> Flags: ...
    @property
    def flow(self) -> Vector: ...
    @property
    def flow_valid(self) -> Flags: ...
    @property
    def parts(self) -> Image: ...


@dataclass(frozen=True)
class Labels:
    """The labels of N frames; what was asked for and where it landed."""

    t_ns: NDArray[np.int64]
    """(N,) media time within a clip; 0 in a set without order."""
    expression: Vector
    """(N, 52) as asked, blink and gaze not in it."""
    pose: Vector
    """(N, 3) yaw, pitch, roll in rad."""
    blink: Vector
    """(N, 2)"""
    gaze: Vector
    """(N, 2)"""
    landmarks68: Vector
    """(N, 68, 2) pixels"""
    visible68: Flags
    landmarks478: Vector
    """(N, 478, 2) pixels"""
    visible478: Flags

    def __len__(self) -> int:
        return len(self.t_ns)

    @property
    def at_rest(self) -> Flags:
        """(N,) frames without expression that look ahead; head and lids may be anywhere."""
        moved = np.hstack([self.expression, self.gaze])
        return np.asarray(~moved.any(axis=1), np.bool_)


_LABELS = tuple(Labels.__dataclass_fields__)


def shard_count(frames: int) -> int:
    """Return how many shards a store of so many frames has."""
    return -(-frames // SHARD)


def write_shard(
    folder: Path, number: int, controls: Sequence[Controls], drawn: Sequence[Drawn]
) -> None:
    """Write the frames of one shard; its arrays last, so that it is whole when they are there."""
    folder.mkdir(parents=True, exist_ok=True)
    blobs = [_encode(picture) for picture in drawn]
    sizes = np.array([[len(blob) for blob in four] for four in blobs], np.int64)
    pictures = folder / f".{number:04d}.bin"
    pictures.write_bytes(b"".join(blob for four in blobs for blob in four))
    pictures.replace(shard_path(folder, number).with_suffix(".bin"))
    arrays = folder / f".{number:04d}.npz"
    labels = _labels(controls, drawn)
    np.savez_compressed(arrays, sizes=sizes, **{name: vars(labels)[name] for name in _LABELS})
    arrays.replace(shard_path(folder, number))


def shard_path(folder: Path, number: int) -> Path:
    """Return the file that is there when the shard is whole."""
    return folder / f"{number:04d}.npz"


def write_card(folder: Path, card: dict[str, Any]) -> None:
    """Write what the store is; a store with its card is finished."""
    draft = folder / f".{STORE}"
    draft.write_text(json.dumps(card, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    draft.replace(folder / STORE)


class FrameStore:
    """A finished store, read in any order. Can be sent to other processes: it opens files late."""

    def __init__(self, folder: Path) -> None:
        """Open a store. Raises InputError when the folder holds none that is finished."""
        self.folder = folder
        try:
            self.card: dict[str, Any] = json.loads((folder / STORE).read_text("utf-8"))
        except OSError:
            raise InputError(
                f"No {STORE} in {folder}: not a finished frame store. Make one, or go on with it: "
                f"run_vcam.py studio render --out DIR"
            ) from None
        self._shards = shard_count(self.card["frames"])

    def __len__(self) -> int:
        return int(self.card["frames"])

    def __getstate__(self) -> dict[str, Any]:
        return {"folder": self.folder, "card": self.card, "_shards": self._shards}

    @cached_property
    def labels(self) -> Labels:
        """The labels of all frames."""
        parts = [self._arrays(number) for number in range(self._shards)]
        return Labels(**{name: np.concatenate([p[name] for p in parts]) for name in _LABELS})

    def colour(self, index: int) -> Image:
        """Return uint8 RGB (H, W, 3), the announcer before their backdrop."""
        return np.ascontiguousarray(self._picture(index, 0, cv2.IMREAD_COLOR)[..., ::-1])

    def alpha(self, index: int) -> Image:
        """Return uint8 (H, W): how much of each pixel is the person."""
        return self._picture(index, 1, cv2.IMREAD_GRAYSCALE)

    def parts(self, index: int) -> Image:
        """Return uint8 (H, W): which part of the person, an index into PARTS."""
        return self._picture(index, 2, cv2.IMREAD_GRAYSCALE)

    def flow(self, index: int) -> tuple[Vector, Flags]:
        """Return the flow to the reference picture (h, w, 2) in pixels and where it is valid."""
        raw = np.frombuffer(zlib.decompress(self._blob(index, 3)), np.int16)
        height, width = (int(side) for side in raw[:2])
        steps = raw[2 : 2 + 2 * height * width].reshape(height, width, 2)
        valid = raw[2 + 2 * height * width :].astype(np.bool_).reshape(height, width)
        flow = np.cumsum(steps, axis=1, dtype=np.int16).astype(np.float32) * np.float32(FLOW_UNIT)
        return flow, valid

    @cached_property
    def _starts(self) -> NDArray[np.int64]:
        """Offsets (N, 5) of each frame's blobs in its shard's file; the fifth is their end."""
        tables = []
        for number in range(self._shards):
            sizes = self._arrays(number)["sizes"]
            ends = np.cumsum(sizes).reshape(sizes.shape)
            tables.append(np.concatenate([ends[:, :1] - sizes[:, :1], ends], axis=1))
        return np.concatenate(tables)

    @cached_property
    def _files(self) -> list[Any]:
        paths = [shard_path(self.folder, number) for number in range(self._shards)]
        return [np.memmap(path.with_suffix(".bin"), np.uint8, "r") for path in paths]

    def _arrays(self, number: int) -> dict[str, Any]:
        with np.load(shard_path(self.folder, number), allow_pickle=False) as arrays:
            return dict(arrays)

    def _blob(self, index: int, kind: int) -> Any:
        start, end = self._starts[index, kind : kind + 2]
        return self._files[index // SHARD][start:end]

    def _picture(self, index: int, kind: int, mode: int) -> Image:
        picture = cv2.imdecode(self._blob(index, kind), mode)
        if picture is None:
            raise InputError(
                f"{self.folder}: frame {index} is damaged. Delete its shard and go on."
            )
        return np.asarray(picture, np.uint8)


def _encode(drawn: Drawn) -> tuple[bytes, bytes, bytes, bytes]:
    """Return colour, alpha, parts and flow of a frame as they are stored, in this order."""
    colour = np.ascontiguousarray(drawn.rgba[..., 2::-1])
    alpha = np.ascontiguousarray(drawn.rgba[..., 3])
    return (
        _image(".jpg", colour, _JPEG),
        _image(".webp", alpha, _WEBP),
        _image(".webp", drawn.parts, _WEBP),
        _flow(drawn.flow, drawn.flow_valid),
    )


def _image(kind: str, picture: Image, settings: list[int]) -> bytes:
    done, encoded = cv2.imencode(kind, picture, settings)
    if not done:
        raise InputError(f"A picture of shape {picture.shape} could not be stored as {kind}.")
    return bytes(encoded)


def _flow(flow: Vector, valid: Flags) -> bytes:
    """Return the flow as differences along the rows, which pack well, and its mask."""
    fine = np.round(flow / FLOW_UNIT).astype(np.int16)
    steps = np.diff(fine, axis=1, prepend=np.int16(0))
    head = np.array(flow.shape[:2], np.int16)
    return zlib.compress(np.concatenate([head, steps.ravel(), valid.ravel()]).tobytes(), 6)


def _labels(controls: Sequence[Controls], drawn: Sequence[Drawn]) -> Labels:
    rest = np.zeros(len(ARKIT_NAMES), np.float32)
    asked = [rest if c.expression is None else c.expression for c in controls]
    return Labels(
        t_ns=np.array([c.t_ns for c in controls], np.int64),
        expression=np.array(asked, np.float32),
        pose=np.array([c.pose for c in controls], np.float32),
        blink=np.array([c.blink for c in controls], np.float32),
        gaze=np.array([c.gaze for c in controls], np.float32),
        landmarks68=_in_units([d.landmarks68 for d in drawn]),
        visible68=np.array([d.visible68 for d in drawn], np.bool_),
        landmarks478=_in_units([d.landmarks478 for d in drawn]),
        visible478=np.array([d.visible478 for d in drawn], np.bool_),
    )


def _in_units(landmarks: Sequence[Vector]) -> Vector:
    return np.asarray(np.round(np.array(landmarks) / LANDMARK_UNIT) * LANDMARK_UNIT, np.float32)
