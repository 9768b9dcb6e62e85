"""Polygon meshes as arrays: triangles, normals, smoothing, subdivision, islands."""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sparse
from numpy.typing import NDArray
from scipy.sparse.csgraph import connected_components, dijkstra

from vcam.studio.arrays import Floats, Ints, unit


def triangles(quads: Ints) -> Ints:
    """Split quads (n, 4), -1 padded, into triangles (m, 3) with the same winding."""
    second = quads[quads[:, 3] >= 0][:, [0, 2, 3]]
    return np.concatenate([quads[:, :3], second]).astype(np.int32)


def pad_faces(faces: list[list[int]]) -> Ints:
    """Return faces of three or four corners as quads (n, 4), -1 padded."""
    return np.array([face[:4] + [-1] * (4 - len(face)) for face in faces], np.int32)


class NormalMaker:
    """Area-weighted vertex normals of one topology, as one sparse product per call."""

    def __init__(self, faces: Ints, vertex_count: int) -> None:
        self._faces = faces
        rows = faces.ravel()
        columns = np.repeat(np.arange(len(faces)), 3)
        self._gather = sparse.csr_matrix(
            (np.ones(len(rows), np.float32), (rows, columns)), shape=(vertex_count, len(faces))
        )

    def __call__(self, vertices: Floats) -> Floats:
        """Return unit normals (n, 3) of `vertices` (n, 3)."""
        a, b, c = (vertices[self._faces[:, corner]] for corner in range(3))
        return unit(self._gather @ np.cross(b - a, c - a))


def edges(faces: Ints) -> Ints:
    """Return the undirected edges (m, 2) of triangles, each once."""
    pairs = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    return np.unique(np.sort(pairs, axis=1), axis=0).astype(np.int32)


def averager(faces: Ints, vertex_count: int, keep: float = 0.4) -> sparse.csr_matrix:
    """Return the matrix that moves a value `1 - keep` of the way to its neighbours' mean."""
    pair = edges(faces)
    both = np.concatenate([pair, pair[:, ::-1]])
    links = sparse.csr_matrix(
        (np.ones(len(both), np.float32), (both[:, 0], both[:, 1])),
        shape=(vertex_count, vertex_count),
    )
    degree = np.asarray(links.sum(1)).ravel()
    share = np.where(degree > 0, (1 - keep) / np.maximum(degree, 1), 0).astype(np.float32)
    own = np.where(degree > 0, keep, 1).astype(np.float32)
    return sparse.csr_matrix(sparse.diags(share) @ links + sparse.diags(own))


def islands(faces: Ints, vertex_count: int) -> Ints:
    """Return for every vertex the number of its connected part."""
    pair = edges(faces)
    links = sparse.coo_matrix((np.ones(len(pair)), (pair[:, 0], pair[:, 1])), (vertex_count,) * 2)
    return np.asarray(connected_components(links, directed=False)[1], np.int32)


def shortest_path(vertices: Floats, faces: Ints, stops: list[int]) -> list[int]:
    """Return the closed walk along edges through `stops`, in order."""
    pair = edges(faces)
    length = np.linalg.norm(vertices[pair[:, 0]] - vertices[pair[:, 1]], axis=1)
    links = sparse.csr_matrix((length, (pair[:, 0], pair[:, 1])), (len(vertices),) * 2)
    _, before = dijkstra(links, directed=False, indices=stops, return_predecessors=True)
    walk: list[int] = []
    for index in range(len(stops)):
        step = stops[(index + 1) % len(stops)]
        leg: list[int] = []
        while step != stops[index]:
            leg.append(step)
            step = int(before[index, step])
        walk += leg[::-1]
    return walk


@dataclass(frozen=True)
class Subdivided:
    """A finer quad mesh and the sparse matrix that makes its vertices from the coarse ones."""

    quads: Ints
    weights: sparse.csr_matrix


