"""What leaks from one input into the rest, by faces whose landmarks are known."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from vcam.arkit import ARKIT_INDEX
from vcam.evaluation.decoupling import (
    INPUTS,
    SHOWN,
    decoupling_sheet,
    doubt,
    draw_sweeps,
    effects,
    heads_by_chance,
    leakage,
    sweeps,
)
from vcam.evaluation.detector import SIDE, find_all
from vcam.evaluation.head_pose import fit_pose
from vcam.media import Controls, Image
from vcam.studio.frames import Labels
from vcam.studio.points import LandmarkModel, rest_points

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


def by_chance(count: int, seed: int = 0) -> NDArray[np.float64]:
    """Return poses within the range and lids, (N, 4)."""
    random = np.random.default_rng(seed)
    return np.column_stack([REACH * random.uniform(-1, 1, (count, 3)), random.random(count)])


def read_off(inputs: NDArray[np.float64], noise: float = 0.0) -> NDArray[np.float64]:
    """Return what a reader says that is wrong by `noise` of each range."""
    true = np.column_stack([inputs, np.full(len(inputs), 0.1)])
    random = np.random.default_rng(1)
    return true + noise * np.array(list(WHOLE.values())) * random.normal(size=true.shape)


def test_effects_tell_inputs_apart_that_move_together() -> None:
    inputs = by_chance(300)
    read = read_off(inputs)
    read[:, 3] += 0.2 * (inputs[:, 0] / REACH[0]) ** 2  # lids fall wherever the head turns to
    read[:, 0] -= 0.1 * inputs[:, 2]
    found = effects(read, inputs, WHOLE)
    assert found["yaw"]["blink"] == pytest.approx(0.2, abs=1e-6)
    assert found["roll"]["yaw"] == pytest.approx(0.1 * 0.6 / 0.7, abs=1e-6)
    for moved, own in zip(INPUTS, INPUTS, strict=True):
        assert found[moved][own] == pytest.approx(1.0, abs=1e-6)
    assert found["pitch"]["blink"] < 1e-6
    assert max(table["sound"] for table in found.values()) < 1e-6


def test_a_readers_noise_is_no_leak_and_its_doubt_is_said() -> None:
    inputs = by_chance(400)
    noise = read_off(inputs, 0.03) - read_off(inputs)
    found, off = effects(noise, inputs, WHOLE), doubt(noise, inputs, WHOLE)
    single = leakage({"yaw": noise[:9]}, WHOLE)["yaw"]["blink"]
    assert single > 0.05  # nine readings of a sweep seem to move the lids
    for moved in INPUTS:
        for measure in WHOLE:
            assert found[moved][measure] < 0.03
            assert 0.001 < off[moved][measure] < 0.02
    leaking = noise.copy()
    leaking[:, 3] += 0.08 * inputs[:, 1] / REACH[1]
    table = effects(leaking, inputs, WHOLE)
    assert table["pitch"]["blink"] == pytest.approx(0.16, abs=0.02)


def test_heads_by_chance_are_all_turned_frames_and_those_at_rest_that_look_ahead() -> None:
    smile = np.zeros(52, np.float32)
    smile[ARKIT_INDEX["jawOpen"]] = 0.5
    shot = [
        Controls(0),
        Controls(0, pose=(0.2, 0.0, 0.0)),
        Controls(0, gaze=(0.3, 0.0)),
        Controls(0, expression=smile),
        Controls(0, blink=(0.5, 0.0)),
    ]
    nothing: Any = np.zeros(0)
    columns: list[Any] = [
        np.array([vars(c)[name] for c in shot], np.float32) for name in ("pose", "blink", "gaze")
    ]
    labels = Labels(
        nothing,
        np.array([np.zeros(52) if c.expression is None else c.expression for c in shot]),
        *columns,
        *[nothing] * 4,
    )
    assert heads_by_chance(labels, turned=False).tolist() == [0, 1, 4]
    assert heads_by_chance(labels, turned=True).tolist() == [0, 1, 2, 3, 4]


def test_the_sheet_has_a_row_for_each_input() -> None:
    planned = sweeps(Controls(0), (Controls(0), Controls(0)))
    sheet = decoupling_sheet(draw_sweeps(coded, planned), planned)
    assert sheet.shape == (5 * 32, SHOWN * 32, 3)


def test_without_a_detector_nothing_is_found() -> None:
    assert np.isnan(find_all(None, [np.zeros((8, 8, 3), np.uint8)])).all()
