from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from train2edge.contract import InputContract
from train2edge.errors import InputError
from train2edge.nvinfer import geometry
from train2edge.nvinfer.geometry import Rect
from train2edge.nvinfer.streammux import plan, scale

sizes = st.tuples(st.integers(64, 4096), st.integers(64, 2160))
fractions = st.floats(0, 1, width=32)


def test_fills_the_frame() -> None:
    chosen = plan((640, 480), (960, 544))
    assert chosen.dst == Rect(0, 0, 960, 544)
    picture = np.full((480, 640, 3), (200, 30, 10), np.uint8)
    assert scale(picture, chosen).shape == (544, 960, 3)


def test_padding_keeps_the_shape_between_black_bands() -> None:
    chosen = plan((640, 480), (960, 544), padding=True)
    assert chosen.dst == Rect(117, 0, 725, 544)
    frame = scale(np.full((480, 640, 3), 200, np.uint8), chosen)
    assert (frame[:, 117 : 117 + 725] == 200).all()
    assert not frame[:, :117].any() and not frame[:, 117 + 725 :].any()


def test_a_size_without_a_pixel_is_refused() -> None:
    with pytest.raises(InputError, match="a source of 0x480 pixels"):
        plan((0, 480), (960, 544))


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(sizes, sizes, st.booleans(), st.booleans(), st.lists(fractions, min_size=4, max_size=4))
def test_through_both_resizes_and_back_is_the_same_place(
    source: tuple[int, int],
    frame: tuple[int, int],
    padding: bool,
    symmetric: bool,
    places: list[float],
) -> None:
    first = plan(source, frame, padding=padding)
    contract = InputContract(960, 544, symmetric_padding=symmetric)
    second = geometry.plan(*frame, contract)
    boxes = np.array([places]) * [*source, *source]
    there = second.to_network(first.to_frame(boxes))
    back = first.to_source(second.to_frame(there))
    # float32 holds a place of the network input to 1e-4 pixels; the way back enlarges that.
    tolerance = 1e-3 * max(source[0] / first.dst.width, source[1] / first.dst.height)
    tolerance /= min(second.ratio_x, second.ratio_y, 1)
    np.testing.assert_allclose(back, boxes, atol=tolerance)
