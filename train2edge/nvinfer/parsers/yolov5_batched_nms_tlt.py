"""``NvDsInferParseYoloV5CustomBatchedNMSTLT``: as BatchedNMSTLT, with boxes in pixels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from train2edge.nvinfer.layers import Layer, Network, ParseParams
from train2edge.nvinfer.objects import Objects
from train2edge.nvinfer.parsers.batched_nms_tlt import chosen_rows, objects

FUNCTION: str | None = "NvDsInferParseYoloV5CustomBatchedNMSTLT"


@np.errstate(all="ignore")  # numbers that are none go the way they go in C
def parse(layers: Sequence[Layer], network: Network, params: ParseParams) -> Objects:
    """Boxes x1 y1 x2 y2 in network pixels, clamped, in tensor order."""
    return objects(chosen_rows(layers, params), np.ones(4, np.float32), network)
