"""NvDsInferParseCustomTfSSD: four float tensors by name, the count may be missing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tests.train2edge.nvinfer.reference import (
    Box,
    F,
    FailureError,
    Tensor,
    c_int,
    c_unsigned,
    clamp,
)


def parse(layers: Sequence[Tensor], size: tuple[int, int], thresholds: Sequence[Any]) -> list[Box]:
    named: dict[str, Tensor] = {}
    for one in layers:
        if one.values.dtype == np.float32:
            named.setdefault(one.name, one)
    try:
        scores, classes, boxes = (
            named[f"detection_{name}"] for name in ("scores", "classes", "boxes")
        )
    except KeyError:
        raise FailureError from None
    count = classes.dims[0]
    if "num_detections" in named:
        count = min(c_int(named["num_detections"].flat[0]) % 2**32, count)
    found = []
    for row in range(count):
        score, class_id = scores.flat[row], c_unsigned(classes.flat[row])
        if class_id >= len(thresholds) or score < thresholds[class_id]:
            continue
        y1, x1, y2, x2 = boxes.flat[4 * row : 4 * row + 4]
        left, right = clamp(x1 * F(size[0]), size[0]), clamp(x2 * F(size[0]), size[0])
        top, bottom = clamp(y1 * F(size[1]), size[1]), clamp(y2 * F(size[1]), size[1])
        if not (right <= left or bottom <= top):
            found.append(Box(left, top, right - left, bottom - top, score, class_id))
    return found
