"""The 478 points on the head."""

import numpy as np
import pytest

from vcam.media import Controls
from vcam.studio.announcers import ANNOUNCERS
from vcam.studio.assets import HeadAsset
from vcam.studio.facemesh import SHARED_68, FaceMesh, bind_facemesh, face_uvs
from vcam.studio.head import Head, draw_identity
from vcam.studio.landmarks import LANDMARKS_68
from vcam.studio.visemes import expression


@pytest.fixture(scope="module")
def mesh(head_asset: HeadAsset) -> FaceMesh:
    return bind_facemesh(head_asset)


def test_the_map_has_468_points_each_with_its_mirrored_twin() -> None:
    uvs = face_uvs()
    assert uvs.shape == (468, 2)
    mirrored = uvs * np.array([-1, 1]) + np.array([1, 0])
    apart = np.abs(uvs[:, None] - mirrored[None]).max(2).min(1)
    assert apart.max() < 1e-5


def test_shared_points_are_the_landmarks(mesh: FaceMesh, head_asset: HeadAsset) -> None:
    points = mesh.points(head_asset.vertices)
    np.testing.assert_allclose(points[SHARED_68], head_asset.vertices[LANDMARKS_68], atol=1e-4)


def test_left_and_right_are_mirrored_within_a_millimetre(
    mesh: FaceMesh, head_asset: HeadAsset
) -> None:
    points = mesh.points(head_asset.vertices)
    twins = {33: 263, 61: 291, 234: 454, 50: 280, 205: 425, 117: 346}
    for right, left in twins.items():
        assert points[right] * [-1, 1, 1] == pytest.approx(points[left], abs=0.1)


def test_the_inner_lips_part_when_the_jaw_opens(mesh: FaceMesh, head_asset: HeadAsset) -> None:
    identity = draw_identity(head_asset, ANNOUNCERS["announcer1"])
    head = Head(head_asset, identity, np.zeros(52, np.float32))
    wide = mesh.points(head.shape(Controls(0, expression=expression(jawOpen=0.6))).vertices)
    for upper, lower in ((13, 14), (82, 87), (312, 317), (81, 178), (311, 402)):
        assert wide[upper, 1] - wide[lower, 1] > 0.7


def test_irises_follow_the_gaze(mesh: FaceMesh, head_asset: HeadAsset) -> None:
    identity = draw_identity(head_asset, ANNOUNCERS["announcer1"])
    head = Head(head_asset, identity, np.zeros(52, np.float32))
    ahead = mesh.points(head.shape(Controls(0)).vertices)
    aside = mesh.points(head.shape(Controls(0, gaze=(0.8, 0.0))).vertices)
    assert ahead[468, 0] < 0 < ahead[473, 0]
    assert (aside[[468, 473], 0] - ahead[[468, 473], 0] > 0.4).all()
