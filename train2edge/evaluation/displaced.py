"""The same labelled picture seen a few pixels aside: another look at the same objects.

Rounding to 8 bits moves every score by a little, and on few objects AP moves by whole points when
two of them change places. A picture that lies elsewhere in the network's input is rounded anew,
while the objects, and what a float network says of them, stay nearly the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from train2edge.contract import Contract
from train2edge.datasets.sample import Sample
from train2edge.evaluation.predictor import Predictor, Tensors
from train2edge.evaluation.run import Raw, raw_outputs

# of the input's width and height: a few pixels, and less than what augmentation moves a picture by
SHARES = ((0.011, 0.011), (-0.016, 0.022), (0.023, -0.033))


@dataclass(frozen=True)
class Displaced:
    """``predictor`` with its input ``right`` and ``down`` of where it was, in its own pixels.

    What comes in at the edges repeats them: black beside a letterbox, the picture's rim elsewhere.
    """

    predictor: Predictor
    right: int
    down: int

    @property
    def contract(self) -> Contract:
        return self.predictor.contract

    def __call__(self, batch: NDArray[np.float32]) -> Tensors:
        rows = _sources(batch.shape[2], self.down)
        columns = _sources(batch.shape[3], self.right)
        return self.predictor(np.ascontiguousarray(batch[:, :, rows][:, :, :, columns]))

    def placed(self, raw: Raw) -> Raw:
        """``raw``, knowing where its picture lay: boxes come back to the picture's own pixels."""
        geometry = replace(
            raw.geometry,
            offset_left=raw.geometry.offset_left + self.right,
            offset_top=raw.geometry.offset_top + self.down,
        )
        return raw._replace(geometry=geometry)


def raw_looks(predictor: Predictor, samples: Sequence[Sample], looks: int) -> Iterator[Raw]:
    """All pictures as they are, then all again in each of the first ``looks - 1`` other places."""
    size = predictor.contract.input
    moves = ((0, 0), *((round(x * size.width), round(y * size.height)) for x, y in SHARES))
    for move in moves[:looks]:
        displaced = Displaced(predictor, *move)
        yield from map(displaced.placed, raw_outputs(displaced, samples))


def _sources(length: int, move: int) -> NDArray[np.int64]:
    return np.clip(np.arange(length) - move, 0, length - 1)
