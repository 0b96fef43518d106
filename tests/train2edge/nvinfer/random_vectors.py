"""Random cases of every family, full of ties, limits hit exactly, odd numbers and odd shapes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from tests.train2edge.nvinfer.vectors import ATTRS, FIELDS, Vector

Floats = NDArray[np.float32]
ODD = np.array([np.nan, np.inf, -np.inf, -0.0, 1e38, -3, 2.5], np.float32)
BOX = np.array([0.1, 0.2, 0.5, 0.9], np.float32)
STEPS = 8  # scores are eighths, so that they tie with each other and with the thresholds


def vector(family: str, seed: int) -> Vector:
    random = np.random.default_rng([seed, sum(family.encode())])
    with np.errstate(all="ignore"):
        return MAKERS[family](random)


def _odd(random: Generator, values: Floats, share: float) -> Floats:
    """``values`` with that share of them replaced by numbers that are hardly ones."""
    chosen = random.random(values.shape) < share
    return np.where(chosen, random.choice(ODD, values.shape), values).astype(np.float32)


def _scores(random: Generator, *shape: Any) -> Floats:
    return (random.integers(0, STEPS + 1, shape) / np.float32(STEPS)).astype(np.float32)


def _attrs(random: Generator, classes: int) -> dict[str, Any]:
    eighths = np.array([0, 1, 2, 4, 6, 8], np.float32) / STEPS
    columns = {
        "pre": random.choice(eighths[:4], classes),
        "post": random.choice(eighths[:4], classes),
        "eps": random.choice(np.array([0, 0.3, 0.5, 0.7, 1, 1.5], np.float32), classes),
        "min_boxes": random.integers(0, 5, classes),
        "min_score": random.choice(eighths, classes),
        "iou": random.choice(eighths, classes),
        "topk": random.choice([-1, -1, 0, 1, 3, 30], classes),
    }
    return {f"in_attr_{name}": columns[name] for name in ATTRS}


def _vector(
    meta: dict[str, Any], arrays: dict[str, Any], tensors: list[tuple[str, Any]] | None = None
) -> Vector:
    layers = []
    for index, (name, values) in enumerate(tensors or []):
        layers.append({"index": index, "name": name, "dims": list(values.shape)})
        arrays[f"in_tensor{index}"] = values
    size = {"net_width": 64, "net_height": 40, "cluster_mode": None}
    return Vector(size | meta | {"layers": layers}, arrays)


def _boxes(random: Generator, classes: int) -> dict[str, Any]:
    """On a coarse grid or a fine one: equal, touching, empty, inverted, far ones; or in crowds."""
    count = int(random.integers(0, 200 if random.random() < 0.1 else 50))
    rows = _crowd(random, count) if random.random() < 0.5 else _strewn(random, count)
    share = random.choice([0, 0, 0.05])
    values = [_odd(random, one.astype(np.float32), share) for one in rows]
    class_ids = random.integers(-1 if random.random() < 0.2 else 0, classes + 1, count)
    arrays = (*values, _scores(random, count), class_ids.astype(np.int32))
    return {f"in_box_{field}": one for field, one in zip(FIELDS, arrays, strict=True)}


def _strewn(random: Generator, count: int) -> Any:
    spread, least = random.choice([6, 20, 200]), random.choice([-3, 0, 1, 4])
    place = random.uniform if random.random() < 0.3 else random.integers
    return [*place(-4, spread, (2, count)), *place(least, 16, (2, count))]


def _crowd(random: Generator, count: int) -> Any:
    """Proposals of a few objects, some of them larger than DBSCAN's filter lets pass."""
    size = random.choice([20, 200, 400])
    few = random.uniform(-size, size, (4, 3))
    few[2:] = np.abs(few[2:])
    return few[:, random.integers(0, 3, count)] + random.normal(0, size / 12, (4, count))


def _cluster(random: Generator) -> Vector:
    classes = int(random.integers(1, 4))
    arrays = _boxes(random, classes) | _attrs(random, classes)
    mode = int(random.integers(0, 5))
    if mode in (1, 4) and random.random() < 0.5:  # elsewhere the scores are sorted, NaN anyhow
        arrays["in_attr_topk"] = np.full(classes, -1)
        arrays["in_box_score"] = _odd(random, arrays["in_box_score"], 0.1)
    return _vector({"family": "cluster_x", "cluster_mode": mode}, arrays)


