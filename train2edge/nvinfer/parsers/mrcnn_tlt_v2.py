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


def parse(layers: Sequence[Layer], network: Network, params: ParseParams) -> Objects:
    """Rows y1 x1 y2 x2 (pixels), class, score; class 0's threshold goes for all.

    The configured classes must count the background. Sizes reach from the raw first corner to the
    clamped second one. ``masks`` are the raw values of the mask tensor ``[N, C, h, w]``.
    """
    detections, masks = need_layer(layers, DETECTIONS), need_layer(layers, MASKS)
    if len(masks.dims) != 4:
        raise ParseError(f"tensor '{MASKS}' has dimensions {masks.dims}, not [N, C, h, w]")
    count = detections.dims[0]
    rows = detections.floats(COLUMNS * count).reshape(count, COLUMNS)
    y1, x1, y2, x2, classes, scores = rows.T
    class_ids = whole(classes)
    width = clamp(x2, network.width) - x1
    height = clamp(y2, network.height) - y1
    chosen = (class_ids >= 0) & (class_ids < params.num_classes)
    chosen &= ~(scores < params.first) & ~(width <= 0) & ~(height <= 0)
    index = np.flatnonzero(chosen)
    left, top = clamp(x1, network.width), clamp(y1, network.height)
    return Objects(
        left[index],
        top[index],
        width[index],
        height[index],
        scores[index],
        class_ids[index],
        _masks(masks, index * params.num_classes + class_ids[index]),
    )


def _masks(layer: Layer, planes: NDArray[np.intp]) -> NDArray[np.float32]:
    """The masks at these planes, counted by the CONFIGURED classes, as the stock parser does."""
    height, width = layer.dims[2:]
    size = height * width
    last = int(planes.max(initial=-1)) + 1
    values = layer.floats(last * size).reshape(last, height, width)
    return values[planes]
