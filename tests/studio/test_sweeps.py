import numpy as np

from vcam.arkit import ARKIT_INDEX, ARKIT_NAMES
from vcam.identity import PoseRange
from vcam.media import Controls
from vcam.studio.sweeps import draw_blend, is_blink, is_wide, plan_sweeps

RANGE = PoseRange()


def moved(controls: Controls) -> int:
    """Count the controls that are not neutral; a pair of eyes is one."""
    weights = 0 if controls.expression is None else np.count_nonzero(controls.expression)
    looks = any(controls.gaze)
    return int(weights + np.count_nonzero(controls.pose) + any(controls.blink) + looks)


def test_the_neutral_reference_comes_first_and_every_sweep_moves_one_thing() -> None:
    first, *sweeps = plan_sweeps(RANGE)
    assert moved(first) == 0
    assert all(moved(controls) == 1 for controls in sweeps)


def test_every_expression_goes_all_the_way_alone() -> None:
    full = {
        ARKIT_NAMES[int(np.argmax(c.expression))]
        for c in plan_sweeps(RANGE)
        if c.expression is not None and c.expression.max() == 1.0
    }
    assert full == {n for n in ARKIT_NAMES if not n.startswith(("eyeBlink", "eyeLook"))}


def test_pose_gaze_and_lids_reach_both_ends() -> None:
    sweeps = plan_sweeps(RANGE)
    poses = np.array([c.pose for c in sweeps])
    limits = np.array([RANGE.yaw_rad, RANGE.pitch_rad, RANGE.roll_rad])
    assert np.allclose(poses.max(0), limits)
    assert np.allclose(poses.min(0), -limits)
    gaze, blink = np.array([c.gaze for c in sweeps]), [c.blink for c in sweeps]
    assert (gaze.max(0) == 1).all()
    assert (gaze.min(0) == -1).all()
    assert {(1.0, 1.0), (1.0, 0), (0, 1.0)} <= set(blink)


def test_blends_stay_in_range_and_differ() -> None:
    random = np.random.default_rng(0)
    blends = [draw_blend(random, RANGE) for _ in range(200)]
    weights = np.array([c.expression for c in blends])
    assert weights.min() >= 0.0
    assert weights.max() <= 1.0
    assert not weights[:, [ARKIT_INDEX["eyeBlinkLeft"], ARKIT_INDEX["eyeLookUpLeft"]]].any()
    assert (np.abs([c.pose for c in blends]).max(0) <= [0.35, 0.30, 0.30]).all()
    assert len({c.pose for c in blends}) == 200


def test_wide_mouths_and_blinks_are_told() -> None:
    rest = np.zeros(52, np.float32)
    jaw = rest.copy()
    jaw[ARKIT_INDEX["jawOpen"]] = 0.3
    assert is_wide(Controls(0, expression=jaw))
    assert not is_wide(Controls(0, expression=rest))
    assert not is_wide(Controls(0))
    assert is_blink(Controls(0, blink=(0.0, 0.5)))
    assert not is_blink(Controls(0, blink=(0.1, 0.1)))
