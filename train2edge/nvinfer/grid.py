"""The DetectNet_v2 grid: which cells speak, and the corners they speak of.

A cell's four values are the distances left, top, right, bottom from its centre, in units of 35
pixels. All arithmetic is float32, in nvinfer's order of operations.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from train2edge.nvinfer.layers import Layer, Network, ParseError, ParseParams

Floats = NDArray[np.float32]

NORM = np.float32(35)
OFFSET = 0.5


@dataclass(frozen=True, eq=False)
class Cells:
    """The accepted cells in class, row, column order; corners in network pixels, not clipped."""

    left: Floats
    top: Floats
    right: Floats
    bottom: Floats
    score: Floats
    class_id: NDArray[np.int32]


def accepted_cells(
    coverage: Layer,
    bbox: Layer,
    network: Network,
    params: ParseParams,
    *,
    nan_scores: bool = True,
) -> Cells:
    """Decode the cells that are not below their class's threshold (``nan_scores`` are not).

    ``coverage`` ``[C, h, w]``, ``bbox`` ``[4C, h, w]``; classes that are not configured are
    ignored. ``ParseError`` for tensors of another shape, or boxes that would be read out of bounds.
    """
    channels, rows, columns = _grid(coverage)
    _, box_rows, box_columns = _grid(bbox)
    classes, plane = min(channels, params.num_classes), rows * columns
    scores = coverage.floats(classes * plane)
    least = np.repeat(params.thresholds[:classes], plane)
    chosen = np.flatnonzero(~(scores < least) if nan_scores else scores >= least)
    class_id, cell = np.divmod(chosen, plane)
    row, column = np.divmod(cell, columns)
    # nvinfer starts a class by the box tensor's grid and walks its planes by the coverage's.
    planes = _planes(bbox, class_id * (4 * box_rows * box_columns) + cell, plane)
    center_x = _centers(columns, network.width, box_columns)[column]
    center_y = _centers(rows, network.height, box_rows)[row]
    return Cells(
        (planes[0] - center_x) * -NORM,
        (planes[1] - center_y) * -NORM,
        (planes[2] + center_x) * NORM,
        (planes[3] + center_y) * NORM,
        scores.take(chosen),
        class_id.astype(np.int32),
    )


def _grid(layer: Layer) -> tuple[int, int, int]:
    channels, rows, columns = layer.need_dims(3, "[channels, rows, columns]")
    if not rows or not columns:
        raise ParseError(f"tensor '{layer.name}' has dimensions {layer.dims}: there is no cell")
    return channels, rows, columns


def _planes(bbox: Layer, first: NDArray[np.intp], plane: int) -> list[Floats]:
    """Left, top, right, bottom, float32 ``[N]`` each, of the cells at ``first``."""
    values = bbox.floats()
    if first.size and int(first.max()) + 3 * plane >= values.size:
        raise ParseError(
            f"tensor '{bbox.name}' of dimensions {bbox.dims} is too small for the coverage tensor"
        )
    return [values.take(first + side * plane) for side in range(4)]


def _centers(cells: int, size: int, box_cells: int) -> Floats:
    stride = -(-size // box_cells)
    centers: Floats = (np.arange(cells) * stride + OFFSET).astype(np.float32) / NORM
    return centers
