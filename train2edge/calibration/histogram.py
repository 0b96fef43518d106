"""How often a tensor's magnitudes occur, collected in one pass and bounded memory."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from train2edge.errors import WorkError

BINS = 8192
_CHUNK = 1 << 23  # cv2 counts in float32, exact up to 2**24


class Histogram:
    """Counts of ``|x|`` in equal bins over ``0..limit``; ``maximum`` is the largest one seen.

    When a value does not fit, neighbouring bins are merged and the limit doubles, so no value is
    ever counted in a wrong bin and at least half of the bins lie below the maximum.
    """

    def __init__(self, bins: int = BINS) -> None:
        self.counts: NDArray[np.float64] = np.zeros(bins)
        self.limit = 0.0
        self.maximum = 0.0

    @property
    def total(self) -> float:
        return float(self.counts.sum())

    @property
    def width(self) -> float:
        """Of one bin."""
        return self.limit / len(self.counts)

    @property
    def centres(self) -> NDArray[np.float64]:
        return np.asarray((np.arange(len(self.counts)) + 0.5) * self.width, np.float64)

    def add(self, values: NDArray[np.float32], *, name: str = "tensor") -> None:
        """Count more values, of any shape; ``WorkError`` naming the tensor if one is not finite."""
        magnitudes = np.abs(values, dtype=np.float32).reshape(-1)
        if not magnitudes.size:
            return
        largest = float(magnitudes.max())
        if not np.isfinite(largest):
            raise WorkError(f"{name} holds values that are not finite; no range fits them")
        self._grow(largest)
        self.maximum = max(self.maximum, largest)
        for start in range(0, magnitudes.size, _CHUNK):
            self._count(magnitudes[start : start + _CHUNK])

    def merged(self, least: int) -> tuple[NDArray[np.float64], float]:
        """Counts of as many neighbouring bins together as leave ``least`` of them up to the
        maximum (fewer only if there are fewer), and the width of one; the last holds the maximum.
        """
        used = min(int(self.maximum / self.width) + 1, len(self.counts))
        together = max(used // least, 1)
        number = -(-used // together)
        counts = np.zeros(number * together)
        counts[:used] = self.counts[:used]
        return counts.reshape(number, together).sum(axis=1), together * self.width

    def _count(self, magnitudes: NDArray[np.float32]) -> None:
        if self.limit == 0.0:  # only zeros so far: they belong to the first bin of any limit
            self.counts[0] += magnitudes.size
            return
        row = magnitudes.reshape(1, -1)
        counted = cv2.calcHist([row], [0], None, [len(self.counts)], [0.0, self.limit])
        self.counts += counted.reshape(-1)
        self.counts[-1] += magnitudes.size - counted.sum(dtype=np.float64)  # x == limit

    def _grow(self, largest: float) -> None:
        if self.limit == 0.0:
            self.limit = largest
        while largest > self.limit:
            half = self.counts.reshape(-1, 2).sum(axis=1)
            self.counts = np.concatenate([half, np.zeros(len(half))])
            self.limit *= 2