def _grid(random: Generator, names: tuple[str, str], function: str) -> Vector:
    channels, rows, columns = random.integers(1, 5, 3)
    classes = int(random.integers(1, 5))
    width, height = random.integers(8, 70, 2)
    share = random.choice([0, 0.05])
    coverage = _odd(random, _scores(random, channels, rows, columns), share)
    bbox = random.uniform(-1, 2.5, (4 * channels, rows, columns)).astype(np.float32)
    tensors = [(names[0], coverage), (names[1], _odd(random, bbox, share))]
    if random.random() < 0.5:
        tensors.reverse()
    if random.random() < 0.3:  # a decoy: the last match wins in one, the first in the other
        tensors.append((names[0], _scores(random, channels, rows, columns)))
    meta: dict[str, Any] = {"family": "detectnet", "function": function}
    meta |= {"net_width": int(width), "net_height": int(height)}
    if function == "builtin_detector" and not share and random.random() < 0.5:
        meta["cluster_mode"] = int(random.integers(0, 5))
    return _vector(meta, _attrs(random, classes), tensors)


def _built_in(random: Generator) -> Vector:
    return _grid(random, ("output_cov/Sigmoid", "bbox/recovery"), "builtin_detector")


def _resnet(random: Generator) -> Vector:
    names = "output_cov/Sigmoid:0", "output_bbox/BiasAdd:0"
    return _grid(random, names, "NvDsInferParseCustomResnet")


def _class_ids(random: Generator, count: int, classes: int) -> Floats:
    most = classes + (1 if random.random() < 0.5 else 0)
    values = random.integers(0, most, count) + random.choice([0, 0, 0.6, -0.5], count)
    return _odd(random, values.astype(np.float32), random.choice([0, 0.02]))


def _corners(random: Generator, count: int, scale: float) -> Floats:
    values = random.uniform(-0.3, 1.3, (count, 4)) * scale
    if random.random() < 0.5:
        values[:, 2:] = values[:, :2] + np.abs(values[:, 2:]) / 2
    return _odd(random, values.astype(np.float32), random.choice([0, 0.03]))


