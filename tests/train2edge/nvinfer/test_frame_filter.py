from __future__ import annotations

import numpy as np

from train2edge.nvinfer.frame_filter import ClassLimits, FrameFilter, to_frame
from train2edge.nvinfer.geometry import Geometry, Rect
from train2edge.nvinfer.objects import Objects


def test_a_bottom_offset_beyond_the_frame_wraps_and_keeps_everything() -> None:
    one: np.ndarray[tuple[int], np.dtype[np.float32]] = np.full(1, 50, np.float32)
    objects = Objects(one, one, one, one, one, np.zeros(1, np.int32))
    size = Rect(0, 0, 120, 120)
    geometry = Geometry(size, size, 1.0, 1.0, 0, 0)
    for offset, left in ((0, 1), (21, 0), (121, 1)):
        chosen = FrameFilter((ClassLimits(roi_bottom_offset=offset),))
        assert len(to_frame(objects, geometry, (120, 120), chosen)) == left


def test_unwanted_classes_are_dropped_and_the_order_stays() -> None:
    one: np.ndarray[tuple[int], np.dtype[np.float32]] = np.arange(4, dtype=np.float32)
    objects = Objects(one, one, one, one, one, np.array([1, 0, 2, 1], np.int32))
    size = Rect(0, 0, 120, 120)
    geometry = Geometry(size, size, 1.0, 1.0, 0, 0)
    found = to_frame(objects, geometry, (120, 120), FrameFilter(without_class_ids=frozenset({0})))
    assert found.class_id.tolist() == [1, 2, 1]
    assert found.score.tolist() == [0, 2, 3]
