"""DetectNet_v2: nvinfer's own detector parser, used when no parse function is set.

The normaliser 35 and the half-pixel offset are built in; the stride is derived from the grid.
Grids must be of ``ceil(size / stride)`` cells, or the derived stride is another one.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from train2edge.nvinfer.grid import Cells, accepted_cells
from train2edge.nvinfer.layers import Layer, Network, ParseError, ParseParams
from train2edge.nvinfer.objects import Objects

FUNCTION: str | None = None


@np.errstate(all="ignore")  # numbers that are none go the way they go in C
def parse(layers: Sequence[Layer], network: Network, params: ParseParams) -> Objects:
    """Decode the cells whose coverage reaches the class's threshold; class, row, column order.

    Corners are clipped, boxes of negative size dropped, boxes of zero size kept. ``ParseError`` if
    no tensor's name contains ``cov``, or none ``bbox``.
    """
    cells = accepted_cells(_last(layers, "cov"), _last(layers, "bbox"), network, params)
    left, right = _clip(cells.left, network.width), _clip(cells.right, network.width)
    top, bottom = _clip(cells.top, network.height), _clip(cells.bottom, network.height)
    return _objects(cells, left, top, right - left, bottom - top)


def _last(layers: Sequence[Layer], part: str) -> Layer:
    """nvinfer takes the last tensor whose name contains ``part``, whatever else it contains."""
    found = [layer for layer in layers if part in layer.name]
    if not found:
        there = ", ".join(layer.name for layer in layers) or "none"
        raise ParseError(f"no output tensor with '{part}' in its name; there are: {there}")
    return found[-1]


def _clip(values: NDArray[np.float32], size: int) -> NDArray[np.float32]:
    """Not a clamp to ``size - 1``: what lies between ``size - 1`` and ``size`` stays there."""
    inside = values.copy()
    inside[values >= size] = size - 1
    inside[values < 0] = 0
    return inside


def _objects(
    cells: Cells,
    left: NDArray[np.float32],
    top: NDArray[np.float32],
    width: NDArray[np.float32],
    height: NDArray[np.float32],
) -> Objects:
    objects = Objects(left, top, width, height, cells.score, cells.class_id)
    inverted = (width < 0) | (height < 0)
    return objects.take(~inverted) if inverted.any() else objects
