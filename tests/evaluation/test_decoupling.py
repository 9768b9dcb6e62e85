"""What leaks from one input into the rest, by faces whose landmarks are known."""

import numpy as np
import pytest
from numpy.typing import NDArray

from vcam.evaluation.decoupling import (
    SHOWN,
    beyond,
    decoupling_sheet,
    draw_sweeps,
    leakage,
    studio_sweeps,
    sweeps,
)
from vcam.evaluation.detector import SIDE, find_all
from vcam.evaluation.head_pose import fit_pose
from vcam.identity import PoseRange
from vcam.media import Controls, Image
from vcam.studio.frames import Labels
from vcam.studio.points import LandmarkModel, rest_points
from vcam.studio.sweeps import plan_sweeps

WHOLE = {"yaw": 0.7, "pitch": 0.6, "roll": 0.6, "blink": 1.0, "sound": 0.2}
REACH = np.array([0.35, 0.30, 0.30])


def coded(controls: Controls) -> Image:
    """Return a picture whose pixels say the pose and the blink."""
    numbers = [*(np.array(controls.pose) / REACH / 2 + 0.5), *controls.blink]
    picture = np.zeros((16, 16, 3), np.uint8)
    picture[0, :5, 0] = np.round(np.array(numbers) * 250)
    return picture


def decoded(pictures: list[Image], leak: float) -> NDArray[np.float64]:
    """Read such pictures, the lips always shut; `leak` of the yaw comes out as roll."""
    numbers = np.array([picture[0, :5, 0] for picture in pictures]) / 250.0
    pose = (numbers[:, :3] - 0.5) * 2 * REACH
    pose[:, 2] += leak * pose[:, 0]
    return np.column_stack([pose, numbers[:, 3:].mean(1), np.zeros(len(pictures))])


def table(leak: float) -> dict[str, dict[str, float]]:
    planned = sweeps(Controls(0), (Controls(0), Controls(0)))
    pictures = draw_sweeps(coded, planned)
    return leakage({moved: decoded(shown, leak) for moved, shown in pictures.items()}, WHOLE)


def test_a_pose_is_read_off_its_landmarks() -> None:
    head = LandmarkModel(["announcer3"], SIDE)
    poses = np.array([(0, 0, 0), (0.3, 0.1, -0.2), (-0.2, -0.25, 0.3)], np.float32)
    landmarks = head.landmarks(np.zeros((3, 52), np.float32), poses, np.zeros((3, 2), np.float32))
    landmarks = np.concatenate([landmarks, np.full((1, 68, 2), np.nan, np.float32)])
    found = fit_pose(landmarks, rest_points("announcer3"))
    assert np.abs(found[:3] - poses).max() < 0.01
    assert np.isnan(found[3]).all()


def test_each_input_moves_its_own_measure_through_the_range_and_no_other() -> None:
    found = table(leak=0.0)
    for name in ("yaw", "pitch", "roll", "blink"):
        assert found[name][name] == pytest.approx(1.0, abs=0.01)
        assert max(share for measure, share in found[name].items() if measure != name) < 0.01
    assert max(found["sound"].values()) < 1e-6


def test_a_leak_is_found_where_it_is() -> None:
    found = table(leak=0.2)
    assert found["yaw"]["roll"] == pytest.approx(0.2 * 0.7 / 0.6, abs=0.03)
    assert found["pitch"]["roll"] < 0.03


def test_what_true_pictures_seem_to_leak_is_no_leak_of_the_engine() -> None:
    planned = sweeps(Controls(0), (Controls(0), Controls(0)))
    pictures = draw_sweeps(coded, planned)
    read = {moved: decoded(shown, 0.2) for moved, shown in pictures.items() if moved != "sound"}
    assert max(beyond(read, read, WHOLE)["yaw"].values()) == 0.0
    true = {moved: decoded(pictures[moved], 0.0) for moved in read}
    assert beyond(read, true, WHOLE)["yaw"]["roll"] == pytest.approx(0.2 * 0.7 / 0.6, abs=0.03)


def test_the_studio_has_the_same_sweeps_step_by_step() -> None:
    shot = [*plan_sweeps(PoseRange()), Controls(0, pose=(0.1, 0.0, 0.0), blink=(0.5, 0.5))]
    nothing = np.zeros(0)
    labels = Labels(
        nothing,
        np.array([np.zeros(52) if c.expression is None else c.expression for c in shot]),
        *(
            np.array([vars(c)[name] for c in shot], np.float32)
            for name in ("pose", "blink", "gaze")
        ),
        *[nothing] * 4,
    )
    found = studio_sweeps(labels)
    planned = sweeps(Controls(0), (Controls(0),))
    assert found.keys() == planned.keys() - {"sound"}
    for name, frames in found.items():
        for frame, controls in zip(frames, planned[name].controls, strict=True):
            assert shot[frame].pose == pytest.approx(controls.pose)
            assert shot[frame].blink == pytest.approx(controls.blink)


def test_the_sheet_has_a_row_for_each_input() -> None:
    planned = sweeps(Controls(0), (Controls(0), Controls(0)))
    sheet = decoupling_sheet(draw_sweeps(coded, planned), planned)
    assert sheet.shape == (5 * 32, SHOWN * 32, 3)


def test_without_a_detector_nothing_is_found() -> None:
    assert np.isnan(find_all(None, [np.zeros((8, 8, 3), np.uint8)])).all()