def subdivide(quads: Ints, vertex_count: int) -> Subdivided:
    """Return one step of Catmull-Clark subdivision; borders follow the cubic B-spline rule."""
    sides = np.where(quads[:, 3] >= 0, 4, 3)
    corner_face, corner = np.nonzero(np.arange(4) < sides[:, None])
    here = quads[corner_face, corner]
    after = quads[corner_face, (corner + 1) % sides[corner_face]]
    pair, edge_of = np.unique(
        np.sort(np.stack([here, after], 1), axis=1), axis=0, return_inverse=True
    )
    edge_of = edge_of.ravel()
    faces_per_edge = np.bincount(edge_of, minlength=len(pair))
    border = faces_per_edge == 1

    def matrix(rows: NDArray[np.int64], columns: Ints, values: Floats, n: int) -> sparse.csr_matrix:
        return sparse.csr_matrix((values, (rows, columns)), shape=(n, vertex_count))

    face_points = matrix(corner_face, here, (1 / sides[corner_face]).astype(np.float32), len(quads))
    ends = np.arange(len(pair)).repeat(2)
    middles = matrix(ends, pair.ravel(), np.full(len(ends), 0.5, np.float32), len(pair))
    edge_faces = sparse.csr_matrix(
        (1 / faces_per_edge[edge_of], (edge_of, corner_face)), shape=(len(pair), len(quads))
    )
    inner = sparse.diags((~border).astype(np.float32) * 0.5)
    edge_points = inner @ (middles + edge_faces @ face_points)
    edge_points = edge_points + sparse.diags(border.astype(np.float32)) @ middles
    vertex_points = _moved_vertices(
        quads, corner_face, here, pair, border, face_points, middles, vertex_count
    )
    before = (corner - 1) % sides[corner_face]
    edge_before = np.empty_like(edge_of)
    slot = {(int(f), int(c)): int(e) for f, c, e in zip(corner_face, corner, edge_of, strict=True)}
    edge_before[:] = [slot[int(f), int(c)] for f, c in zip(corner_face, before, strict=True)]
    first_edge, first_face = vertex_count, vertex_count + len(pair)
    fine = np.stack(
        [here, first_edge + edge_of, first_face + corner_face, first_edge + edge_before], 1
    )
    stacked = sparse.vstack([vertex_points, edge_points, face_points]).tocsr()
    return Subdivided(fine.astype(np.int32), stacked)


def _moved_vertices(
    quads: Ints,
    corner_face: NDArray[np.int64],
    here: Ints,
    pair: Ints,
    border: NDArray[np.bool_],
    face_points: sparse.csr_matrix,
    middles: sparse.csr_matrix,
    vertex_count: int,
) -> sparse.csr_matrix:
    """Return the rows of Catmull-Clark's vertex rule (F + 2R + (n - 3)P) / n, borders apart."""

    def mean(rows: NDArray[np.int64], columns: NDArray[np.int64], width: int) -> sparse.csr_matrix:
        counts = np.maximum(np.bincount(rows, minlength=vertex_count), 1)
        return sparse.csr_matrix((1 / counts[rows], (rows, columns)), (vertex_count, width))

    valence = np.bincount(here, minlength=vertex_count)
    ends = pair.ravel().astype(np.int64)
    edge_ids = np.arange(len(pair)).repeat(2)
    on_border = np.zeros(vertex_count, bool)
    on_border[pair[border].ravel()] = True
    n = np.maximum(valence, 1)
    face_mean = mean(here.astype(np.int64), corner_face, len(quads)) @ face_points
    edge_mean = mean(ends, edge_ids, len(pair)) @ middles
    identity = sparse.identity(vertex_count, format="csr")
    free = ((valence > 0) & ~on_border).astype(np.float32)
    inside = (
        sparse.diags(free / n) @ face_mean
        + sparse.diags(free * 2 / n) @ edge_mean
        + sparse.diags(free * (n - 3) / n) @ identity
    )
    keep = border[edge_ids]
    rim = mean(ends[keep], edge_ids[keep], len(pair)) @ middles
    held = sparse.diags(on_border * 0.5) @ (rim + identity)
    loose = sparse.diags((valence == 0).astype(np.float32)) @ identity
    return sparse.csr_matrix(inside + held + loose)
