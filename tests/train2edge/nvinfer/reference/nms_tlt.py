"""NvDsInferParseCustomNMSTLT: rows of seven, and their count."""

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


def parse(layers: Sequence[Tensor], size: tuple[int, int], thresholds: Sequence[Any]) -> list[Box]:
    if len(layers) != 2:
        raise FailureError
    found = []
    for row in range(layers[1].first_int):
        _, kind, score, x1, y1, x2, y2 = layers[0].flat[7 * row : 7 * row + 7]
        if score < thresholds[0]:
            continue
        if c_unsigned(kind) >= len(thresholds):
            raise FailureError
        left, top = clamp(x1 * F(size[0]), size[0]), clamp(y1 * F(size[1]), size[1])
        width = clamp((x2 - x1) * F(size[0]), size[0])
        height = clamp((y2 - y1) * F(size[1]), size[1])
        found.append(Box(left, top, width, height, score, c_int(kind)))
    return found
