"""``NvDsInferParseCustomRTDETRTAO``: RT-DETR, the best 100 of all queries and classes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from train2edge.nvinfer.layers import Layer, Network, ParseError, ParseParams, need_layer
from train2edge.nvinfer.objects import Objects
from train2edge.nvinfer.scores import sigmoid
from train2edge.nvinfer.spans import span

FUNCTION: str | None = "NvDsInferParseCustomRTDETRTAO"
MOST = 100


@np.errstate(all="ignore")  # numbers that are none go the way they go in C
def parse(layers: Sequence[Layer], network: Network, params: ParseParams) -> Objects:
    """``pred_logits`` ``[Q, C]`` and ``pred_boxes`` cx cy w h normalised; falling score.

    Class 0 is a real class and one query may give several. The order of equal scores is undefined
    in the stock parser; here it is that of the tensor.
    """
    logits = need_layer(layers, "pred_logits", last=True)
    boxes = need_layer(layers, "pred_boxes", last=True)
    queries, classes = logits.need_dims(2, "[queries, classes]")
    scores = sigmoid(logits.floats(queries * classes))
    best = np.argsort(-scores, kind="stable")[:MOST]
    class_ids = (best % classes).astype(np.int32)
    if (class_ids >= params.num_classes).any():
        raise ParseError(
            f"the logits have {classes} classes, num-detected-classes is {params.num_classes}: "
            "nvinfer would read thresholds that are not there"
        )
    reached = ~(scores[best] < params.thresholds[class_ids])
    best, class_ids = best[reached], class_ids[reached]
    center_x, center_y, across, down = boxes.floats(4 * queries).reshape(-1, 4)[best // classes].T
    width, height = np.float32(network.width), np.float32(network.height)
    half = np.float32(0.5)
    left, wide = span(
        (center_x - half * across) * width, (center_x + half * across) * width, network.width
    )
    top, high = span(
        (center_y - half * down) * height, (center_y + half * down) * height, network.height
    )
    return Objects(left, top, wide, high, scores[best], class_ids)
