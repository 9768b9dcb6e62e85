"""Faces with sound: from clips to batches."""

from collections.abc import Collection, Mapping
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.training.drawn import draw_face, drawn_faces
from vcam.arkit import ARKIT_INDEX
from vcam.errors import InputError
from vcam.media import Controls, Samples, Vector, frame_due_ns
from vcam.studio.frames import write_card, write_shard
from vcam.studio.renderer import Render
from vcam.studio.sound import SOUND_RATE, write_flac
from vcam.studio.spoken import Moment, write_spoken
from vcam.training.faces import halved, joined, read_drawn, read_faces

FRAMES, SIDE = 6, 64


def write_clip(
    folder: Path,
    sound: bool = True,
    expressions: Mapping[int, Vector] | None = None,
    count: int = FRAMES,
    looking_aside: Collection[int] = (),
) -> None:
    """Write a store of drawn faces, as the studio would."""
    controls, drawn = [], []
    for index in range(count):
        opening = index / (count - 1)
        image, _ = draw_face(opening, 0.0, opening, SIDE)
        landmarks = np.full((68, 2), 10.0 + index, np.float32)
        flags = np.ones(68, np.bool_)
        controls.append(
            Controls(
                frame_due_ns(index, 25),
                pose=(0.1, 0.0, 0.0),
                blink=(opening, opening),
                gaze=(0.5 * (index in looking_aside), 0.0),
                expression=(expressions or {}).get(index),
            )
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
    write_card(folder, {"announcer": "announcer3", "size": SIDE, "frames": count})
    if sound:
        write_flac(folder / "sound.flac", np.sin(np.arange(SOUND_RATE) * 0.3).astype(np.float32))


def write_training(folder: Path, speech: Path) -> None:
    """Write a training set: frames 1 and 4 are spoken, 0 and 2 at rest, 3 and 5 a grimace."""
    grimace = np.zeros(52, np.float32)
    grimace[ARKIT_INDEX["jawOpen"]] = 0.5
    expressions = {1: grimace, 3: grimace, 4: grimace, 5: grimace}
    write_clip(folder, sound=False, expressions=expressions)
    write_spoken(
        folder, [Moment(1, "train/a/0000", 400_000_000), Moment(4, "train/a/0000", 600_000_000)]
    )
    (speech / "train/a").mkdir(parents=True)
    write_flac(speech / "train/a/0000.flac", click(0.4))


def click(at_s: float) -> Samples:
    """Return a second of silence with a burst."""
    samples = np.zeros(SOUND_RATE, np.float32)
    start = round(at_s * SOUND_RATE)
    samples[start : start + 400] = 0.9 * np.sin(np.arange(400) * 0.5)
    return samples


def test_clips_become_faces_with_the_sound_around_each(tmp_path: Path) -> None:
    write_clip(tmp_path / "clip1")
    faces = read_faces([tmp_path / "clip1", tmp_path / "clip1"], 32, tmp_path)
    assert len(faces) == 2 * FRAMES
    assert faces.picture.shape == (2 * FRAMES, 3, 32, 32)
    assert faces.audio.shape == (2 * FRAMES, 1, 64, 60)
    assert faces.landmarks[0].tolist() == pytest.approx([10.0 * 256 / SIDE] * 136)
    assert faces.pose[3].tolist() == pytest.approx([0.1, 0.0, 0.0])
    assert faces.blink[5].tolist() == pytest.approx([1.0, 1.0])
    assert -1.0 <= faces.reference.min() < faces.reference.max() <= 1.0


def test_of_a_training_set_the_spoken_frames_have_their_sound_and_those_at_rest_silence(
    tmp_path: Path,
) -> None:
    write_training(tmp_path / "training", tmp_path / "speech")
    faces = read_faces([tmp_path / "training"], 32, tmp_path / "speech")
    assert faces.landmarks[:, 0].tolist() == [(10.0 + frame) * 256 / SIDE for frame in (1, 4, 0, 2)]
    loudest = faces.audio[:, 0, :, 0].argmax(dim=1)
    assert int(loudest[0]) == pytest.approx(33, abs=2)  # the burst is now
    assert int(loudest[1]) == pytest.approx(16, abs=2)  # the burst was 200 ms ago
    assert bool((faces.audio[2:] == faces.audio[2, 0, 0]).all())
    every = read_drawn([tmp_path / "training"], 32)
    assert len(every) == FRAMES


def test_sweeps_alone_are_learned_from_where_nothing_moves_that_is_no_input(
    tmp_path: Path,
) -> None:
    grimace = np.full(52, 0.1, np.float32)
    write_clip(tmp_path, sound=False, expressions={1: grimace}, looking_aside=[2, 3])
    write_spoken(tmp_path, [])
    faces = read_faces([tmp_path], 32, tmp_path)
    assert faces.landmarks[:, 0].tolist() == [(10.0 + frame) * 256 / SIDE for frame in (0, 4, 5)]
    assert bool((faces.audio == faces.audio[0, 0, 0]).all())


def test_frames_without_sound_or_nothing_at_all_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no frames to learn from; render some with"):
        read_faces([], 32, tmp_path)
    with pytest.raises(InputError, match=r"No store.json in .*: not a finished frame store"):
        read_faces([tmp_path], 32, tmp_path)
    write_clip(tmp_path, sound=False)
    with pytest.raises(InputError, match=r"no sound.flac and no spoken.json: nothing says which"):
        read_faces([tmp_path], 32, tmp_path)
    write_spoken(tmp_path, [Moment(0, "train/gone/0000", 0)])
    with pytest.raises(InputError, match=r"0000.flac: no such recording; give the speech set"):
        read_faces([tmp_path], 32, tmp_path)


def test_halved_faces_are_the_same_at_half_the_side() -> None:
    faces = drawn_faces(2, 16)
    small = halved(faces)
    assert small.picture.shape == (2, 3, 8, 8)
    assert small.picture.dtype == torch.uint8
    assert small.reference.shape == (2, 3, 8, 8)
    means = [float(found.picture.float().mean()) for found in (small, faces)]
    assert means[0] == pytest.approx(means[1], abs=0.2)
    assert torch.equal(small.landmarks, faces.landmarks)


def test_a_batch_is_a_function_of_its_step() -> None:
    faces = joined([drawn_faces(5, 16), drawn_faces(3, 16, seed=1)])
    first, again, other = faces.batch(3, 6), faces.batch(3, 6), faces.batch(4, 6)
    assert torch.equal(first.picture, again.picture)
    assert torch.equal(first.audio, again.audio)
    assert not torch.equal(first.pose, other.pose)
    assert first.picture.dtype == torch.float32
    assert -1.0 <= first.picture.min() < first.picture.max() <= 1.0
