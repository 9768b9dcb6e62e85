"""The renderer: pictures, and labels that tell the truth about them."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.studio.conftest import SIZE
from vcam.media import Controls
from vcam.studio.camera import FACE_BOX, view_matrix
from vcam.studio.frames import PARTS
from vcam.studio.gl import open_context, put, source, vertex_array
from vcam.studio.landmarks import LANDMARKS_68
from vcam.studio.pose import neck_weight, turn_of
from vcam.studio.renderer import Renderer
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


def marked(renderer: Renderer, controls: Controls) -> np.ndarray:
    """Return where dots at the 68 vertices show up (68, 2), turned and projected by the shaders."""
    head = renderer.figure.head
    points = head.shape(controls).vertices[LANDMARKS_68]
    shares = neck_weight(head.rest[LANDMARKS_68])
    turn = turn_of(controls.pose)
    axis = tuple(float(x) for x in turn.axis)
    context = open_context()
    with context:
        dot = "#version 330\nout vec4 c;\nvoid main() { c = vec4(1.0); }"
        program = context.program(vertex_shader=source("depth.vert"), fragment_shader=dot)
        view = view_matrix(FACE_BOX).T
        put(program, {"view": view, "turn_axis": axis, "turn_angle": turn.angle_rad})
        frame = context.framebuffer([context.renderbuffer((SIZE, SIZE), 4)])
        spots = []
        for point, share in zip(points, shares, strict=True):
            buffer = context.buffer(np.array([*point, share], np.float32).tobytes())
            array = vertex_array(context, program, [(buffer, "3 1", ("position", "share"))], None)
            frame.use()
            frame.clear()
            array.render(mode=context.POINTS)
            shown = np.frombuffer(frame.read(components=4), np.uint8).reshape(SIZE, SIZE, 4)
            row, column = np.argwhere(shown[::-1, :, 0] > 0)[0]
            spots.append((column + 0.5, row + 0.5))
    context.release()
    return np.array(spots)


@pytest.mark.parametrize("controls", [Controls(0), SPEAKING], ids=["neutral", "speaking"])
def test_landmarks_sit_within_a_pixel_of_the_marked_vertices(
    renderer: Renderer, controls: Controls
) -> None:
    found = renderer.render(controls).landmarks68
    assert np.abs(found - marked(renderer, controls)).max() < 1.0


def sampled(image: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Return `image` looked up bilinearly at pixel positions `at` (h, w, 2)."""
    x, y = (at[..., axis].astype(np.float32) for axis in range(2))
    return cv2.remap(image, x, y, cv2.INTER_LINEAR)


def psnr_db(a: np.ndarray, b: np.ndarray, where: np.ndarray) -> float:
    """Return the peak signal-to-noise ratio of two pictures inside a mask."""
    error = (a.astype(np.float64) - b.astype(np.float64))[where]
    return float(10 * np.log10(255**2 / (error**2).mean()))


def test_flow_carries_the_reference_onto_the_frame(renderer: Renderer) -> None:
    reference = renderer.render(Controls(0)).rgba[..., :3].copy()
    render = renderer.render(SPEAKING)
    rows, columns = np.mgrid[2:SIZE:4, 2:SIZE:4]
    here = np.stack([columns, rows], 2)
    frame = render.rgba[2::4, 2::4, :3]
    face = render.flow_valid & np.isin(render.parts[2::4, 2::4], (1, 2, 3, 4))
    warped = psnr_db(sampled(reference, here + render.flow), frame, face)
    assert warped > psnr_db(reference[2::4, 2::4], frame, face) + 6.0


def test_flow_carries_visible_landmarks_onto_those_of_the_reference(renderer: Renderer) -> None:
    reference, render = renderer.render(Controls(0)), renderer.render(SPEAKING)
    flow = np.ascontiguousarray(render.flow)
    # Node (i, j) of the flow stands at pixel centre 4 j + 2.5.
    there = render.landmarks68 + sampled(flow, (render.landmarks68[None] - 2.5) / 4)[0]
    cheeks = [2, 3, 4, 12, 13, 14, 27, 28, 31, 35]
    seen = [n for n in cheeks if render.visible68[n] and reference.visible68[n]]
    assert len(seen) >= 4
    assert np.median(np.abs(there - reference.landmarks68)[seen]) < 1.0


def test_parts_agree_with_a_second_render_of_twice_the_size(
    renderer: Renderer, assets: Path
) -> None:
    parts = renderer.render(SPEAKING).parts
    with Renderer(renderer.announcer, 2 * SIZE, assets) as finer:
        fine = finer.render(SPEAKING).parts
    # Away from borders, where a coarse pixel holds one part only.
    blocks = fine.reshape(SIZE, 2, SIZE, 2).transpose(0, 2, 1, 3).reshape(SIZE, SIZE, 4)
    pure = (blocks == blocks[..., :1]).all(2)
    assert (parts == blocks[..., 0])[pure].mean() > 0.99
