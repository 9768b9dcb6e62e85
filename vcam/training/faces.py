"""Batches of talking faces for the papers' networks: pictures with the sound that belongs to them.

Read from stores of clips, as `run_vcam.py studio render` writes them beside a training set: folders
`clip1`, `clip2`, ... with `sound.flac`. The training sets themselves have no order and no sound.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Self

import cv2
import numpy as np
import torch
from torch import Tensor

from vcam.audio.ears import Ears
from vcam.engines.apb2facev2 import reference
from vcam.engines.landmark_image import CROP
from vcam.engines.senses import WINDOW
from vcam.errors import InputError
from vcam.identity import load_identity
from vcam.media import MS_NS, AudioChunk, Samples, Vector
from vcam.profile import GateSettings
from vcam.studio.frames import FrameStore
from vcam.studio.sound import SOUND_RATE, read_sound

SOUND = "sound.flac"
_BLOCK = SOUND_RATE // 50


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

    def batch(self, step: int, size: int, seed: int = 0) -> Self:
        """Return the batch of a step: frames drawn at random, the same whenever asked."""
        draw = torch.Generator().manual_seed((seed << 32) + step)
        return self.take(torch.randint(len(self), (size,), generator=draw))


def joined(sets: Sequence[Faces]) -> Faces:
    """Return all frames of several sets."""
    return Faces(
        **{spec.name: torch.cat([vars(s)[spec.name] for s in sets]) for spec in fields(Faces)}
    )


def read_clips(folders: Sequence[Path], side: int) -> Faces:
    """Read clips at `side` x `side` pixels.

    Raises:
        InputError: a folder holds no finished store, or no sound.
    """
    if not folders:
        raise InputError("no clips to learn from; render some with run_vcam.py studio render")
    return joined([_read_clip(folder, side) for folder in folders])


def _read_clip(folder: Path, side: int) -> Faces:
    store = FrameStore(folder)
    if not (folder / SOUND).is_file():
        raise InputError(
            f"{folder}: no {SOUND}: frames without order cannot teach how a mouth follows sound; "
            "give the folders clip1, clip2, ... of studio render"
        )
    labels, count = store.labels, len(store)
    pictures = [
        cv2.resize(store.colour(index), (side, side), interpolation=cv2.INTER_AREA)
        for index in range(count)
    ]
    rest = reference(load_identity(store.card["announcer"]), side)
    landmarks = labels.landmarks68.reshape(count, -1) * (CROP / store.card["size"])
    windows = hear(read_sound(folder / SOUND), labels.t_ns.tolist())
    return Faces(
        picture=torch.from_numpy(np.array(pictures).transpose(0, 3, 1, 2).copy()),
        reference=torch.from_numpy(rest).expand(count, -1, -1, -1),
        audio=torch.from_numpy(windows)[:, None],
        pose=torch.from_numpy(labels.pose),
        blink=torch.from_numpy(labels.blink),
        landmarks=torch.from_numpy(landmarks.astype(np.float32)),
    )


def hear(samples: Samples, times_ns: Sequence[int]) -> Vector:
    """Return the papers' windows (N, 64, 60) at rising times, heard as in a call."""
    ears, heard, windows = Ears(WINDOW, GateSettings()), 0, []
    ahead = SOUND_RATE * (WINDOW.look_ahead_ms + 20) // 1000
    padded = np.pad(samples, (0, 2 * ahead))
    for t_ns in times_ns:
        until = min(t_ns * SOUND_RATE // 1_000_000_000 + ahead, len(padded))
        while heard + _BLOCK <= until:
            start_ns = heard * 1000 * MS_NS // SOUND_RATE
            ears.hear(AudioChunk(start_ns, padded[heard : heard + _BLOCK], SOUND_RATE))
            heard += _BLOCK
        window = ears.at(t_ns).window
        assert window is not None
        windows.append(window.copy())
    return np.array(windows, np.float32)
