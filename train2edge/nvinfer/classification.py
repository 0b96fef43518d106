"""nvinfer's classifier: every output tensor is one attribute, its greatest value the class."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from train2edge.nvinfer.labels import Rows, label
from train2edge.nvinfer.layers import Layer


@dataclass(frozen=True)
class Attribute:
    """What one output tensor says: ``index`` of the tensor, class ``value``, its raw value."""

    index: int
    value: int
    confidence: float
    label: str | None


@dataclass(frozen=True)
class Classification:
    """All attributes; ``label`` is their labels, each followed by a space.

    nvinfer attaches no metadata at all to an object whose ``label`` is empty.
    """

    attributes: tuple[Attribute, ...]
    label: str


def classify(layers: Sequence[Layer], threshold: float, table: Rows = ()) -> Classification:
    """Read the attributes off one picture's tensors, in binding order.

    A value wins if it is above zero, above ``threshold`` and above all before it; no softmax is
    applied. The number of classes is the first dimension of the tensor.
    """
    attributes = tuple(_attributes(layers, np.float32(threshold), table))
    named = (one.label for one in attributes if one.label is not None)
    return Classification(attributes, "".join(f"{name} " for name in named))


def _attributes(layers: Sequence[Layer], threshold: np.float32, table: Rows) -> Iterator[Attribute]:
    for index, layer in enumerate(layers):
        values = layer.floats(layer.need_dims(1, "[classes, ...]")[0])
        winners = np.where((values > 0) & (values > threshold), values, np.float32(0))
        if winners.any():
            value = int(winners.argmax())
            yield Attribute(index, value, float(winners[value]), label(table, index, value))
