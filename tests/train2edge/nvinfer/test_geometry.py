from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from train2edge.contract import InputContract
from train2edge.errors import InputError
from train2edge.nvinfer.frame_filter import to_frame
from train2edge.nvinfer.geometry import Geometry, Rect, even, plan
from train2edge.nvinfer.objects import Objects

sides = st.integers(32, 2048)  # at most 64 times as long as wide: a pixel is left of it
fractions = st.floats(0, 1, width=32)
# A busy machine is no failure.
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def geometries(draw: st.DrawFn) -> Geometry:
    contract = InputContract(
        draw(st.integers(64, 2048)),
        draw(st.integers(64, 2048)),
        maintain_aspect_ratio=draw(st.booleans()),
        symmetric_padding=draw(st.booleans()),
    )
    width, height = draw(sides), draw(sides)
    if draw(st.booleans()):
        return plan(width, height, contract)
    roi = Rect(draw(fractions) * width, draw(fractions) * height, draw(sides), draw(sides))
    return plan(width, height, contract, roi)


def small_enough(geometry: Geometry) -> bool:
    """A 2048 to 64 letterbox keeps no pixel; nothing can come back from there."""
    return geometry.ratio_x > 0.01 and geometry.ratio_y > 0.01


@unhurried
@given(geometries().filter(small_enough), st.lists(fractions, min_size=4, max_size=4))
def test_there_and_back_is_the_same_place(geometry: Geometry, places: list[float]) -> None:
    size = np.array([geometry.src.width, geometry.src.height] * 2)
    boxes = np.array([places]) * size + [geometry.roi_left, geometry.roi_top] * 2
    there = geometry.to_network(boxes)
    assert there.dtype == np.float32 and there.shape == (1, 4)
    np.testing.assert_allclose(geometry.to_frame(there), boxes, atol=0.1)


@unhurried
@given(geometries())
def test_the_source_fills_its_destination(geometry: Geometry) -> None:
    src, dst = geometry.src, geometry.dst
    left, top = geometry.roi_left, geometry.roi_top
    corners = np.array([[left, top, left + src.width, top + src.height]])
    expected = [[dst.left, dst.top, dst.left + dst.width, dst.top + dst.height]]
    np.testing.assert_allclose(geometry.to_network(corners), expected, rtol=1e-6)


@unhurried
@given(geometries())
def test_the_source_has_even_sides_and_corners(geometry: Geometry) -> None:
    assert geometry.src == even(geometry.src)


@unhurried
@given(st.lists(st.floats(-20, 300, width=32), min_size=2, max_size=2), sides, sides)
def test_a_crop_is_read_from_the_frame_and_its_boxes_come_back(
    start: list[float], width: int, height: int
) -> None:
    """nvinfer adds the object's own corner, though the crop was cut at an even one beside it."""
    contract = InputContract(128, 96, maintain_aspect_ratio=False)
    parent = Rect(start[0], start[1], width, height)
    geometry = plan(1920, 1080, contract, parent=parent)
    assert geometry.src == even(parent) and min(geometry.src.left, geometry.src.top) >= 0
    network = np.array([[0, 0, 128, 96]], np.float32)
    found = geometry.to_frame(network)[0]
    size = [geometry.src.width, geometry.src.height]
    np.testing.assert_allclose(found[:2], start, atol=1e-3)
    np.testing.assert_allclose(found[2:] - found[:2], size, atol=1e-2)
    left, top, right, bottom = network.T
    objects = Objects(left, top, right, bottom, np.ones(1, np.float32), np.zeros(1, np.int32))
    attached = to_frame(objects, geometry, (1920, 4000))
    np.testing.assert_allclose(attached.boxes[0], found, atol=1e-2)


def test_a_secondary_detectors_boxes_move_with_their_parent() -> None:
    contract = InputContract(100, 100, maintain_aspect_ratio=False)
    geometry = plan(1920, 1080, contract, parent=Rect(600.5, 300.25, 200, 50))
    assert geometry.src == Rect(600, 300, 200, 50)
    found = geometry.to_frame(np.array([[0, 0, 100, 100]]))
    assert found.tolist() == [[600.5, 300.25, 800.5, 350.25]]


def test_a_source_without_a_pixel_is_refused() -> None:
    with pytest.raises(InputError, match="a source of 0x10 pixels"):
        plan(100, 100, InputContract(32, 32), Rect(0, 0, 1.5, 10))
    with pytest.raises(InputError, match="scale to 32x0"):
        plan(4000, 10, InputContract(32, 32))
