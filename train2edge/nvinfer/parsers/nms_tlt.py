"""``NvDsInferParseCustomNMSTLT``: TLT's detectors after TensorRT's NMS plugin."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from train2edge.nvinfer.layers import Layer, Network, ParseError, ParseParams, ParserAbort
from train2edge.nvinfer.objects import Objects
from train2edge.nvinfer.spans import clamp, unsigned, whole

FUNCTION: str | None = "NvDsInferParseCustomNMSTLT"
COLUMNS = 7


@np.errstate(all="ignore")  # numbers that are none go the way they go in C
def parse(layers: Sequence[Layer], network: Network, params: ParseParams) -> Objects:
    """Rows image, class, score, x1, y1, x2, y2 (normalised) and their count, told by order.

    Class 0's threshold goes for all. Position and size are clamped each for itself. ``ParseError``
    unless there are two outputs, ``ParserAbort`` for a class that is not configured.
    """
    if len(layers) != 2:
        raise ParseError(f"the parser needs 2 outputs, there are {len(layers)}")
    count = max(int(layers[1].ints(1)[0]), 0)
    rows = layers[0].floats(COLUMNS * count).reshape(count, COLUMNS)
    rows = rows[~(rows[:, 2] < params.first)]
    class_ids = whole(rows[:, 1])
    unknown = unsigned(rows[:, 1]) >= params.num_classes
    if unknown.any():
        raise ParserAbort(
            f"class {class_ids[unknown][0]} is not one of {params.num_classes}: "
            "the parser asserts that it is"
        )
    x1, y1, x2, y2 = rows[:, 3:].T
    width, height = np.float32(network.width), np.float32(network.height)
    return Objects(
        clamp(x1 * width, network.width),
        clamp(y1 * height, network.height),
        clamp((x2 - x1) * width, network.width),
        clamp((y2 - y1) * height, network.height),
        rows[:, 2].copy(),
        class_ids,
    )
