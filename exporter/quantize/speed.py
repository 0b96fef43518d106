"""How much faster a candidate is than the float graph, on the CPU at hand.

What counts are the device's kernels, which are not here. But layers left in float cost more than
their multiply-adds: a conversion at every change of precision, kernels that fuse no longer. That
shows on a CPU too, and the share of the multiply-adds in INT8 leaves it out.
"""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray

from exporter.quantize.unsigned import unsigned
from train2edge.errors import InputError
from train2edge.runtime import Model, open_model

WARM_UP, ROUNDS = 1, 6  # the first compiles

Batch = NDArray[np.float32]


@dataclass(frozen=True)
class Speed:
    """``batch`` ``[1, C, H, W]`` through the float graph and through candidates, by one thread."""

    base: Model | None
    batch: Batch

    @classmethod
    def of(cls, model: onnx.ModelProto, picture: Batch) -> Speed:
        """Against ``model``, on ``picture`` ``[C, H, W]``."""
        return cls(_opened(model), picture[None])

    def __call__(self, graph: onnx.ModelProto) -> float | None:
        """How many times as fast as the float graph the Q/DQ ``graph`` is: the quickest of some
        runs of each, which take turns. ``None`` where the CPU's engine refuses either of them.
        """
        candidate = _opened(unsigned(graph))
        if self.base is None or candidate is None:
            return None
        pairs = [(self._seconds(self.base), self._seconds(candidate)) for _ in range(ROUNDS)]
        base, other = np.min(pairs[WARM_UP:], axis=0)
        return float(base / other)

    def _seconds(self, model: Model) -> float:
        started = time.perf_counter()
        model(self.batch)
        return time.perf_counter() - started


def _opened(model: onnx.ModelProto) -> Model | None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.onnx"
        onnx.save(model, path)
        try:
            return open_model(path, threads=1)
        except InputError:
            return None
