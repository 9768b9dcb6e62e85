"""Meshes as arrays."""

import numpy as np

from vcam.studio.mesh import (
    NormalMaker,
    averager,
    edges,
    islands,
    pad_faces,
    shortest_path,
    subdivide,
    triangles,
)

CUBE = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], np.float32)
CUBE_QUADS = np.array(
    [[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]], np.int32
)


def grid(size: int) -> tuple[np.ndarray, np.ndarray]:
    """Return a flat square of size x size quads."""
    y, x = np.mgrid[0 : size + 1, 0 : size + 1]
    points = np.stack([x, y, 0 * x], 2).reshape(-1, 3).astype(np.float32)
    corner = (np.arange(size)[:, None] * (size + 1) + np.arange(size)).ravel()
    quads = np.stack([corner, corner + 1, corner + size + 2, corner + size + 1], 1)
    return points, quads.astype(np.int32)


def test_a_triangle_among_quads_stays_one_triangle() -> None:
    quads = pad_faces([[0, 1, 2], [0, 2, 3, 4]])
    assert quads.tolist() == [[0, 1, 2, -1], [0, 2, 3, 4]]
    assert len(triangles(quads)) == 3


def test_normals_of_a_cube_point_out() -> None:
    normals = NormalMaker(triangles(CUBE_QUADS), 8)(CUBE)
    assert ((normals * CUBE).sum(1) > 0.5).all()
    np.testing.assert_allclose(np.linalg.norm(normals, axis=1), 1, atol=1e-5)


def test_every_edge_is_listed_once() -> None:
    points, quads = grid(2)
    listed = edges(triangles(quads))
    assert len(listed) == len({tuple(pair) for pair in listed.tolist()})
    assert len(points) - len(listed) + len(triangles(quads)) == 1  # Euler, a disk


def test_smoothing_keeps_a_constant() -> None:
    points, quads = grid(4)
    smooth = averager(triangles(quads), len(points))
    np.testing.assert_allclose(smooth @ np.full(len(points), 3.0), 3.0, atol=1e-5)


def test_islands_are_told_apart() -> None:
    points, quads = grid(1)
    two = np.concatenate([quads, quads + len(points)])
    part = islands(triangles(two), 2 * len(points))
    assert len(set(part[: len(points)])) == 1
    assert part[0] != part[-1]


def test_a_path_closes_through_its_stops() -> None:
    points, quads = grid(4)
    ring = shortest_path(points, triangles(quads), [0, 4, 24, 20])
    assert {0, 4, 24, 20} <= set(ring)
    assert len(ring) == len(set(ring)) == 16
    assert 12 not in ring


def test_subdividing_a_flat_grid_keeps_it_flat_and_quarters_its_quads() -> None:
    points, quads = grid(3)
    fine = subdivide(quads, len(points))
    moved = fine.weights @ points
    assert len(fine.quads) == 4 * len(quads)
    assert np.abs(moved[:, 2]).max() == 0
    np.testing.assert_allclose(fine.weights.sum(1), 1, atol=1e-5)
    assert moved[:, :2].min() >= 0
    assert moved[:, :2].max() <= 3


def test_subdividing_a_cube_rounds_it() -> None:
    fine = subdivide(CUBE_QUADS, 8)
    moved = fine.weights @ CUBE
    reach = np.linalg.norm(moved, axis=1)
    assert reach.max() < np.sqrt(3)
    np.testing.assert_allclose(np.abs(moved[:8]), 5 / 9, atol=1e-5)  # the corners' exact place
