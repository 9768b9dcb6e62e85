"""Frames as batches: boxes in the right places, hard moments more often, all in its units."""

from pathlib import Path

import numpy as np
import pytest
import torch

from tests.lite_faces import CORNERS, draw_face, write_frames
from vcam.arkit import ARKIT_INDEX, ARKIT_NAMES
from vcam.nets.lite import CELL
from vcam.nets.lite_plan import Window
from vcam.studio.frames import PARTS, FrameStore
from vcam.training.face_boxes import face_boxes
from vcam.training.face_frames import (
    BOTH_ROWS,
    EYE,
    FACE,
    MISTAKEN,
    MOUTH,
    RIM,
    TEETH,
    USUAL_TURN,
    FaceFrames,
    hardness,
    inner,
    nearness,
)
from vcam.training.lite_identity import bare_backdrop, find_corners


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> FrameStore:
    """Return frames of the drawn face."""
    folder = tmp_path_factory.mktemp("frames")
    write_frames(folder, count=6)
    return FrameStore(folder)


def test_boxes_lie_round_their_parts_and_left_is_the_announcers_own(store: FrameStore) -> None:
    boxes = face_boxes(store.labels.landmarks68, 256)
    left, top, right, bottom = boxes.mouth[0]
    assert left < 110 < 146 < right
    assert top < 176 < 180 < bottom
    assert boxes.left_eye[0, 0] > boxes.right_eye[0, 2]  # on the right of the picture
    inside = boxes.face[0, :2] < boxes.mouth[0, :2]
    assert inside.all()


def test_boxes_stay_within_the_picture() -> None:
    points = np.linspace(-20, 90, 68 * 2, dtype=np.float32).reshape(1, 68, 2)
    boxes = face_boxes(points, 64)
    assert all((table >= 0).all() and (table <= 64).all() for table in vars(boxes).values())


def test_mouth_and_eyes_weigh_more_and_the_mean_weight_is_one(store: FrameStore) -> None:
    weight = FaceFrames(store, 256).batch([0]).weight[0, 0]
    assert float(weight.mean()) == pytest.approx(1.0, abs=1e-5)
    rest = float(weight[2, 2])
    assert float(weight[178, 128]) / rest == pytest.approx(MOUTH)
    assert float(weight[127, 108]) / rest == pytest.approx(EYE)
    assert float(weight[150, 100]) / rest == pytest.approx(FACE)


@pytest.mark.parametrize("side", [256, 128])
def test_teeth_weigh_most_where_they_show(store: FrameStore, side: int) -> None:
    frames, scale = FaceFrames(store, side), side / 256
    place = np.s_[round(171 * scale), round(128 * scale)]
    shut, wide = (frames.batch([index]).weight[0, 0] for index in (0, 5))
    assert float(shut[place] / shut[2, 2]) == pytest.approx(MOUTH)
    assert float(wide[place] / wide[2, 2]) == pytest.approx(TEETH)
    assert int((wide > 0.99 * wide[place]).sum()) == pytest.approx(80 * scale**2, abs=12)


def test_a_batch_at_half_the_size_is_the_same_face(store: FrameStore) -> None:
    whole, half = FaceFrames(store, 256).batch([1]), FaceFrames(store, 128).batch([1])
    shrunk = torch.nn.functional.avg_pool2d(whole.picture, 2)
    assert float((shrunk - half.picture).abs().mean()) < 0.01
    assert half.flow.shape[-1] * 2 == whole.flow.shape[-1]
    assert float((whole.flow.mean() - half.flow.mean()).abs()) < 1e-3  # in halves at every size


def test_hard_moments_are_drawn_more_often() -> None:
    expression = np.zeros((5, len(ARKIT_NAMES)), np.float32)
    expression[1, ARKIT_INDEX["jawOpen"]] = 0.6
    expression[2, ARKIT_INDEX["eyeBlinkLeft"]] = 0.9
    expression[2, ARKIT_INDEX["eyeBlinkRight"]] = 0.9
    expression[4, ARKIT_INDEX["eyeBlinkRight"]] = 0.9
    gaze = np.array([[0, 0], [0, 0], [0, 0], [0.6, 0], [0, 0]], np.float32)
    assert hardness(expression, gaze).tolist() == pytest.approx([1, 3, 3, 5, 3 + 6 * 0.9])


def test_heads_that_turn_far_are_drawn_less_often() -> None:
    pose = np.array([[0, 0, 0], [0, -USUAL_TURN, 0], [3 * USUAL_TURN, 0, 0]], np.float32)
    assert nearness(pose).tolist() == pytest.approx([1, 0.5, 0.1])


