"""``NvDsInferParseCustomResnet``: the DetectNet_v2 grid with exact tensor names.

The stock library keeps tensor positions and dimensions in static variables, so that a second model
in the same process is read by the first one's layout; that is not imitated.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from train2edge.nvinfer.grid import accepted_cells
from train2edge.nvinfer.layers import Layer, Network, ParseError, ParseParams
from train2edge.nvinfer.objects import Objects
from train2edge.nvinfer.spans import span

FUNCTION: str | None = "NvDsInferParseCustomResnet"
COVERAGE = "output_cov/Sigmoid:0"
BBOX = "output_bbox/BiasAdd:0"


@np.errstate(all="ignore")  # numbers that are none go the way they go in C
def parse(layers: Sequence[Layer], network: Network, params: ParseParams) -> Objects:
    """Decode as the built-in parser; but clamp to the last pixel, add 1 to sizes, drop nothing."""
    bbox, coverage = _first(layers, BBOX), _first(layers, COVERAGE)
    cells = accepted_cells(coverage, bbox, network, params, nan_scores=False)
    left, width = span(cells.left, cells.right, network.width)
    top, height = span(cells.top, cells.bottom, network.height)
    one = np.float32(1)
    return Objects(left, top, width + one, height + one, cells.score, cells.class_id)


def _first(layers: Sequence[Layer], name: str) -> Layer:
    for layer in layers:
        if layer.name == name:
            return layer
    there = ", ".join(layer.name for layer in layers) or "none"
    raise ParseError(f"no output tensor '{name}'; there are: {there}")
