"""The head's geometry: lids, gaze, tongue, teeth, pose."""

from dataclasses import replace

import numpy as np
import pytest

from vcam.arkit import ARKIT_INDEX
from vcam.media import Controls
from vcam.studio.announcers import ANNOUNCERS
from vcam.studio.assets import HeadAsset
from vcam.studio.head import Head, draw_identity
from vcam.studio.landmarks import LANDMARKS_68
from vcam.studio.mouth import TEETH
from vcam.studio.pose import PIVOT_CM, neck_weight, turn_of
from vcam.studio.visemes import expression


@pytest.fixture(scope="module")
def head(head_asset: HeadAsset) -> Head:
    return Head(
        head_asset, draw_identity(head_asset, ANNOUNCERS["announcer2"]), np.zeros(52, np.float32)
    )


@pytest.mark.parametrize("gaze", [(0.0, 0.0), (0.8, 0.0), (0.0, 0.8), (-0.5, -0.8)])
@pytest.mark.parametrize("blink", np.linspace(0, 1, 11))
def test_no_lid_cuts_into_the_eyeball_at_any_blink(
    head: Head, blink: float, gaze: tuple[float, float]
) -> None:
    shape = head.shape(Controls(0, blink=(blink, blink), gaze=gaze))
    for ball, direction in zip(head.eyeballs, shape.gaze, strict=True):
        away = shape.vertices[ball.lids] - ball.centre
        height = np.linalg.norm(away, axis=1) - ball.surface(away, direction)
        assert height.min() > 0.0


def test_a_full_blink_closes_the_eye(head: Head) -> None:
    def gap(blink: float) -> float:
        mark = head.shape(Controls(0, blink=(blink, blink))).vertices[LANDMARKS_68]
        return float(np.abs(mark[[43, 44], 1] - mark[[47, 46], 1]).mean())

    assert gap(0.0) > 0.6
    assert gap(1.0) < 0.15
    assert gap(0.0) > gap(0.5) > gap(1.0)


def test_gaze_turns_both_eyes_to_the_announcers_left(head: Head) -> None:
    ahead = head.shape(Controls(0)).vertices
    aside = head.shape(Controls(0, gaze=(1.0, 0.0))).vertices
    for ball in head.eyeballs:
        front = ahead[ball.vertices][:, 2].argmax()
        assert aside[ball.vertices][front, 0] - ahead[ball.vertices][front, 0] > 0.5


def test_the_upper_lid_follows_the_gaze_down(head: Head) -> None:
    lid = LANDMARKS_68[[43, 44]]
    ahead = head.shape(Controls(0)).vertices[lid, 1].mean()
    assert head.shape(Controls(0, gaze=(0.0, -1.0))).vertices[lid, 1].mean() < ahead - 0.15


def test_gaze_from_the_expression_and_the_controls_add_up(head: Head) -> None:
    looking = np.zeros(52, np.float32)
    looking[ARKIT_INDEX["eyeLookOutLeft"]] = looking[ARKIT_INDEX["eyeLookInRight"]] = 0.3
    shape = head.shape(Controls(0, expression=looking, gaze=(0.2, 0.0)))
    assert np.array(shape.gaze) == pytest.approx(np.array([(0.5, 0.0), (0.5, 0.0)]))


def test_blink_is_the_greater_of_the_expressions_and_the_controls(head: Head) -> None:
    shut = np.zeros(52, np.float32)
    shut[ARKIT_INDEX["eyeBlinkLeft"]] = 0.7
    shape = head.shape(Controls(0, expression=shut, blink=(0.2, 0.4)))
    assert shape.blink == pytest.approx((0.7, 0.4))


def test_the_tongue_rises_for_l_and_comes_out_for_th(head: Head) -> None:
    def tip(amount: float) -> np.ndarray:
        shape = head.shape(Controls(0, expression=expression(jawOpen=0.3, tongueOut=amount)))
        tongue = shape.vertices[head.tongue]
        return tongue[tongue[:, 2].argmax()]

    rest, raised, out = tip(0.0), tip(0.4), tip(0.8)
    assert raised[1] > rest[1] + 0.5
    assert out[2] > rest[2] + 0.5


def test_no_tooth_stands_out_beside_the_corner_of_a_wide_mouth(head: Head) -> None:
    wide = head.shape(Controls(0, expression=expression(jawOpen=0.8, mouthFunnel=0.5)))
    corners = wide.vertices[LANDMARKS_68[[48, 54]]]
    teeth = wide.vertices[TEETH]
    level = teeth[np.abs(teeth[:, 2] - corners[:, 2].mean()) < 0.5]
    assert len(level) == 0 or np.abs(level[:, 0]).max() < np.abs(corners[:, 0]).min()


@pytest.mark.parametrize(
    ("pose", "axis", "sign"),
    [((0.3, 0, 0), 0, 1), ((0, 0.3, 0), 1, -1)],
    ids=["yaw turns the nose to the announcer's left", "pitch nods it down"],
)
def test_pose_signs(pose: tuple[float, float, float], axis: int, sign: int) -> None:
    nose = np.array([[0.0, 0.0, 12.0]], np.float32)
    moved = turn_of(pose).apply(nose, np.ones(1, np.float32))
    assert sign * (moved[0, axis] - nose[0, axis]) > 1.0


def test_roll_tilts_the_head_to_the_announcers_left() -> None:
    crown = np.array([[0.0, 14.0, 0.0]], np.float32)
    moved = turn_of((0.0, 0.0, 0.3)).apply(crown, np.ones(1, np.float32))
    assert moved[0, 0] > 2.0


def test_a_turn_keeps_distances_from_the_pivot() -> None:
    points = np.random.default_rng(0).normal(size=(20, 3)).astype(np.float32) * 8
    moved = turn_of((0.3, -0.2, 0.25)).apply(points, np.ones(20, np.float32))
    before = np.linalg.norm(points - PIVOT_CM, axis=1)
    np.testing.assert_allclose(np.linalg.norm(moved - PIVOT_CM, axis=1), before, rtol=1e-4)


def test_shoulders_stay_where_they_are() -> None:
    assert neck_weight(np.array([[0, -16, 0], [0, 0, 0]], np.float32)).tolist() == [0.0, 1.0]


def test_the_same_seed_draws_the_same_head(head_asset: HeadAsset) -> None:
    who = ANNOUNCERS["announcer1"]
    first, second = (draw_identity(head_asset, who).rest for _ in range(2))
    other = draw_identity(head_asset, replace(who, seed=who.seed + 1)).rest
    np.testing.assert_array_equal(first, second)
    assert np.abs(first - other).max() > 0.5
