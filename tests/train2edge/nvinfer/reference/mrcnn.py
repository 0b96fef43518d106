"""NvDsInferParseCustomMrcnnTLTV2: boxes with masks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tests.train2edge.nvinfer.reference import Box, FailureError, Tensor, c_int, clamp


def parse(
    layers: Sequence[Tensor], size: tuple[int, int], thresholds: Sequence[Any]
) -> tuple[list[Box], list[Any]]:
    """The boxes, and the start of each one's mask in the mask tensor, in values."""
    named = {one.name: one for one in reversed(layers) if one.values.dtype == np.float32}
    detections, masks = named.get("generate_detections"), named.get("mask_fcn_logits/BiasAdd")
    if detections is None or masks is None or len(masks.dims) != 4:
        raise FailureError
    found, starts = [], []
    for row in range(masks.dims[0]):
        y1, x1, y2, x2, kind, score = detections.flat[6 * row : 6 * row + 6]
        if score < thresholds[0]:
            continue
        width, height = clamp(x2, size[0]) - x1, clamp(y2, size[1]) - y1
        if width <= 0 or height <= 0:
            continue
        class_id = c_int(kind)
        place = clamp(x1, size[0]), clamp(y1, size[1])
        found.append(Box(*place, width, height, score, class_id))
        starts.append((row * len(thresholds) + class_id) * masks.dims[2] * masks.dims[3])
    return found, starts
