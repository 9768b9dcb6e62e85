"""Shimmer: even change is calm, uneven change is not, and what does not move is still."""

import numpy as np
import pytest

from tests.lite_faces import landmarks
from vcam.evaluation.face_calm import calm_rows, places, slow_controls, unevenness
from vcam.media import Controls, Image

SIDE = 256
PLACES = {"all": (slice(0, 8), slice(0, 8))}


def painted(level: float) -> Image:
    return np.full((SIDE, SIDE, 4), round(level), np.uint8)


def test_even_change_is_calm() -> None:
    found = unevenness(lambda controls: painted(2 * controls.t_ns * 30 / 1e9), PLACES)
    assert found["all"] == pytest.approx(0.0)
    assert len(found["all"]) == len(slow_controls()) - 2


def test_flicker_is_counted_in_grey_levels() -> None:
    frames = iter(range(100))

    def draw(_: Controls) -> Image:
        return painted(100 + 3 * (next(frames) % 2))

    assert unevenness(draw, PLACES)["all"] == pytest.approx(12.0 / 2)


def test_the_bridge_lies_between_the_eyes_and_the_backdrop_in_the_corner() -> None:
    points = landmarks()
    points[27:29], points[36], points[45] = (128, 125), (98, 127), (158, 127)
    found = places(points, SIDE)
    rows, columns = found["nose bridge"]
    assert (rows.start, rows.stop) == (120, 131)
    assert (columns.start, columns.stop) == (123, 134)
    assert found["backdrop"] == (slice(0, 16), slice(0, 16))


def test_the_studios_own_figure_stands_beside() -> None:
    levels = {"nose bridge": np.array([0.4, 0.6])}
    (row,) = calm_rows("lite", "announcer3", levels, {"nose bridge": np.array([1.0, 2.0])})
    assert (row.value, row.ceiling) == (pytest.approx(0.5), pytest.approx(1.5))


def test_the_head_moves_slowly_and_always_alike() -> None:
    controls = slow_controls()
    turned = np.array([moment.pose for moment in controls])
    assert 0.05 < np.abs(turned).max() <= 0.06
    assert np.abs(np.diff(turned, axis=0)).max() < 0.005
    assert [moment.t_ns for moment in controls] == [moment.t_ns for moment in slow_controls()]
