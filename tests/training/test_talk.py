"""Speech with the landmarks that it means."""

from pathlib import Path

import numpy as np
import pytest
import torch

from tests.speech_sets import make_speech_set
from vcam.errors import InputError
from vcam.training.talk import RUN, Talk, read_talk


@pytest.fixture(scope="module")
def speech(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A speech set of two training voices, a clip each."""
    return make_speech_set(tmp_path_factory.mktemp("speech"), slice(2))


@pytest.fixture(scope="module")
def talk(speech: Path) -> Talk:
    return read_talk(speech, ["announcer3"], hours=1.0, seed=0)


def test_a_mouth_opens_with_the_sound_and_lids_with_the_blink(talk: Talk) -> None:
    batch = talk.take(np.arange(len(talk)))
    points = batch.landmarks.reshape(-1, 68, 2)
    gap = (points[:, 66] - points[:, 62]).norm(dim=1)
    loudness = torch.stack([batch.rows[s + 28 : s + 36, 0].mean() for s in batch.starts])
    lids = (points[:, 41] - points[:, 37]).norm(dim=1)  # the announcer's right eye
    assert np.corrcoef(loudness, gap)[0, 1] > 0.4
    assert np.corrcoef(batch.blink[:, 1], lids)[0, 1] < -0.9
    assert np.corrcoef(batch.pose[:, 2], batch.blink[:, 0])[0, 1] == pytest.approx(0.0, abs=0.15)


def test_a_batch_is_a_function_of_its_step(talk: Talk) -> None:
    first, again, other = talk.batch(3, 2), talk.batch(3, 2), talk.batch(4, 2)
    assert torch.equal(first.rows, again.rows)
    assert torch.equal(first.landmarks, again.landmarks)
    assert not torch.equal(first.pose, other.pose)
    assert first.landmarks.shape == (2 * RUN, 136)


def test_frames_of_a_run_share_rows_and_each_has_its_own_window(talk: Talk) -> None:
    batch = talk.batch(0, 2)
    assert len(batch.rows) < len(batch.starts) * 64 / 4
    chosen = np.array([5, 100, 7])
    taken = talk.take(chosen)
    for start, frame in zip(taken.starts.tolist(), chosen, strict=True):
        first = talk.starts[frame]
        assert np.array_equal(taken.rows[start : start + 64], talk.rows[first : first + 64])


def test_no_more_is_read_than_asked_for(speech: Path, talk: Talk) -> None:
    assert len(read_talk(speech, ["announcer3"], hours=1e-6, seed=0)) < len(talk)


def test_a_part_without_clips_is_one_sentence(speech: Path) -> None:
    with pytest.raises(InputError, match="has no clip with curves in its part validation"):
        read_talk(speech, ["announcer3"], 1.0, 0, "validation")
