"""``NvDsInferParseCustomEfficientDetTAO``: TAO's EfficientDet after EfficientNMS."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from train2edge.nvinfer.four_outputs import Rows, accepted_rows
from train2edge.nvinfer.layers import Layer, Network, ParseParams, ParserAbort
from train2edge.nvinfer.objects import Objects
from train2edge.nvinfer.spans import clamp

FUNCTION: str | None = "NvDsInferParseCustomEfficientDetTAO"

# Boxes whose largest coordinate is below this are taken for normalised ones, and refused.
LEAST_COORDINATE = 2.0


@np.errstate(all="ignore")  # numbers that are none go the way they go in C
def parse(layers: Sequence[Layer], network: Network, params: ParseParams) -> Objects:
    """Boxes y1 x1 y2 x2 in network pixels, in tensor order.

    Position and size are clamped each for itself, so that boxes can stick out of the picture.
    ``ParserAbort`` for normalised boxes and for classes that are not configured.
    """
    rows = accepted_rows(layers, params)
    _check(layers, rows, params)
    upright = rows.upright()
    y1, x1, y2, x2 = upright.boxes.T
    return Objects(
        clamp(x1, network.width),
        clamp(y1, network.height),
        clamp(x2 - x1, network.width),
        clamp(y2 - y1, network.height),
        upright.scores,
        upright.class_ids,
    )


def _check(layers: Sequence[Layer], rows: Rows, params: ParseParams) -> None:
    counts, boxes = layers[:2]
    if int(counts.ints(1)[0]) <= 0:
        return
    coordinates = boxes.floats(math.prod(boxes.dims))
    if np.fmax.reduce(coordinates, initial=0) < LEAST_COORDINATE:
        raise ParserAbort(
            f"the largest value of '{boxes.name}' is below {LEAST_COORDINATE}: "
            "the parser asserts boxes in pixels"
        )
    if not rows.known(params).all():
        worst = int(rows.class_ids[~rows.known(params)][0])
        raise ParserAbort(
            f"class {worst} is not one of {params.num_classes}: the parser asserts that it is"
        )
