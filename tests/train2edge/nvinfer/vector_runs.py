"""How a case of each family is run: by the package, and by the slow reference."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.train2edge.nvinfer import reference as ref
from tests.train2edge.nvinfer.reference import (
    classifier,
    clustering,
    detectnet,
    detr,
    four_outputs,
    frame_filter,
    mrcnn,
    nms_tlt,
    scaling,
    segmentation,
    tf_ssd,
)
from tests.train2edge.nvinfer.vectors import FIELDS, Vector
from train2edge.contract import InputContract
from train2edge.nvinfer import cluster as clusterings
from train2edge.nvinfer import labels, parsers
from train2edge.nvinfer.classification import classify
from train2edge.nvinfer.frame_filter import ClassLimits, FrameFilter, to_frame
from train2edge.nvinfer.geometry import Geometry, Rect, plan
from train2edge.nvinfer.objects import Objects
from train2edge.nvinfer.postprocess import cluster
from train2edge.nvinfer.segmentation import segment

Run = Callable[[Vector], Any]
MODES = {clusterings.load(name).MODE: name for name in clusterings.names()}


def package(vector: Vector) -> Any:
    """The package's answer; an unknown family fails."""
    return _run(PACKAGE, vector)


def plain(vector: Vector) -> Any:
    """The reference's answer."""
    with np.errstate(all="ignore"):
        return _run(REFERENCE, vector)


def _run(runs: dict[str, Run], vector: Vector) -> Any:
    family = vector.family
    kind = next((one for one in runs if family == one or family.startswith(f"{one}_")), None)
    if kind is None:
        pytest.fail(f"no check for test vectors of the family '{family}'; known: {sorted(runs)}")
    return runs[kind](vector)


def _parsed(vector: Vector) -> Objects:
    function = vector.meta["function"]
    name = "detectnet_v2" if function == "builtin_detector" else parsers.named(function)
    assert name is not None, function
    found = parsers.load(name).parse(vector.layers, vector.network, vector.params)
    mode = vector.meta["cluster_mode"]
    return found if mode is None else cluster(found, MODES[mode], vector.thresholds)


def _clustered(vector: Vector) -> Objects:
    return cluster(vector.boxes, MODES[vector.meta["cluster_mode"]], vector.thresholds)


def _classified(vector: Vector) -> tuple[Any, ...]:
    table = labels.rows(vector.meta["labels_file"] or "")
    found = classify(vector.layers, vector.meta["classifier_threshold"], table)
    rows = [(one.index, one.value, one.confidence, one.label) for one in found.attributes]
    return (*_columns(rows), found.label)


def _columns(rows: list[tuple[int, int, Any, str | None]]) -> tuple[Any, ...]:
    named = [(*row[:2], np.float32(row[2]), "<null>" if row[3] is None else row[3]) for row in rows]
    return tuple(zip(*named, strict=True)) if named else ((), (), (), ())


def _segmented(vector: Vector) -> tuple[Any]:
    meta = vector.meta
    channels_last = bool(meta["segmentation_output_order"])
    threshold, classes = meta["segmentation_threshold"], meta["num_classes"]
    found = segment(vector.layers, vector.network, classes, threshold, channels_last=channels_last)
    return (found,)


def _scaled(vector: Vector) -> tuple[Any, ...]:
    meta = vector.meta
    contract = InputContract(
        meta["net_width"],
        meta["net_height"],
        maintain_aspect_ratio=bool(meta["maintain_aspect_ratio"]),
        symmetric_padding=bool(meta["symmetric_padding"]),
    )
    found = plan(4000, 4000, contract, Rect(*meta["crop_rect_left_top_width_height"]))
    rects = [(one.left, one.top, one.width, one.height) for one in (found.src, found.dst)]
    offsets = found.offset_left, found.offset_top
    return (*rects, (found.ratio_x, found.ratio_y), offsets)


def _attached(vector: Vector) -> Objects:
    meta = vector.meta
    region = Rect(*meta["roi_left_top_width_height"]) if meta["input_tensor_from_meta"] else None
    size = meta["frame_width"], meta["frame_height"]
    geometry = Geometry(
        Rect(0, 0, *size),
        Rect(0, 0, 0, 0),
        meta["scale_ratio_x"],
        meta["scale_ratio_y"],
        meta["offset_left"],
        meta["offset_top"],
        region,
        tuple(meta["parent_left_top"]),
    )
    chosen = FrameFilter(
        tuple(ClassLimits(*row) for row in vector.arrays["in_filter_params"].tolist()),
        frozenset(meta["filter_out_class_ids"]),
        bool(meta["crop_objects_to_roi_boundary"]),
        bool(meta["clip_object_outside_roi"]),
    )
    return to_frame(vector.boxes, geometry, size, chosen)


PACKAGE: dict[str, Run] = {
    "detectnet": _parsed,
    "pipeline_detectnet": _parsed,
    "parser": _parsed,
    "cluster": _clustered,
    "classifier": _classified,
    "segmentation": _segmented,
    "scaling": _scaled,
    "meta_detector": _attached,
}


