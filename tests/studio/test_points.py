"""Landmarks without a picture are the renderer's own."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from vcam.arkit import ARKIT_INDEX
from vcam.errors import AssetError, InputError
from vcam.media import Controls
from vcam.studio.points import LandmarkModel
from vcam.studio.renderer import Renderer

MOMENTS = [
    Controls(0),
    Controls(0, pose=(0.3, -0.2, 0.25), blink=(1.0, 0.4)),
    Controls(0, pose=(-0.3, 0.2, -0.1), expression=np.full(52, 0.3, np.float32)),
]


def test_landmarks_are_those_that_the_renderer_says(renderer: Renderer) -> None:
    model = LandmarkModel([renderer.announcer.name], renderer.height)
    expression = np.array(
        [np.zeros(52, np.float32) if c.expression is None else c.expression for c in MOMENTS]
    )
    # Without a gaze the eyes look straight ahead.
    for side in ("Left", "Right"):
        for way in ("In", "Out", "Up", "Down"):
            expression[:, ARKIT_INDEX[f"eyeLook{way}{side}"]] = 0.0
    found = model.landmarks(
        expression,
        np.array([c.pose for c in MOMENTS], np.float32),
        np.array([c.blink for c in MOMENTS], np.float32),
    )
    for index, (controls, worn) in enumerate(zip(MOMENTS, expression, strict=True)):
        truth = renderer.render(replace(controls, expression=worn)).landmarks68
        assert np.abs(found[index] - truth).max() < 1e-3


def test_several_announcers_give_their_mean() -> None:
    rest = (
        np.zeros((1, 52), np.float32),
        np.zeros((1, 3), np.float32),
        np.zeros((1, 2), np.float32),
    )
    one, other, both = (
        LandmarkModel(names, 256).landmarks(*rest)
        for names in (["announcer1"], ["announcer2"], ["announcer1", "announcer2"])
    )
    assert np.allclose(both, (one + other) / 2, atol=1e-3)
    assert np.abs(one - other).max() > 2


def test_nobody_and_nothing_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No announcer 'nobody'; there are announcer1"):
        LandmarkModel(["nobody"], 256)
    with pytest.raises(AssetError, match=r"No ict/ict.npz in the assets folder"):
        LandmarkModel(["announcer1"], 256, tmp_path)
