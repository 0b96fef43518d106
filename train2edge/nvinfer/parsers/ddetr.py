"""``NvDsInferParseCustomDDETRTAO``: Deformable DETR, with the stock parser's mistakes.

Rows of logits are read four apart however many classes there are, the object of the lowest score
is lost, and at most 199 come out.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from train2edge.nvinfer.layers import Layer, Network, ParseError, ParseParams, need_layer
from train2edge.nvinfer.objects import Objects
from train2edge.nvinfer.scores import sigmoid
from train2edge.nvinfer.spans import span

FUNCTION: str | None = "NvDsInferParseCustomDDETRTAO"
ROW = 4
MOST = 199

Floats = NDArray[np.float32]


@np.errstate(all="ignore")  # numbers that are none go the way they go in C
def parse(layers: Sequence[Layer], network: Network, params: ParseParams) -> Objects:
    """``pred_logits`` ``[Q, C]`` and ``pred_boxes`` cx cy w h normalised; falling score.

    Class 0 is background. Of equal scores the last query stays.
    """
    logits, boxes = need_layer(layers, "pred_logits"), need_layer(layers, "pred_boxes")
    class_ids, scores = _best(logits)
    chosen = class_ids > 0
    if (class_ids[chosen] >= params.num_classes).any():
        raise ParseError(
            f"the logits have {logits.dims[1]} classes, num-detected-classes is "
            f"{params.num_classes}: nvinfer would read thresholds that are not there"
        )
    chosen[chosen] = ~(scores[chosen] < params.thresholds[class_ids[chosen]])
    index = _falling(np.flatnonzero(chosen), scores)[:-1][:MOST]
    left, top, width, height = _boxes(boxes.floats(4 * len(scores)).reshape(-1, 4)[index], network)
    return Objects(left, top, width, height, scores[index], class_ids[index])


def _best(logits: Layer) -> tuple[NDArray[np.int32], Floats]:
    """Each query's first maximum over the values at four times its number."""
    queries, classes = logits.need_dims(2, "[queries, classes]")
    values = logits.floats(ROW * (queries - 1) + classes if queries else 0)
    if not queries:
        return np.zeros(0, np.int32), np.zeros(0, np.float32)
    rows = np.lib.stride_tricks.sliding_window_view(values, classes)[::ROW]
    # A NaN wins only where it is the first value: nothing is greater than it.
    best = np.where(np.isnan(rows), -np.inf, rows).argmax(axis=1)
    best = np.where(np.isnan(rows[:, 0]), 0, best)
    return best.astype(np.int32), sigmoid(rows[np.arange(queries), best])


def _falling(index: NDArray[np.intp], scores: Floats) -> NDArray[np.intp]:
    by_score = {float(scores[one]): one for one in index}
    return np.array([by_score[score] for score in sorted(by_score, reverse=True)], np.intp)


def _boxes(boxes: Floats, network: Network) -> tuple[Floats, Floats, Floats, Floats]:
    center_x, center_y, width, height = boxes.T
    x1 = (center_x - width / np.float32(2)) * np.float32(network.width)
    y1 = (center_y - height / np.float32(2)) * np.float32(network.height)
    left, across = span(x1, x1 + width * np.float32(network.width), network.width)
    top, down = span(y1, y1 + height * np.float32(network.height), network.height)
    return left, top, across, down
