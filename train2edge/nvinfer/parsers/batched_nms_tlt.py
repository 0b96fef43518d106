"""``NvDsInferParseCustomBatchedNMSTLT``: TLT's SSD family, YOLO and RetinaNet after BatchedNMS."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from train2edge.nvinfer.four_outputs import Floats, Rows, accepted_rows
from train2edge.nvinfer.layers import Layer, Network, ParseParams
from train2edge.nvinfer.objects import Objects
from train2edge.nvinfer.spans import span

FUNCTION: str | None = "NvDsInferParseCustomBatchedNMSTLT"

# The stock loop runs while there are at most 200 objects.
MOST = 201


@np.errstate(all="ignore")  # numbers that are none go the way they go in C
def parse(layers: Sequence[Layer], network: Network, params: ParseParams) -> Objects:
    """Boxes x1 y1 x2 y2 of the network's width and height, clamped, in tensor order."""
    scale = np.array([network.width, network.height] * 2, np.float32)
    return objects(chosen_rows(layers, params), scale, network)


def chosen_rows(layers: Sequence[Layer], params: ParseParams) -> Rows:
    """The rows of configured classes and upright boxes."""
    rows = accepted_rows(layers, params)
    return rows.take(rows.known(params)).upright()


def objects(rows: Rows, scale: Floats, network: Network) -> Objects:
    """The first 201 boxes, times ``scale``, clamped; zero sizes stay."""
    x1, y1, x2, y2 = (rows.boxes * scale).T
    left, width = span(x1, x2, network.width)
    top, height = span(y1, y2, network.height)
    found = Objects(left, top, width, height, rows.scores, rows.class_ids)
    # Only a corner that is no number can still be inverted; the loop does not count it.
    return found.take(np.flatnonzero(~((width < 0) | (height < 0)))[:MOST])
