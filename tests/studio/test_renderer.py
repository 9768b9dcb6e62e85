"""The renderer: pictures, and labels that tell the truth about them."""

import numpy as np
import pytest

from vcam.media import Controls
from vcam.studio.renderer import PARTS, Renderer
from vcam.studio.visemes import VISEMES

SPEAKING = Controls(0, expression=VISEMES["AA"], pose=(0.2, -0.1, 0.1), gaze=(0.3, 0.0))


def test_a_render_has_the_promised_shapes(renderer: Renderer) -> None:
    render = renderer.render(Controls(0))
    assert render.rgba.shape == (96, 96, 4)
    assert render.rgba.dtype == np.uint8
    assert render.landmarks68.shape == (68, 2)
    assert render.landmarks478.shape == (478, 2)
    assert render.flow.shape == (24, 24, 2)
    assert render.flow_valid.shape == (24, 24)
    assert render.parts.shape == (96, 96)


def test_the_same_controls_give_the_same_bytes(renderer: Renderer) -> None:
    first = renderer.render(SPEAKING)
    renderer.render(Controls(0))
    second = renderer.render(SPEAKING)
    assert first.rgba.tobytes() == second.rgba.tobytes()
    assert first.flow.tobytes() == second.flow.tobytes()
    assert first.parts.tobytes() == second.parts.tobytes()


def test_the_neutral_picture_flows_nowhere(renderer: Renderer) -> None:
    render = renderer.render(Controls(0))
    assert np.abs(render.flow[render.flow_valid]).max() < 0.05
    assert render.flow_valid.mean() > 0.95


def test_every_part_is_seen_in_an_open_mouth(renderer: Renderer) -> None:
    seen = set(np.unique(renderer.render(Controls(0, expression=VISEMES["AA"])).parts))
    assert seen == set(range(len(PARTS)))


def test_alpha_and_parts_agree_about_the_person(renderer: Renderer) -> None:
    render = renderer.render(SPEAKING)
    person = render.parts > 0
    assert (render.rgba[..., 3] > 127)[person].mean() > 0.97
    assert (render.rgba[..., 3] < 128)[~person].mean() > 0.97


def test_turning_left_moves_the_nose_right_in_the_picture(renderer: Renderer) -> None:
    ahead = renderer.render(Controls(0)).landmarks68[30]
    left = renderer.render(Controls(0, pose=(0.3, 0, 0))).landmarks68[30]
    assert left[0] > ahead[0] + 3


def test_the_far_ear_is_hidden_when_the_head_turns(renderer: Renderer) -> None:
    turned = renderer.render(Controls(0, pose=(0.5, 0, 0)))
    assert not turned.visible68[16] or not turned.visible68[15]
    assert turned.visible68[30]


@pytest.mark.parametrize("controls", [Controls(0), SPEAKING], ids=["neutral", "speaking"])
def test_landmarks_lie_inside_the_picture_and_on_the_person(
    renderer: Renderer, controls: Controls
) -> None:
    render = renderer.render(controls)
    x, y = render.landmarks68.astype(int).T
    assert (render.parts[y, x][render.visible68] > 0).mean() > 0.95
