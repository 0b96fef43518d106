"""The built-in classifier parser."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.train2edge.nvinfer.reference import F, Tensor


def parse(
    layers: Sequence[Tensor], threshold: float, labels: str | None
) -> tuple[list[tuple[int, int, Any, str | None]], str]:
    """Attributes (layer, class, confidence, label), and the joined string."""
    table = [line.split(";") for line in (labels or "").split("\n") if line]
    found: list[tuple[int, int, Any, str | None]] = []
    text = ""
    for index, layer in enumerate(layers):
        greatest, winner = F(0), -1
        for class_id in range(layer.dims[0]):
            value = layer.flat[class_id]
            if value > F(threshold) and value > greatest:
                greatest, winner = value, class_id
        if winner >= 0:
            row = table[index] if index < len(table) else []
            label = row[winner] if winner < len(row) else None
            found.append((index, winner, greatest, label))
            text += "" if label is None else label + " "
    return found, text
