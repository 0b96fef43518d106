"""How often a tensor's values occur, in one pass, bounded memory and any order.

All bins are a power of two wide, so that those of two counts either agree or fit into each other:
counts of parts add up to exactly the counts of the whole, whichever comes first. Pictures can be
counted side by side, and values are scaled to bins without rounding.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from train2edge.calibration.histogram import Histogram
from train2edge.errors import WorkError

BINS = 16384  # of each sign
_CHUNK = 1 << 18  # values at a time, which stay in a core's cache
_TOO_LARGE = 2.0**127  # twice that is no float32
_LEAST_LIMIT = 2.0**-112  # what scales to BINS is a float32, too

Bins = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Counts:
    """``bins`` of equal width over ``-limit..limit``; ``limit`` is a power of two, or 0 where
    there were only zeros. No value is below ``lowest`` (at most 0) or above ``highest`` (at least).
    """

    bins: Bins
    limit: float
    lowest: float
    highest: float

    @classmethod
    def of(cls, values: NDArray[np.float32], *, name: str = "tensor", bins: int = BINS) -> Counts:
        """Count values of any shape; ``WorkError`` naming the tensor if one is not finite."""
        row = np.ascontiguousarray(values, np.float32).reshape(-1)
        lowest, highest = float(row.min(initial=0)), float(row.max(initial=0))
        largest = max(-lowest, highest)
        if not largest < _TOO_LARGE:  # nan included
            raise WorkError(f"{name} holds values that are not finite; no range fits them")
        limit = max(math.ldexp(1.0, math.frexp(largest)[1]), _LEAST_LIMIT) if largest else 0.0
        return cls(_count(row, bins, limit), limit, lowest, highest)

    def __add__(self, other: Counts) -> Counts:
        limit = max(self.limit, other.limit)
        return Counts(
            self._up_to(limit) + other._up_to(limit),
            limit,
            min(self.lowest, other.lowest),
            max(self.highest, other.highest),
        )

    def clipped(self, low: float, high: float) -> Counts:
        """Counts of the same values clipped to ``low..high``, where 0 lies within."""
        first, last = self._bin(low), self._bin(high)
        bins = np.zeros_like(self.bins)
        bins[first : last + 1] = self.bins[first : last + 1]
        bins[first] += self.bins[:first].sum()
        bins[last] += self.bins[last + 1 :].sum()
        return Counts(bins, self.limit, max(self.lowest, low), min(self.highest, high))

    def magnitudes(self) -> Histogram:
        below, above = np.split(self.bins, 2)
        counts = (above + below[::-1]).astype(np.float64)
        return Histogram(counts, self.limit, max(-self.lowest, self.highest))

    def _bin(self, value: float) -> int:
        """Of ``value``, or the outermost one on its side."""
        zero = len(self.bins) // 2
        if not self.limit:
            return zero
        return int(np.clip(np.floor(value / self.limit * zero) + zero, 0, 2 * zero - 1))

    def _up_to(self, limit: float) -> Bins:
        """The same counts in bins up to ``limit``, which is not smaller than their own."""
        bins, wide = self.bins, self.limit or limit  # zeros stay in the middle of any limit
        while wide < limit:
            pairs = bins.reshape(-1, 2).sum(axis=1)
            bins = np.pad(pairs, len(pairs) // 2)
            wide *= 2
        return bins


def _count(row: NDArray[np.float32], bins: int, limit: float) -> Bins:
    """Each value's bin first, then how often each occurs: OpenCV counts 16-bit numbers in bins of
    their own six times as fast as floats. Scaling by a power of two and rounding down are exact.
    """
    counts = np.zeros(2 * bins, np.int64)
    if not limit:
        counts[bins] = row.size
        return counts
    scaled = np.empty(min(_CHUNK, row.size), np.float32)
    numbers = np.empty((1, scaled.size), np.uint16)
    for start in range(0, row.size, _CHUNK):
        part = row[start : start + _CHUNK]
        places, found = scaled[: part.size], numbers[:, : part.size]
        np.multiply(part, np.float32(bins / limit), out=places)
        np.floor(places, out=places)
        np.add(places, np.float32(bins), out=found[0], casting="unsafe")
        counted = cv2.calcHist([found], [0], None, [2 * bins], [0, 2 * bins])
        counts += counted.reshape(-1).astype(np.int64)
    return counts