def _objects(boxes: list[ref.Box], masks: Any = None) -> Objects:
    columns = list(zip(*boxes, strict=True)) or [()] * 6
    left, top, width, height, score = (np.array(one, np.float32) for one in columns[:5])
    return Objects(left, top, width, height, score, np.array(columns[5], np.int32), masks)


def _plain_parsed(vector: Vector) -> Objects:
    parse = PARSERS[vector.meta["function"]]
    boxes = parse(_tensors(vector), _size(vector), vector.arrays["in_attr_pre"])
    mode = vector.meta["cluster_mode"]
    return _objects(boxes if mode is None else _plain_mode(boxes, mode, vector))


def _plain_masks(vector: Vector) -> Objects:
    tensors = _tensors(vector)
    boxes, starts = mrcnn.parse(tensors, _size(vector), vector.arrays["in_attr_pre"])
    masks = next(one for one in tensors if "mask" in one.name)
    size = masks.dims[2] * masks.dims[3]
    cut = [masks.flat[start : start + size].reshape(masks.dims[2:]) for start in starts]
    mode = vector.meta["cluster_mode"]
    if mode is None:
        return _objects(boxes, np.array(cut))
    chosen = _plain_mode(boxes, mode, vector)
    return _objects(chosen, np.array([cut[boxes.index(one)] for one in chosen]))


def _plain_mode(boxes: list[ref.Box], mode: int, vector: Vector) -> list[ref.Box]:
    return clustering.cluster(boxes, mode, [clustering.Attrs(*one) for one in vector.attrs])


def _boxes(vector: Vector) -> list[ref.Box]:
    columns = (vector.arrays[f"in_box_{field}"] for field in FIELDS)
    return [ref.Box.of([*one[:5], int(one[5])]) for one in zip(*columns, strict=True)]


def _tensors(vector: Vector) -> list[ref.Tensor]:
    return [ref.Tensor(*one) for one in vector.tensors]


def _size(vector: Vector) -> tuple[int, int]:
    return vector.network.width, vector.network.height


def _plain_clustered(vector: Vector) -> Objects:
    return _objects(_plain_mode(_boxes(vector), vector.meta["cluster_mode"], vector))


def _plain_classified(vector: Vector) -> tuple[Any, ...]:
    meta = vector.meta
    rows, text = classifier.parse(
        _tensors(vector), meta["classifier_threshold"], meta["labels_file"]
    )
    return (*_columns(rows), text)


def _plain_segmented(vector: Vector) -> tuple[Any]:
    meta = vector.meta
    found = segmentation.parse(
        _tensors(vector),
        _size(vector),
        meta["num_classes"],
        meta["segmentation_threshold"],
        channels_last=bool(meta["segmentation_output_order"]),
    )
    return (found,)


def _plain_scaled(vector: Vector) -> tuple[Any, ...]:
    meta = vector.meta
    src, dst, ratio = scaling.place(
        meta["crop_rect_left_top_width_height"],
        _size(vector),
        aspect=bool(meta["maintain_aspect_ratio"]),
        symmetric=bool(meta["symmetric_padding"]),
    )
    return src, dst, ratio, dst[:2]


def _plain_attached(vector: Vector) -> Objects:
    meta = vector.meta
    setup = frame_filter.Setup(
        (meta["scale_ratio_x"], meta["scale_ratio_y"]),
        (meta["offset_left"], meta["offset_top"]),
        (meta["frame_width"], meta["frame_height"]),
        vector.arrays["in_filter_params"].tolist(),
        meta["roi_left_top_width_height"] if meta["input_tensor_from_meta"] else None,
        bool(meta["clip_object_outside_roi"]),
        frozenset(meta["filter_out_class_ids"]),
        bool(meta["crop_objects_to_roi_boundary"]),
        meta["parent_left_top"],
    )
    return _objects(frame_filter.attach(_boxes(vector), setup))


PARSERS = {
    "builtin_detector": detectnet.built_in,
    "NvDsInferParseCustomResnet": detectnet.resnet,
    "NvDsInferParseCustomBatchedNMSTLT": four_outputs.batched_nms,
    "NvDsInferParseYoloV5CustomBatchedNMSTLT": four_outputs.yolov5,
    "NvDsInferParseCustomEfficientDetTAO": four_outputs.efficientdet,
    "NvDsInferParseCustomNMSTLT": nms_tlt.parse,
    "NvDsInferParseCustomTfSSD": tf_ssd.parse,
    "NvDsInferParseCustomDDETRTAO": detr.ddetr,
    "NvDsInferParseCustomRTDETRTAO": detr.rtdetr,
}
REFERENCE: dict[str, Run] = {
    "parser_mrcnn_v2": _plain_masks,
    "detectnet": _plain_parsed,
    "pipeline_detectnet": _plain_parsed,
    "parser": _plain_parsed,
    "cluster": _plain_clustered,
    "classifier": _plain_classified,
    "segmentation": _plain_segmented,
    "scaling": _plain_scaled,
    "meta_detector": _plain_attached,
}
