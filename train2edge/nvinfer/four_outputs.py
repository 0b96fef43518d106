"""What the parsers of TensorRT's batched-NMS family share: four tensors, told apart by order.

Count (int32), boxes, scores, classes (float); names and types are never looked at, and class 0's
threshold goes for every class.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from train2edge.nvinfer import spans
from train2edge.nvinfer.layers import Layer, ParseError, ParseParams

Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Rows:
    """The rows that reach the threshold, in order: as in the tensors, ``boxes`` ``[N, 4]``."""

    boxes: Floats
    scores: Floats
    classes: Floats

    def take(self, chosen: NDArray[np.bool_]) -> Rows:
        return Rows(self.boxes[chosen], self.scores[chosen], self.classes[chosen])

    @property
    def class_ids(self) -> NDArray[np.int32]:
        return spans.whole(self.classes)

    def upright(self) -> Rows:
        """Without the boxes whose second corner lies before the first."""
        first_x, first_y, second_x, second_y = self.boxes.T
        return self.take(~(second_x < first_x) & ~(second_y < first_y))

    def known(self, params: ParseParams) -> NDArray[np.bool_]:
        """Which rows are of a configured class."""
        return spans.unsigned(self.classes) < params.num_classes


def accepted_rows(layers: Sequence[Layer], params: ParseParams) -> Rows:
    """The first ``count`` rows that reach class 0's threshold.

    ``ParseError`` unless there are exactly four outputs of at least ``count`` rows.
    """
    if len(layers) != 4:
        names = ", ".join(layer.name for layer in layers) or "none"
        raise ParseError(f"the parser needs 4 outputs, there are {len(layers)}: {names}")
    counts, boxes, scores, classes = layers
    count = max(int(counts.ints(1)[0]), 0)
    rows = Rows(
        boxes.floats(4 * count).reshape(count, 4),
        scores.floats(count),
        classes.floats(count),
    )
    return rows.take(~(rows.scores < params.first))
