"""Light as spherical harmonics."""

import numpy as np

from vcam.studio.light import Light, Lighting, environment, harmonics, sphere, three_point
from vcam.studio.occlusion import open_transfer
from vcam.studio.pose import turn_of

DARK = (0.0, 0.0, 0.0)


def test_harmonics_are_orthonormal() -> None:
    basis = harmonics(sphere(4000))
    product = basis.T @ basis * (4 * np.pi / 4000)
    np.testing.assert_allclose(product, np.eye(16), atol=0.02)


def test_a_dome_lights_a_card_that_faces_up_with_its_upper_colour() -> None:
    dome = Lighting(Light((0, 0, 1), DARK), (), above=(0.8, 0.6, 0.4), below=(0.8, 0.6, 0.4))
    up = open_transfer(np.array([[0.0, 1.0, 0.0]], np.float32))
    lit = up @ environment(dome, np.eye(3, dtype=np.float32))
    np.testing.assert_allclose(lit[0], (0.8, 0.6, 0.4), atol=0.01)


def test_a_lamp_lights_the_side_that_faces_it() -> None:
    lamp = Lighting(Light((0, 0, 1), DARK), (Light((1, 0, 0), (1, 1, 1)),), DARK, DARK)
    sides = open_transfer(np.array([[1, 0, 0], [-1, 0, 0]], np.float32))
    lit = sides @ environment(lamp, np.eye(3, dtype=np.float32))
    assert lit[0].min() > 0.7
    assert lit[1].max() < 0.1


def test_turning_the_head_is_turning_the_light_the_other_way() -> None:
    lamp = Lighting(Light((0, 0, 1), DARK), (Light((1, 0, 0), (1, 1, 1)),), DARK, DARK)
    turn = turn_of((0.4, 0.0, 0.0)).matrix()
    normal = np.array([[0.3, 0.2, 0.93]], np.float32)
    turned = open_transfer(normal) @ environment(lamp, turn)
    still = open_transfer(normal @ turn.T) @ environment(lamp, np.eye(3, dtype=np.float32))
    np.testing.assert_allclose(turned, still, atol=1e-3)


def test_the_key_comes_from_the_side_that_was_asked() -> None:
    assert three_point(-1, 0.0).key.direction[0] < 0 < three_point(1, 0.0).key.direction[0]
