"""Faces with sound: from clips to batches."""

from pathlib import Path

import numpy as np
import pytest
import torch

from tests.training.drawn import draw_face, drawn_faces
from vcam.errors import InputError
from vcam.media import Controls, frame_due_ns
from vcam.studio.frames import write_card, write_shard
from vcam.studio.renderer import Render
from vcam.studio.sound import SOUND_RATE, write_flac
from vcam.training.faces import hear, joined, read_clips

FRAMES, SIDE = 6, 64


def write_clip(folder: Path, sound: bool = True) -> None:
    """Write a store of drawn faces, as the studio would."""
    controls, drawn = [], []
    for index in range(FRAMES):
        opening = index / (FRAMES - 1)
        image, _ = draw_face(opening, 0.0, opening, SIDE)
        landmarks = np.full((68, 2), 10.0 + index, np.float32)
        flags = np.ones(68, np.bool_)
        controls.append(
            Controls(frame_due_ns(index, 25), pose=(0.1, 0.0, 0.0), blink=(opening, opening))
        )
        drawn.append(
            Render(
                np.dstack([image, np.full((SIDE, SIDE), 255, np.uint8)]),
                landmarks, flags, np.zeros((478, 2), np.float32), np.ones(478, np.bool_),
                np.zeros((4, 4, 2), np.float32), np.ones((4, 4), np.bool_),
                np.zeros((SIDE, SIDE), np.uint8),
            )
        )  # fmt: skip
    write_shard(folder, 0, controls, drawn)
    write_card(folder, {"announcer": "announcer3", "size": SIDE, "frames": FRAMES})
    if sound:
        write_flac(folder / "sound.flac", np.sin(np.arange(SOUND_RATE) * 0.3).astype(np.float32))


def test_clips_become_faces_with_the_sound_around_each(tmp_path: Path) -> None:
    write_clip(tmp_path / "clip1")
    faces = read_clips([tmp_path / "clip1", tmp_path / "clip1"], 32)
    assert len(faces) == 2 * FRAMES
    assert faces.picture.shape == (2 * FRAMES, 3, 32, 32)
    assert faces.audio.shape == (2 * FRAMES, 1, 64, 60)
    assert faces.landmarks[0].tolist() == pytest.approx([10.0 * 256 / SIDE] * 136)
    assert faces.pose[3].tolist() == pytest.approx([0.1, 0.0, 0.0])
    assert faces.blink[5].tolist() == pytest.approx([1.0, 1.0])
    assert -1.0 <= faces.reference.min() < faces.reference.max() <= 1.0


def test_frames_without_sound_or_nothing_at_all_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no clips to learn from; render some with"):
        read_clips([], 32)
    with pytest.raises(InputError, match=r"No store.json in .*: not a finished frame store"):
        read_clips([tmp_path], 32)
    write_clip(tmp_path, sound=False)
    with pytest.raises(InputError, match=r"no sound.flac: frames without order cannot teach"):
        read_clips([tmp_path], 32)


def test_a_batch_is_a_function_of_its_step() -> None:
    faces = joined([drawn_faces(5, 16), drawn_faces(3, 16, seed=1)])
    first, again, other = faces.batch(3, 6), faces.batch(3, 6), faces.batch(4, 6)
    assert torch.equal(first.picture, again.picture)
    assert torch.equal(first.audio, again.audio)
    assert not torch.equal(first.pose, other.pose)
    assert first.picture.dtype == torch.float32
    assert -1.0 <= first.picture.min() < first.picture.max() <= 1.0


def test_the_window_of_a_click_holds_it_at_its_time() -> None:
    samples = np.zeros(SOUND_RATE, np.float32)
    samples[SOUND_RATE // 2 : SOUND_RATE // 2 + 400] = 0.9 * np.sin(np.arange(400) * 0.5)
    before, at, after = hear(samples, [300_000_000, 500_000_000, 700_000_000])[:, :, 0]
    step_ms = 512 / 44.1
    for window, ahead_ms in ((before, 200.0), (at, 0.0), (after, -200.0)):
        assert int(window.argmax()) == pytest.approx(32 + (ahead_ms + 12) / step_ms, abs=2)
