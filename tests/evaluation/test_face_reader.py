"""Pose, lids and lips read off pictures of drawn faces that the reader has not seen."""

import cv2
import numpy as np
import pytest

from tests.training.drawn import draw_face
from vcam.evaluation.face_reader import FaceReader, Known, read_pairs
from vcam.evaluation.geometry import mouth_opening

SIDE, COUNT = 64, 160


@pytest.fixture(scope="module")
def known() -> Known:
    """Return faces whose yaw, lids and lips are drawn at random."""
    random = np.random.default_rng(0)
    openings, yaws, lids = random.uniform((0, -0.3, 0), (1, 0.3, 1), (COUNT, 3)).T
    pictures, landmarks = [], np.zeros((COUNT, 68, 2), np.float32)
    for index, row in enumerate(zip(openings, yaws, lids, strict=True)):
        picture, points = draw_face(*row, SIDE)
        pictures.append(picture)
        ten = points.reshape(-1, 2) * (SIDE / 256)
        landmarks[index] = ten[2]
        landmarks[index, 36:42], landmarks[index, 42:48] = ten[3:5].mean(0), ten[5:7].mean(0)
        landmarks[index, 31:36] = ten[8] * [1, 0] + [0, 38]
        landmarks[index, 62], landmarks[index, 66] = ten[8], ten[9]
        landmarks[index, 0:2] = ten[:2]
    pose = np.stack([yaws, 0 * yaws, 0 * yaws], 1).astype(np.float32)
    blink = np.stack([lids, lids], 1).astype(np.float32)
    return Known(np.array(pictures), landmarks, pose, blink)


def test_unseen_pictures_are_read(known: Known) -> None:
    fitted, asked = np.arange(0, COUNT - 40), np.arange(COUNT - 40, COUNT)
    found = FaceReader(known.take(fitted)).read(known.pictures[asked])
    assert np.abs(found[:, 0] - known.pose[asked, 0]).mean() < 0.02
    assert np.abs(found[:, 1:3]).max() < 1e-6
    assert np.abs(found[:, 3] - known.blink[asked].mean(1)).mean() < 0.05
    lips = mouth_opening(known.landmarks)
    assert np.corrcoef(found[:, 4], lips[asked])[0, 1] > 0.98


def test_a_pair_is_read_by_a_reader_that_knows_neither(known: Known) -> None:
    few = known.take(np.arange(40))
    blurred = np.stack([cv2.blur(picture, (3, 3)) for picture in few.pictures[:4]])
    true, found = read_pairs(few, np.arange(4), blurred)
    for place in range(4):
        others = FaceReader(few.take(np.delete(np.arange(40), place)))
        assert np.allclose(true[place], others.read(few.pictures[place : place + 1])[0])
        assert np.allclose(found[place], others.read(blurred[place : place + 1])[0])