def test_frames_with_both_rows_of_teeth_are_drawn_more_often(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_frames(tmp_path, count=2)
    frames, upper = FaceFrames(FrameStore(tmp_path), 256), np.zeros((256, 256), np.uint8)
    upper[168:172, 100:150] = PARTS.index("teeth")
    both = upper.copy()
    both[180:183, 100:150] = PARTS.index("teeth")
    alike = hardness(frames.expression, frames.gaze)
    monkeypatch.setattr(FrameStore, "parts", lambda store, index: (upper, both)[index])
    assert float(frames.odds.sum()) == pytest.approx(1.0, abs=1e-5)
    ratio = (frames.odds[1] / frames.odds[0]) / (alike[1] / alike[0])
    assert float(ratio) == pytest.approx(BOTH_ROWS, rel=1e-4)


def test_draws_depend_on_the_seed_alone(store: FrameStore) -> None:
    one, two = FaceFrames(store, 128), FaceFrames(store, 128, cache_mb=0)
    a, b = (frames.draw(np.random.default_rng(5), 3) for frames in (one, two))
    assert torch.equal(a.picture, b.picture)
    assert torch.equal(a.expression, b.expression)


def test_a_window_is_a_part_of_the_whole_batch(store: FrameStore) -> None:
    frames, window = FaceFrames(store, 256), Window(8, 0, 16, 16)
    whole, part = frames.batch([1, 2]), frames.batch([1, 2], window)
    place = (..., slice(64, 192), slice(0, 128))
    assert torch.equal(whole.picture[place], part.picture)
    assert torch.equal(whole.alpha[place], part.alpha)
    assert torch.equal(whole.flow, part.flow)
    assert float(part.weight.mean()) == pytest.approx(1.0, abs=1e-5)


def test_a_window_counts_to_the_edges_of_the_picture_but_not_to_its_own() -> None:
    weight, rim = inner(Window(0, 16, 16, 16), 256), RIM * CELL
    assert weight.shape == (128, 128)
    assert weight[:-rim, rim:].all()  # above and at the right is the picture's edge
    assert not weight[-rim:].any()
    assert not weight[:, :rim].any()


def test_windows_lie_on_the_face_and_within_the_picture(store: FrameStore) -> None:
    frames, random = FaceFrames(store, 256), np.random.default_rng(0)
    windows = [frames.draw(random, 1, crops=0.5).window for _ in range(60)]
    parts = [window for window in windows if window]
    assert 15 < len(parts) < 45
    assert all(0 <= part.row <= 16 and 0 <= part.column <= 16 for part in parts)
    holds_the_nose = [part.row < 17 < part.row + 16 and part.column < 16 for part in parts]
    assert np.mean(holds_the_nose) > 0.6


def test_blinks_are_part_of_the_expression(store: FrameStore) -> None:
    frames = FaceFrames(store, 128)
    blinks = frames.expression[:, ARKIT_INDEX["eyeBlinkLeft"]]
    assert blinks == pytest.approx(store.labels.blink[:, 0])


def test_regions_are_found_where_the_face_has_them(store: FrameStore) -> None:
    corners = find_corners(store.labels.landmarks68[0] / 8)
    assert np.abs(np.array(corners) - np.array(CORNERS)).max() <= 1


def test_the_bare_backdrop_is_the_backdrop_and_a_guess_behind_the_announcer(
    store: FrameStore,
) -> None:
    bare = bare_backdrop(store, 256).astype(int)
    true = draw_face(256, person=False).astype(int)
    away = store.alpha(0) == 0
    assert np.abs(bare - true)[away].mean() < 3
    assert np.abs(bare - true).mean() < 8


def test_frames_that_are_not_there_are_one_sentence(tmp_path: Path) -> None:
    from vcam.errors import InputError

    with pytest.raises(InputError, match="not a finished frame store"):
        FrameStore(tmp_path)


def test_a_frame_comes_with_the_fusers_mistake_half_the_times_it_is_drawn(
    store: FrameStore,
) -> None:
    frames, jaw = FaceFrames(store, 64), ARKIT_INDEX["jawOpen"]
    mistake = np.zeros(len(ARKIT_NAMES), np.float32)
    mistake[jaw] = 0.3
    wrong = dict.fromkeys(range(3), mistake)
    own = frames.expression[:, jaw].copy()
    drawn: dict[int, list[float]] = {index: [] for index in range(6)}
    for seed in range(40):
        random, again = np.random.default_rng(seed), np.random.default_rng(seed)
        batch = frames.draw(random, 6, 0.0, wrong)
        plain = frames.draw(again, 6)
        assert torch.equal(batch.picture, plain.picture)
        for weights, true in zip(batch.expression, plain.expression, strict=True):
            index = int(np.abs(own - float(true[jaw])).argmin())
            drawn[index].append(float(weights[jaw] - true[jaw]))
    assert all(set(apart) == {0.0} for index, apart in drawn.items() if index not in wrong)
    apart = np.concatenate([drawn[index] for index in wrong])
    assert set(np.round(apart, 3)) == {0.0, 0.3}
    assert MISTAKEN - 0.15 < float((apart > 0).mean()) < MISTAKEN + 0.15
    assert np.array_equal(frames.expression[:, jaw], own)
