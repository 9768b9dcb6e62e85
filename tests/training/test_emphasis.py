"""What a training looks at most."""

from dataclasses import replace

import numpy as np
import torch

from tests.training.drawn import drawn_faces
from vcam.engines.landmark_image import CROP
from vcam.training.emphasis import EYES, lively, pixel_weights
from vcam.training.face_frames import FACE, MOUTH
from vcam.training.faces import Faces


def faces(**changed: torch.Tensor) -> Faces:
    """Return two frames whose 68 landmarks lie on a circle, with what is `changed`."""
    turn = np.linspace(0, 2 * np.pi, 68)
    circle = CROP * (0.5 + 0.3 * np.stack([np.cos(turn), np.sin(turn)], 1))
    points = torch.from_numpy(np.tile(circle.ravel(), (2, 1)).astype(np.float32))
    plain = replace(drawn_faces(2, 32), pose=torch.zeros(2, 3), landmarks=points)
    return replace(plain, **changed)


def test_an_open_mouth_is_drawn_more_often() -> None:
    landmarks = faces().landmarks.reshape(2, 68, 2).clone()
    landmarks[:, 66] = landmarks[:, 62]
    landmarks[1, 66, 1] += 0.2 * (landmarks[1, 45] - landmarks[1, 36]).norm()
    odds = lively(faces(landmarks=landmarks.reshape(2, -1)))
    assert torch.allclose(odds, torch.tensor([1.0, 3.0]))


def test_a_head_turned_as_far_as_it_goes_is_drawn_more_often() -> None:
    pose = torch.tensor([[0.0, 0.0, 0.0], [0.01, -0.30, 0.0]])
    still = faces(pose=pose, landmarks=torch.zeros(2, 136))
    assert torch.allclose(lively(still), torch.tensor([1.0, 6.0]))


def test_landmarks_that_say_nothing_are_no_division_by_zero() -> None:
    assert torch.equal(lively(faces(landmarks=torch.zeros(2, 136))), torch.ones(2))


def test_frames_are_drawn_as_often_as_the_odds_say() -> None:
    odds = torch.tensor([0.0, 1.0])
    batch = faces().batch(3, 16, odds=odds)
    assert len(batch) == 16
    assert torch.equal(batch.picture[0], faces().take(torch.tensor([1])).picture[0])
    assert torch.equal(batch.picture[:1].expand(16, -1, -1, -1), batch.picture)


def test_pixels_of_the_face_count_more_and_all_one_on_average() -> None:
    weight = pixel_weights(faces().take(torch.arange(2)))
    assert weight.shape == (2, 1, 32, 32)
    assert abs(weight.mean().item() - 1.0) < 1e-5
    amounts = (weight / weight.min()).round().unique().tolist()
    assert amounts == [1.0, FACE, MOUTH, EYES]
