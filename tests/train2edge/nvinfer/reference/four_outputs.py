"""The stock parsers of four outputs, told by order: BatchedNMS, YOLOv5's, EfficientDet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.train2edge.nvinfer.reference import (
    Box,
    F,
    FailureError,
    Tensor,
    c_int,
    c_unsigned,
    clamp,
)


def batched_nms(layers: Sequence[Tensor], size: tuple[int, int], thresholds: Sequence[Any]) -> Any:
    return _batched(layers, size, thresholds, (F(size[0]), F(size[1])))


def yolov5(layers: Sequence[Tensor], size: tuple[int, int], thresholds: Sequence[Any]) -> Any:
    return _batched(layers, size, thresholds, (F(1), F(1)))


def _batched(
    layers: Sequence[Tensor],
    size: tuple[int, int],
    thresholds: Sequence[Any],
    scale: tuple[Any, Any],
) -> list[Box]:
    if len(layers) != 4:
        raise FailureError
    found: list[Box] = []
    row = 0
    while row < layers[0].first_int and len(found) <= 200:
        x1, y1, x2, y2 = layers[1].flat[4 * row : 4 * row + 4]
        score, kind = layers[2].flat[row], layers[3].flat[row]
        row += 1
        if score < thresholds[0] or c_unsigned(kind) >= len(thresholds) or x2 < x1 or y2 < y1:
            continue
        left, top = clamp(x1 * scale[0], size[0]), clamp(y1 * scale[1], size[1])
        width = clamp(x2 * scale[0], size[0]) - left
        height = clamp(y2 * scale[1], size[1]) - top
        if not (width < 0 or height < 0):
            found.append(Box(left, top, width, height, score, c_int(kind)))
    return found


def efficientdet(layers: Sequence[Tensor], size: tuple[int, int], thresholds: Sequence[Any]) -> Any:
    if len(layers) != 4:
        raise FailureError
    if layers[0].first_int <= 0:
        return []
    greatest = F(0)
    for value in layers[1].flat:
        greatest = value if greatest < value else greatest
    if greatest < 2:
        raise FailureError
    found = []
    for row in range(layers[0].first_int):
        y1, x1, y2, x2 = layers[1].flat[4 * row : 4 * row + 4]
        score, kind = layers[2].flat[row], layers[3].flat[row]
        if score < thresholds[0]:
            continue
        if c_unsigned(kind) >= len(thresholds):
            raise FailureError
        if not (x2 < x1 or y2 < y1):
            width, height = clamp(x2 - x1, size[0]), clamp(y2 - y1, size[1])
            place = clamp(x1, size[0]), clamp(y1, size[1])
            found.append(Box(*place, width, height, score, c_int(kind)))
    return found
