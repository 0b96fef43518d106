from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.train2edge.nvinfer.vectors import Vector, cases, read
from train2edge.nvinfer.frame_filter import ClassLimits, FrameFilter, to_frame
from train2edge.nvinfer.geometry import Geometry, Rect
from train2edge.nvinfer.objects import Objects


def _geometry(vector: Vector) -> Geometry:
    meta = vector.meta
    roi = Rect(*meta["roi_left_top_width_height"]) if meta["input_tensor_from_meta"] else None
    return Geometry(
        Rect(0, 0, meta["frame_width"], meta["frame_height"]),
        Rect(0, 0, 0, 0),
        meta["scale_ratio_x"],
        meta["scale_ratio_y"],
        meta["offset_left"],
        meta["offset_top"],
        roi,
        tuple(meta["parent_left_top"]),
    )


@pytest.mark.parametrize("path", cases("meta_detector"))
def test_maps_and_filters_as_nvinfer_does(path: Path) -> None:
    vector = read(path)
    meta = vector.meta
    chosen = FrameFilter(
        tuple(ClassLimits(*row) for row in vector.arrays["in_filter_params"].tolist()),
        frozenset(meta["filter_out_class_ids"]),
        bool(meta["crop_objects_to_roi_boundary"]),
        bool(meta["clip_object_outside_roi"]),
    )
    size = (meta["frame_width"], meta["frame_height"])
    vector.check(to_frame(vector.boxes, _geometry(vector), size, chosen))


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
