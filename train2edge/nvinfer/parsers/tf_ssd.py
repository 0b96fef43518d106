"""``NvDsInferParseCustomTfSSD``: TensorFlow's detection outputs, found by name."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from train2edge.nvinfer.layers import Layer, Network, ParseParams, find_layer, need_layer
from train2edge.nvinfer.objects import Objects
from train2edge.nvinfer.spans import span, unsigned, whole

FUNCTION: str | None = "NvDsInferParseCustomTfSSD"


@np.errstate(all="ignore")  # numbers that are none go the way they go in C
def parse(layers: Sequence[Layer], network: Network, params: ParseParams) -> Objects:
    """Boxes y1 x1 y2 x2 normalised, in tensor order, each class by its own threshold.

    Clamped boxes without area are dropped, classes that are not configured too. Tensors of another
    type than float32 count as missing; ``num_detections`` may be.
    """
    scores, classes, boxes = (
        need_layer(layers, f"detection_{name}") for name in ("scores", "classes", "boxes")
    )
    count = _count(layers, classes)
    told = unsigned(classes.floats(count))
    y1, x1, y2, x2 = boxes.floats(4 * count).reshape(count, 4).T
    left, width = span(
        x1 * np.float32(network.width), x2 * np.float32(network.width), network.width
    )
    top, height = span(
        y1 * np.float32(network.height), y2 * np.float32(network.height), network.height
    )
    found = Objects(left, top, width, height, scores.floats(count), told.astype(np.int32))
    found = found.take(told < params.num_classes)
    reached = ~(found.score < params.thresholds[found.class_id])
    return found.take(reached & (found.width > 0) & (found.height > 0))


def _count(layers: Sequence[Layer], classes: Layer) -> int:
    """``num_detections``, truncated; a negative one wraps to more than there are: to all."""
    rows = classes.dims[0] if classes.dims else 1
    told = find_layer(layers, "num_detections")
    if told is None:
        return rows
    count = int(whole(told.floats(1))[0])
    return rows if count < 0 else min(count, rows)
