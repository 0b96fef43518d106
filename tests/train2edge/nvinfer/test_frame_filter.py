from __future__ import annotations

from pathlib import Path

import pytest

from tests.train2edge.nvinfer.vectors import Vector, cases, read
from train2edge.nvinfer.frame_filter import ClassLimits, FrameFilter, to_frame
from train2edge.nvinfer.geometry import Geometry, Rect


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
