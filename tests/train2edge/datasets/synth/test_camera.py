import math

import numpy as np
import pytest

from train2edge.datasets.synth.camera import NEAR, Camera

CAMERA = Camera(640, 480, focal=500, horizon=200, x=1.0, above=2.0, yaw=0.0)


def test_a_point_ahead_lands_where_the_lens_says() -> None:
    column, row, scale = CAMERA.pixels((2.0, 0.0, 10.0)) or (0, 0, 0)
    assert (column, row, scale) == pytest.approx((320 + 50, 200 + 100, 50))
    assert CAMERA.pixels((0.0, 0.0, -1.0)) is None


def test_yaw_turns_to_the_right() -> None:
    turned = Camera(640, 480, 500, 200, 0.0, 2.0, math.pi / 2)
    column, _, scale = turned.pixels((10.0, 2.0, 0.0)) or (0, 0, 0)
    assert column == pytest.approx(320) and scale == pytest.approx(50)


def test_ground_is_the_inverse_of_projection() -> None:
    camera = Camera(640, 480, 500, 200, 1.0, 2.0, 0.4)
    column, row, _ = camera.pixels((3.0, 0.0, 12.0)) or (0, 0, 0)
    x, z, _ = camera.ground(np.float32([[column]]), np.float32([[row]]))
    assert (x.item(), z.item()) == pytest.approx((3.0, 12.0), rel=1e-4)


def test_polygons_are_cut_at_the_lens() -> None:
    floor = np.array([[0, 0, -5], [2, 0, -5], [2, 0, 5], [0, 0, 5]], float)
    outline = CAMERA.outline(floor)
    assert outline is not None and np.isfinite(outline).all()
    assert outline[:, 1].max() == pytest.approx(200 + 500 * 2 / NEAR)
    assert CAMERA.outline(floor - [0, 0, 20]) is None
