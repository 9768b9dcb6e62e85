"""Batches of talking faces for the papers' networks: pictures with the sound that belongs to them.

Read from frame stores, as `run_vcam.py studio render` writes them: from clips with `sound.flac`,
and from training sets, of which `spoken.json` says which frames were taken from which moment of
the speech set. Frames at rest belong to silence; the others of a training set have no sound.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Self

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d

from vcam.audio.features import Mfcc
from vcam.engines.apb2facev2 import reference
from vcam.engines.landmark_image import CROP
from vcam.engines.senses import STEPS
from vcam.errors import InputError
from vcam.identity import load_identity
from vcam.media import Vector
from vcam.studio.frames import FrameStore
from vcam.studio.shoot import SOUND
from vcam.studio.sound import read_sound
from vcam.studio.spoken import Moment, by_recording, read_spoken
from vcam.training.hearing import Places, hear, window_at, windows


@dataclass(frozen=True)
class Faces:
    """N frames; also a batch of them."""

    picture: Tensor
    """(N, 3, S, S) uint8 in a set, [-1, 1] in a batch."""
    reference: Tensor
    """(N, 3, S, S) [-1, 1]: the identity at rest."""
    audio: Tensor
    """(N, 1, 64, 60)"""
    pose: Tensor
    """(N, 3)"""
    blink: Tensor
    """(N, 2)"""
    landmarks: Tensor
    """(N, 2L) pixels of a crop of 256"""

    def __len__(self) -> int:
        return len(self.picture)

    def take(self, indices: Tensor) -> Self:
        """Return these frames as a batch."""
        chosen = {spec.name: vars(self)[spec.name][indices] for spec in fields(self)}
        chosen["picture"] = chosen["picture"].float() / 127.5 - 1.0
        return type(self)(**chosen)

    def to(self, device: str) -> Self:
        """Return the same on a device."""
        return type(self)(**{spec.name: vars(self)[spec.name].to(device) for spec in fields(self)})

    def batch(self, step: int, size: int, seed: int = 0, odds: Tensor | None = None) -> Self:
        """Return the batch of a step: frames drawn at random, the same whenever asked.

        `odds` (N,) says how often each frame is drawn; None: all alike.
        """
        draw = torch.Generator().manual_seed((seed << 32) + step)
        if odds is None:
            return self.take(torch.randint(len(self), (size,), generator=draw))
        return self.take(torch.multinomial(odds, size, replacement=True, generator=draw))


def halved(faces: Faces) -> Faces:
    """Return the same frames at half the side."""
    small = avg_pool2d(faces.picture.float(), 2).round().to(torch.uint8)
    return replace(faces, picture=small, reference=avg_pool2d(faces.reference, 2))


def joined(sets: Sequence[Faces]) -> Faces:
    """Return all frames of several sets."""
    return Faces(
        **{spec.name: torch.cat([vars(s)[spec.name] for s in sets]) for spec in fields(Faces)}
    )


def read_faces(folders: Sequence[Path], side: int, speech: Path) -> Faces:
    """Read stores at `side` x `side` pixels, only the frames whose sound is known.

    Raises:
        InputError: a folder holds no finished store, or nothing says which sound belongs to it, or
            the speech set that it was taken from is not at `speech`.
    """
    if not folders:
        raise InputError("no frames to learn from; render some with run_vcam.py studio render")
    return joined([_read_store(folder, side, speech) for folder in folders])


def read_drawn(folders: Sequence[Path], side: int) -> Faces:
    """Read all frames of stores, sound or not: their windows are silence.

    Raises:
        InputError: a folder holds no finished store.
    """
    stores = [FrameStore(folder) for folder in folders]
    quiet = _quiet()
    return joined([_faces(store, _all(store), np.tile(quiet, (len(store), 1, 1)), side)
                   for store in stores])  # fmt: skip


def _read_store(folder: Path, side: int, speech: Path) -> Faces:
    store = FrameStore(folder)
    if (folder / SOUND).is_file():
        starts = np.array([window_at(t_ns) for t_ns in store.labels.t_ns.tolist()])
        heard = windows(hear(read_sound(folder / SOUND)), starts)
        return _faces(store, _all(store), heard, side)
    spoken = read_spoken(folder)
    found = list(_windows_of(spoken, speech))
    chosen = np.array([frame for frame, _ in found] + _at_rest(store, spoken), np.int64)
    quiet = [_quiet()] * (len(chosen) - len(found))
    heard = np.array([*(window for _, window in found), *quiet], np.float32)
    return _faces(store, chosen, heard, side)


def _windows_of(spoken: Sequence[Moment], speech: Path) -> Iterator[tuple[int, Vector]]:
    """Yield the frame and the window (64, 60) of each moment, reading each recording once."""
    for path, moments in by_recording(spoken, speech):
        rows = hear(read_sound(speech / f"{path}.flac"))
        for moment in moments:
            start = window_at(moment.t_ns)
            yield moment.frame, rows[start : start + STEPS]


def _at_rest(store: FrameStore, spoken: Sequence[Moment]) -> list[int]:
    """Return the frames without any expression, whose mouth silence explains, looking ahead."""
    spoken_frames = {moment.frame for moment in spoken}
    rest = np.flatnonzero(store.labels.at_rest)
    return [int(frame) for frame in rest if int(frame) not in spoken_frames]


def _quiet() -> Vector:
    return np.tile(Mfcc().silence, (STEPS, 1))


def _all(store: FrameStore) -> Places:
    return np.arange(len(store), dtype=np.int64)


def _faces(store: FrameStore, chosen: Places, heard: Vector, side: int) -> Faces:
    """Return the frames `chosen` (N,) of a store with their windows (N, 64, 60)."""
    labels, count = store.labels, len(chosen)
    pictures = [
        cv2.resize(store.colour(int(index)), (side, side), interpolation=cv2.INTER_AREA)
        for index in chosen
    ]
    rest = torch.from_numpy(reference(load_identity(store.card["announcer"]), side))
    landmarks = labels.landmarks68[chosen].reshape(count, -1) * (CROP / store.card["size"])
    return Faces(
        picture=torch.from_numpy(np.array(pictures).transpose(0, 3, 1, 2).copy()),
        reference=rest.expand(count, -1, -1, -1),
        audio=torch.from_numpy(heard)[:, None],
        pose=torch.from_numpy(labels.pose[chosen]),
        blink=torch.from_numpy(labels.blink[chosen]),
        landmarks=torch.from_numpy(landmarks.astype(np.float32)),
    )
