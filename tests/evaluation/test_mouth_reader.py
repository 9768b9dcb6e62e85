"""Reading apertures from pictures: what is drawn is what is read, however the head lies."""

from types import SimpleNamespace
from typing import cast

import cv2
import numpy as np
import pytest

from tests.lite_faces import draw_face, landmarks
from vcam.errors import InputError
from vcam.evaluation.geometry import mouth_opening
from vcam.evaluation.mouth_reader import learn_to_read
from vcam.media import Image, Vector
from vcam.studio.frames import FrameStore

SIDE = 256


def spoken(mouth: float, turn_degrees: float = 0.0, aside: float = 0.0) -> tuple[Image, Vector]:
    """Return a drawn face whose inner lips part by as much as its mouth, turned in the picture."""
    points = landmarks()
    points[36], points[45] = (98, 127), (158, 127)
    points[62], points[66] = (128, 178 - 14 * mouth), (128, 178 + 14 * mouth)
    turn = cv2.getRotationMatrix2D((128.0, 128.0), turn_degrees, 1.0)
    turn[:, 2] += aside
    moved = points @ turn[:, :2].T + turn[:, 2]
    picture = cv2.warpAffine(draw_face(SIDE, mouth), turn, (SIDE, SIDE))
    return np.asarray(picture, np.uint8), moved.astype(np.float32)


def store(count: int = 40) -> FrameStore:
    """Return what a reader needs of a training set."""
    random = np.random.default_rng(0)
    poses = zip(random.uniform(0, 1, count), random.uniform(-8, 8, count), strict=True)
    drawn = [spoken(mouth, turn, 4 * turn) for mouth, turn in poses]
    labels = SimpleNamespace(
        pose=np.zeros((count, 3)), landmarks68=np.stack([points for _, points in drawn])
    )
    there = SimpleNamespace(
        folder="training", card={"size": SIDE}, labels=labels, colour=lambda n: drawn[n][0]
    )
    return cast(FrameStore, there)


def test_the_mouth_is_read_whatever_the_head_does() -> None:
    reader = learn_to_read(store(), SIDE)
    for mouth, turn, aside in ((0.0, 0.0, 0.0), (0.2, 5.0, 8.0), (0.5, -6.0, -20.0), (0.9, 3, 5)):
        picture, points = spoken(mouth, turn, aside)
        assert reader.read(picture, points) == pytest.approx(28 * mouth / 60, abs=0.03)


def test_only_the_picture_tells_the_mouth() -> None:
    reader = learn_to_read(store(), SIDE)
    picture, _ = spoken(0.8)
    _, shut = spoken(0.0)
    assert reader.read(picture, shut) == pytest.approx(28 * 0.8 / 60, abs=0.03)


def test_half_the_size_reads_alike() -> None:
    reader = learn_to_read(store(), SIDE // 2)
    picture, points = spoken(0.6)
    small = cv2.resize(picture, (SIDE // 2, SIDE // 2), interpolation=cv2.INTER_AREA)
    found = reader.read(np.asarray(small, np.uint8), points / 2)
    assert found == pytest.approx(28 * 0.6 / 60, abs=0.03)


def test_apertures_are_gaps_over_the_distance_of_the_eyes() -> None:
    points = np.stack([spoken(mouth, turn)[1] for mouth, turn in ((0.0, 0.0), (0.5, 9.0))])
    assert mouth_opening(points) == pytest.approx([0.0, 28 * 0.5 / 60], abs=1e-5)


def test_too_few_frames_are_one_sentence() -> None:
    with pytest.raises(InputError, match="3 frames that look ahead; wanted 20"):
        learn_to_read(store(3), SIDE)
