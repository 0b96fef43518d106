"""The built-in DetectNet_v2 parser, and NvDsInferParseCustomResnet."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from tests.train2edge.nvinfer.reference import Box, F, FailureError, Tensor, clamp

NORM = F(35)


def built_in(layers: Sequence[Tensor], size: tuple[int, int], thresholds: Sequence[Any]) -> Any:
    coverage = [one for one in layers if "cov" in one.name]
    bbox = [one for one in layers if "bbox" in one.name]
    if not coverage or not bbox:
        raise FailureError
    found = []
    kept = _cells(coverage[-1], bbox[-1], size, thresholds, lambda score, least: not score < least)
    for score, class_id, corners in kept:
        x1, y1, x2, y2 = (_clip(one, size[axis % 2]) for axis, one in enumerate(corners))
        if not (x2 - x1 < 0 or y2 - y1 < 0):
            found.append(Box(x1, y1, x2 - x1, y2 - y1, score, class_id))
    return found


def resnet(layers: Sequence[Tensor], size: tuple[int, int], thresholds: Sequence[Any]) -> Any:
    names = [one.name for one in layers]
    if "output_bbox/BiasAdd:0" not in names or "output_cov/Sigmoid:0" not in names:
        raise FailureError
    coverage = layers[names.index("output_cov/Sigmoid:0")]
    bbox = layers[names.index("output_bbox/BiasAdd:0")]
    found = []
    kept = _cells(coverage, bbox, size, thresholds, lambda score, least: score >= least)
    for score, class_id, (x1, y1, x2, y2) in kept:
        left, top = clamp(x1, size[0]), clamp(y1, size[1])
        width = clamp(x2, size[0]) - left + F(1)
        height = clamp(y2, size[1]) - top + F(1)
        found.append(Box(left, top, width, height, score, class_id))
    return found


def _cells(
    coverage: Tensor,
    bbox: Tensor,
    size: tuple[int, int],
    thresholds: Sequence[Any],
    keeps: Callable[[Any, Any], bool],
) -> Iterator[tuple[Any, int, tuple[Any, ...]]]:
    channels, rows, columns = coverage.dims[:3]
    box_rows, box_columns = bbox.dims[1:3]
    stride_x, stride_y = -(-size[0] // box_columns), -(-size[1] // box_rows)
    for class_id in range(min(channels, len(thresholds))):
        for cell in range(rows * columns):
            score = coverage.flat[class_id * rows * columns + cell]
            if not keeps(score, thresholds[class_id]):
                continue
            row, column = divmod(cell, columns)
            first = class_id * 4 * box_rows * box_columns + cell
            if first + 3 * rows * columns >= len(bbox.flat):
                raise FailureError  # nvinfer reads memory that is not its own
            o = [bbox.flat[first + plane * rows * columns] for plane in range(4)]
            x, y = F(column * stride_x + 0.5) / NORM, F(row * stride_y + 0.5) / NORM
            starts = (o[0] - x) * -NORM, (o[1] - y) * -NORM
            yield score, class_id, (*starts, (o[2] + x) * NORM, (o[3] + y) * NORM)


def _clip(value: Any, size: int) -> Any:
    value = F(size - 1) if value >= size else value
    return F(0) if value < 0 else value
