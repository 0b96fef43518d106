from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from train2edge.contract import OutputContract
from train2edge.spec.training import Rasterizer
from trainer.rasterizer import Targets, rasterize

CONTRACT = OutputContract(classes=("car", "bus"))
SIZE = (128, 96)


def targets(
    boxes: list[list[float]], classes: list[int], spec: Rasterizer, ignore: int = 0
) -> Targets:
    """The last ``ignore`` boxes are to be ignored."""
    flags = [index >= len(boxes) - ignore for index in range(len(boxes))]
    return rasterize(
        np.array(boxes, np.float32).reshape(-1, 4),
        np.array(classes, np.int32),
        np.array(flags, np.bool_),
        SIZE,
        CONTRACT,
        spec,
    )


def specification(boxes: list[list[float]], classes: list[int], spec: Rasterizer) -> Targets:
    """The rasteriser in plain words: paint larger boxes first, zone by zone, cell by cell."""
    columns, rows = SIZE[0] // 16, SIZE[1] // 16
    coverage, counted = np.zeros((2, rows, columns)), np.ones((2, rows, columns))
    norm, bbox = np.zeros((2, rows, columns)), np.zeros((8, rows, columns))
    order = sorted(range(len(boxes)), key=lambda k: -_area(boxes[k]))
    for k in order:
        left, top, right, bottom = boxes[k]
        x0 = left + spec.cov_center_x * (right - left)
        y0 = top + spec.cov_center_y * (bottom - top)
        half = min(x0 - left, right - x0) / 16, min(y0 - top, bottom - y0) / 16
        fractions = spec.cov_radius_x, spec.cov_radius_y
        radii = [max(h * f, 0.1) for h, f in zip(half, fractions, strict=True)]
        grow = max(1.0, spec.bbox_min_radius / min(radii))
        least = spec.bbox_min_radius
        radii = [
            min(max(r * grow, least), max(h, r, least)) for r, h in zip(radii, half, strict=True)
        ]
        zone = spec.deadzone_radius
        dead = [max(r, (1 - zone) * r + zone * h) for r, h in zip(radii, half, strict=True)]
        for row in range(rows):
            for column in range(columns):
                gx, gy = column * 16 + 0.5, row * 16 + 0.5
                across, down = (gx - x0) / 16, (gy - y0) / 16
                cell = classes[k], row, column
                if (across / dead[0]) ** 2 + (down / dead[1]) ** 2 > 1:
                    continue
                inside = (across / radii[0]) ** 2 + (down / radii[1]) ** 2 <= 1
                coverage[cell] = counted[cell] = inside
                norm[cell] = inside / max(4 * radii[0] * radii[1], 1)
                sides = gx - left, gy - top, right - gx, bottom - gy
                for side, value in enumerate(sides):
                    bbox[4 * classes[k] + side, row, column] = inside * value / 35
    return Targets(*(one.astype(np.float32) for one in (coverage, bbox, norm, counted)))


def _area(box: list[float]) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


# quarters of a pixel, off the cells' centres, so that no cell lies on an ellipse by a rounding
place = st.integers(0, 360).map(lambda value: value / 4 + 0.11)
length = st.integers(8, 300).map(lambda value: value / 4 + 0.03)
box = st.tuples(place, place, length, length).map(lambda b: [b[0], b[1], b[0] + b[2], b[1] + b[3]])
specs = st.builds(
    Rasterizer,
    cov_radius_x=st.sampled_from([0.3, 0.5, 1.0]),
    cov_radius_y=st.sampled_from([0.3, 0.5, 1.0]),
    cov_center_y=st.sampled_from([0.5, 0.6]),
    bbox_min_radius=st.sampled_from([0.0, 0.7, 1.0]),
    deadzone_radius=st.sampled_from([0.0, 0.5, 1.0]),
)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(box, st.integers(0, 1)), max_size=4, unique_by=lambda b: _area(b[0])), specs
)
def test_as_specified(objects: list[tuple[list[float], int]], spec: Rasterizer) -> None:
    boxes, classes = [one[0] for one in objects], [one[1] for one in objects]
    have, want = targets(boxes, classes, spec), specification(boxes, classes, spec)
    for name in Targets._fields:
        np.testing.assert_allclose(getattr(have, name), getattr(want, name), atol=1e-4)


def test_a_cell_decodes_to_its_box() -> None:
    have = targets([[20.0, 10.0, 100.0, 80.0]], [1], Rasterizer())
    row, column = np.argwhere(have.coverage[1])[0]
    x, y = column * 16 + 0.5, row * 16 + 0.5
    left, top, right, bottom = have.bbox[4:, row, column] * 35
    assert [x - left, y - top, x + right, y + bottom] == pytest.approx([20, 10, 100, 80], abs=1e-4)
    assert not have.coverage[0].any()
    assert not have.bbox[:4].any()


def test_the_smallest_object_still_has_a_cell() -> None:
    for shift in range(16):
        have = targets(
            [[40.0 + shift, 40.0 + shift, 42.0 + shift, 43.0 + shift]], [0], Rasterizer()
        )
        assert have.coverage[0].sum() >= 1


def test_a_thin_object_does_not_swell_beyond_its_length() -> None:
    have = targets([[60.0, 10.0, 64.0, 80.0]], [0], Rasterizer(cov_radius_x=1, cov_radius_y=1))
    rows, columns = np.nonzero(have.coverage[0])
    assert rows.min() * 16 >= 9
    assert rows.max() * 16 <= 80
    assert columns.min() * 16 >= 60 - 16
    assert columns.max() * 16 <= 64 + 16


def test_norm_makes_large_and_small_objects_weigh_alike() -> None:
    spec = Rasterizer(cov_radius_x=1, cov_radius_y=1)
    large = targets([[0.0, 0.0, 128.0, 96.0]], [0], spec).norm.sum()
    small = targets([[30.0, 30.0, 78.0, 62.0]], [0], spec).norm.sum()
    assert math.isclose(large, math.pi / 4, rel_tol=0.15)
    assert math.isclose(small, math.pi / 4, rel_tol=0.35)


def test_ignored_boxes_are_not_counted_unless_an_object_covers_them() -> None:
    whole = [0.0, 0.0, 128.0, 96.0]
    have = targets([[40.0, 30.0, 90.0, 70.0], whole], [0, 0], Rasterizer(deadzone_radius=0), 1)
    assert np.array_equal(have.counted[0], have.coverage[0])
    assert have.counted[1].all()
    everything = targets([whole], [-1], Rasterizer(), 1)
    assert not everything.counted.any()


def test_no_objects() -> None:
    have = targets([], [], Rasterizer())
    assert have.coverage.shape == (2, 6, 8)
    assert have.bbox.shape == (8, 6, 8)
    assert have.counted.all()
    assert not have.norm.any()
