"""The table between ARKit's names and the head model's."""

import numpy as np

from vcam.arkit import ARKIT_INDEX, ARKIT_NAMES
from vcam.studio.assets import HeadAsset
from vcam.studio.rig import ICT_FROM_ARKIT, ICT_INDEX, ICT_NAMES, clamp, to_arkit, to_ict


def weights(**named: float) -> np.ndarray:
    vector = np.zeros(52, np.float32)
    for name, amount in named.items():
        vector[ARKIT_INDEX[name]] = amount
    return vector


def test_the_table_names_the_models_own_shapes_in_its_order(head_asset: HeadAsset) -> None:
    assert head_asset.expression_names == ICT_NAMES


def test_every_arkit_name_but_the_tongue_moves_the_model() -> None:
    moved = ICT_FROM_ARKIT.sum(0)
    still = {name for name in ARKIT_NAMES if moved[ARKIT_INDEX[name]] == 0}
    assert still == {"tongueOut"}


def test_only_what_arkit_cannot_say_is_left_unused() -> None:
    unused = {name for name in ICT_NAMES if ICT_FROM_ARKIT[ICT_INDEX[name]].sum() == 0}
    assert unused == {"cheekRaiser_L", "cheekRaiser_R", "PupilDilate_L", "PupilDilate_R"}


def test_no_weight_of_the_model_is_driven_twice() -> None:
    assert ICT_FROM_ARKIT.sum(1).max() == 1


def test_there_and_back_is_the_same_expression_but_for_the_tongue() -> None:
    expression = np.random.default_rng(0).random(52).astype(np.float32)
    back = to_arkit(to_ict(expression))
    expression[ARKIT_INDEX["tongueOut"]] = 0
    np.testing.assert_allclose(back, expression, atol=1e-6)


def test_sides_are_the_announcers_own(head_asset: HeadAsset) -> None:
    for name, side in (("eyeBlinkLeft", 1), ("mouthSmileRight", -1), ("browDownLeft", 1)):
        moving = to_ict(weights(**{name: 1.0}))
        delta = np.tensordot(moving, head_asset.expression_deltas.astype(np.float32), 1)
        reach = np.linalg.norm(delta, axis=1)
        assert np.sign(head_asset.vertices[reach.argmax(), 0]) == side


def test_an_impossible_mouth_is_brought_back_together() -> None:
    sane = clamp(weights(jawOpen=1, mouthFunnel=1, mouthPucker=1))
    total = sum(sane[ARKIT_INDEX[n]] for n in ("jawOpen", "mouthFunnel", "mouthPucker"))
    assert total <= 1.35 + 1e-6


def test_lips_close_no_further_than_the_jaw_is_open() -> None:
    assert clamp(weights(jawOpen=0.2, mouthClose=0.9))[ARKIT_INDEX["mouthClose"]] == np.float32(0.2)


def test_a_shut_eye_neither_widens_nor_looks_down() -> None:
    sane = clamp(weights(eyeBlinkLeft=1, eyeWideLeft=1, eyeLookDownLeft=1))
    assert sane[ARKIT_INDEX["eyeWideLeft"]] == 0
    assert sane[ARKIT_INDEX["eyeLookDownLeft"]] == 0


def test_a_sane_expression_is_left_alone() -> None:
    speech = weights(jawOpen=0.4, mouthFunnel=0.5, mouthSmileLeft=0.3)
    np.testing.assert_array_equal(clamp(speech), speech)
