"""``NvDsInferParseCustomMrcnnTLTV2``: TLT's Mask R-CNN, boxes with masks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from train2edge.nvinfer.layers import Layer, Network, ParseError, ParseParams, need_layer
from train2edge.nvinfer.objects import Objects
from train2edge.nvinfer.spans import clamp, whole

FUNCTION: str | None = "NvDsInferParseCustomMrcnnTLTV2"
DETECTIONS = "generate_detections"
MASKS = "mask_fcn_logits/BiasAdd"
COLUMNS = 6


@np.errstate(all="ignore")  # numbers that are none go the way they go in C
def parse(layers: Sequence[Layer], network: Network, params: ParseParams) -> Objects:
    """Rows y1 x1 y2 x2 (pixels), class, score; class 0's threshold goes for all.

    The configured classes must count the background. Sizes reach from the raw first corner to the
    clamped second one. ``masks`` are the raw values of the mask tensor ``[N, C, h, w]``.
    """
    return masked_objects(layers, network, params, MASKS)


def masked_objects(
    layers: Sequence[Layer], network: Network, params: ParseParams, name: str
) -> Objects:
    """``parse`` with the mask tensor called ``name``."""
    detections, masks = need_layer(layers, DETECTIONS), need_layer(layers, name)
    if len(masks.dims) != 4:
        raise ParseError(f"tensor '{name}' has dimensions {masks.dims}, not [N, C, h, w]")
    count = masks.dims[0]
    rows = detections.floats(COLUMNS * count).reshape(count, COLUMNS)
    y1, x1, y2, x2, classes, scores = rows.T
    class_ids = whole(classes)
    width = clamp(x2, network.width) - x1
    height = clamp(y2, network.height) - y1
    chosen = ~(scores < params.first) & ~(width <= 0) & ~(height <= 0)
    index = np.flatnonzero(chosen)
    left, top = clamp(x1, network.width), clamp(y1, network.height)
    return Objects(
        left[index],
        top[index],
        width[index],
        height[index],
        scores[index],
        class_ids[index],
        _masks(masks, index, class_ids[index], params.num_classes),
    )


def _masks(
    layer: Layer, rows: NDArray[np.intp], class_ids: NDArray[np.int32], classes: int
) -> NDArray[np.float32]:
    """The masks of these rows, counted by the CONFIGURED classes, as the stock parser does.

    What lies outside of the tensor is NaN for a class that is not configured, whose objects the
    next step drops; ``ParseError`` for another one.
    """
    height, width = layer.dims[2:]
    size = height * width
    configured = (class_ids >= 0) & (class_ids < classes)
    planes = rows * classes + class_ids.astype(np.int64)
    layer.floats((int(planes[configured].max(initial=-1)) + 1) * size)
    values = layer.floats()
    there = values[: len(values) // max(size, 1) * size].reshape(-1, height, width)
    inside = (planes >= 0) & (planes < len(there))
    masks: NDArray[np.float32] = np.full((len(planes), height, width), np.nan, np.float32)
    masks[inside] = there[planes[inside]]
    return masks