def _rows(random: Generator) -> tuple[int, int, int]:
    """Rows in the tensor, rows that count, classes."""
    rows = int(random.choice([1, 8, 30, 260]))
    return rows, int(random.choice([rows, rows, rows // 2, 0, -2])), int(random.integers(1, 4))


def _four(random: Generator, function: str, scale: float) -> Vector:
    rows, count, classes = _rows(random)
    kind = random.choice(["int32", "int64"])
    tensors = [
        ("num", np.array([count], kind)),
        ("boxes", _corners(random, rows, scale)),
        ("scores", _odd(random, _scores(random, rows), random.choice([0, 0.02]))),
        ("classes", _class_ids(random, rows, classes)),
    ]
    tensors = tensors[: 3 if random.random() < 0.05 else 4]
    if random.random() < 0.2:  # more good rows than the parser takes
        tensors[1:3] = [
            ("boxes", np.tile(BOX * np.float32(scale), (rows, 1))),
            ("scores", np.ones(rows, "f")),
        ]
    meta = {"family": "parser_x", "function": function}
    return _vector(meta, _attrs(random, classes), tensors)


def _batched(random: Generator) -> Vector:
    return _four(random, "NvDsInferParseCustomBatchedNMSTLT", 1)


def _yolov5(random: Generator) -> Vector:
    return _four(random, "NvDsInferParseYoloV5CustomBatchedNMSTLT", 64)


def _efficientdet(random: Generator) -> Vector:
    return _four(random, "NvDsInferParseCustomEfficientDetTAO", random.choice([1, 64]))


def _nms_tlt(random: Generator) -> Vector:
    rows, count, classes = _rows(random)
    scores = _odd(random, _scores(random, rows), random.choice([0, 0.02]))
    columns = [np.zeros(rows, np.float32), _class_ids(random, rows, classes), scores]
    values = np.column_stack([*columns, _corners(random, rows, 1)]).astype(np.float32)
    tensors = [("NMS", values), ("NMS_1", np.array([count], np.int32))]
    meta = {"family": "parser_x", "function": "NvDsInferParseCustomNMSTLT"}
    return _vector(meta, _attrs(random, classes), tensors)


def _tf_ssd(random: Generator) -> Vector:
    rows, _, classes = _rows(random)
    told = random.choice(np.array([rows, 2.9, -1, -0.5, 1e12, np.nan, 0], np.float32))
    tensors: list[tuple[str, Any]] = [
        ("num_detections", np.array([told], np.float32)),
        ("detection_scores", _odd(random, _scores(random, rows), random.choice([0, 0.02]))),
        ("detection_classes", _class_ids(random, rows, classes)),
        ("detection_boxes", _corners(random, rows, 1)),
    ]
    if random.random() < 0.3:
        chosen = int(random.integers(4))
        tensors[chosen] = (tensors[chosen][0], tensors[chosen][1].astype(np.int32))
    meta = {"family": "parser_x", "function": "NvDsInferParseCustomTfSSD"}
    return _vector(meta, _attrs(random, classes), tensors)


def _mrcnn(random: Generator) -> Vector:
    rows, channels, classes = (int(one) for one in random.integers(1, 5, 3))
    kinds = np.minimum(random.integers(0, classes + 1, rows), channels - 1)
    start, size = random.uniform(-20, 60, (rows, 2)), random.uniform(-5, 40, (rows, 2))
    boxes = np.column_stack([start, start + size])
    values = np.column_stack([boxes, kinds, _scores(random, rows)]).astype(np.float32)
    more = values[: random.integers(0, 3)]  # the mask tensor's rows count
    masks = random.normal(size=(rows + classes, channels + 4, 3, 2)).astype(np.float32)
    masks = masks[:rows] if channels + 4 > classes else masks
    tensors = [
        ("mask_fcn_logits/BiasAdd", masks),
        ("generate_detections", np.concatenate([values, more])),
    ]
    meta: dict[str, Any] = {
        "family": "parser_mrcnn_v2",
        "function": "NvDsInferParseCustomMrcnnTLTV2",
    }
    if random.random() < 0.3:
        meta["cluster_mode"] = 4
    return _vector(meta, _attrs(random, classes), tensors)


def _detr(random: Generator, function: str, most: int) -> Vector:
    queries, classes = int(random.choice([1, 4, 12, 250])), int(random.integers(1, most + 1))
    # Falling and rising at once, so that the order of equal scores, undefined there, is not asked.
    logits = random.permutation(queries * max(classes, 4)).astype(np.float32) / 40 - 3
    if "DDETR" in function and random.random() < 0.5:
        logits = np.round(logits)
    boxes = random.uniform(-0.2, 1.2, (queries, 4)).astype(np.float32)
    tensors: list[tuple[str, Any]] = [
        ("pred_logits", logits[: queries * classes].reshape(queries, classes)),
        ("pred_boxes", boxes),
    ]
    meta = {"family": "parser_x", "function": function}
    return _vector(meta, _attrs(random, max(classes, 4)), tensors)


def _ddetr(random: Generator) -> Vector:
    made = _detr(random, "NvDsInferParseCustomDDETRTAO", 6)
    logits = made.arrays["in_tensor0"]
    if logits.shape[1] < 4:  # rows are read four apart; here the memory behind is the tensor's own
        made.arrays["in_tensor0"] = np.pad(logits, ((0, 3 * len(logits)), (0, 0)))
    return made


def _rtdetr(random: Generator) -> Vector:
    return _detr(random, "NvDsInferParseCustomRTDETRTAO", 5)


def _classifier(random: Generator) -> Vector:
    shapes = [(int(random.integers(1, 6)), *[1] * random.integers(0, 3)) for _ in range(3)]
    tensors = [
        (f"head{index}", _odd(random, _scores(random, *shape) - np.float32(0.25), 0.1))
        for index, shape in enumerate(shapes[: random.integers(1, 4)])
    ]
    words = ["a;b;c", "x;;y;", "", "dog", "m\r"]
    lines = random.choice(words, random.integers(0, 4))
    meta = {
        "family": "classifier",
        "classifier_threshold": float(random.choice([-1, 0, 0.25, 0.5])),
        "labels_file": [None, "\n".join(lines), "\n".join(lines) + "\n"][random.integers(3)],
    }
    return _vector(meta, {}, tensors)


def _segmentation(random: Generator) -> Vector:
    classes, height, width = (int(one) for one in random.integers(1, 7, 3))
    last = bool(random.integers(2))
    shape = (height, width, classes) if last else (classes, height, width)
    low = np.float32(random.choice([1, 2]))
    values = _odd(random, _scores(random, *shape) * np.float32(2) - low, 0.05)
    meta = {
        "family": "segmentation",
        "num_classes": classes + int(random.random() < 0.1),
        "segmentation_threshold": float(random.choice([-10, -1, -0.5, 0, 0.25, 0.5])),
        "segmentation_output_order": int(last),
        "net_width": int(random.integers(1, width + 1)),
        "net_height": int(random.integers(1, height + 1)),
    }
    tensors = [("probabilities", values), ("other", _scores(random, 2))]
    return _vector(meta, {}, tensors[: random.integers(1, 3)])


def _scaling(random: Generator) -> Vector:
    left, top = random.uniform(0, 300, 2)
    width, height = random.uniform(2, 2000, 2)
    if random.random() < 0.5:
        left, top, width, height = np.floor([left, top, width, height])
    meta = {
        "family": "scaling",
        "crop_rect_left_top_width_height": [float(one) for one in (left, top, width, height)],
        "maintain_aspect_ratio": int(random.integers(2)),
        "symmetric_padding": int(random.integers(2)),
        "net_width": int(random.integers(900, 1300)),
        "net_height": int(random.integers(900, 1300)),
    }
    return _vector(meta, {})


def _attached(random: Generator) -> Vector:
    classes = int(random.integers(1, 4))
    region = [float(one) for one in random.uniform(0, 30, 4) * [1, 1, 6, 4]]
    integers = random.integers
    limits = np.stack([integers(0, 40, classes) * integers(0, 2, classes) for _ in range(6)], 1)
    limits[:, 1] = random.choice([0, 5, 300], classes)
    arrays = _boxes(random, classes) | {"in_filter_params": limits}
    arrays["in_box_class_id"] = np.clip(arrays["in_box_class_id"], 0, classes - 1)
    arrays["in_box_left"] -= np.float32(random.choice([0, 30]))  # wholly left of a region
    meta = {
        "family": "meta_detector",
        "scale_ratio_x": float(random.choice([1, 0.5, 1 / 3])),
        "scale_ratio_y": float(random.choice([1, 0.5, 0.7])),
        "offset_left": int(integers(0, 9)),
        "offset_top": int(integers(0, 9)),
        "frame_width": 200,
        "frame_height": int(random.choice([40, 120])),
        "input_tensor_from_meta": int(integers(2)),
        "roi_left_top_width_height": region,
        "clip_object_outside_roi": int(integers(2)),
        "filter_out_class_ids": [1] if random.random() < 0.3 else [],
        "crop_objects_to_roi_boundary": int(integers(2)),
        "parent_left_top": [0.0, 0.0] if integers(2) else [10.25, 33.5],
    }
    return _vector(meta, arrays)


MAKERS: dict[str, Callable[[Generator], Vector]] = {
    "attached": _attached,
    "batched_nms": _batched,
    "built_in": _built_in,
    "classifier": _classifier,
    "cluster": _cluster,
    "ddetr": _ddetr,
    "efficientdet": _efficientdet,
    "mrcnn": _mrcnn,
    "nms_tlt": _nms_tlt,
    "resnet": _resnet,
    "rtdetr": _rtdetr,
    "scaling": _scaling,
    "segmentation": _segmentation,
    "tf_ssd": _tf_ssd,
    "yolov5": _yolov5,
}
