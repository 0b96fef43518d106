"""How often a tensor's magnitudes occur: what every choice of a range looks at."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Histogram:
    """Counts of ``|x|`` in equal bins over ``0..limit``; ``maximum`` is the largest one seen."""

    counts: NDArray[np.float64]
    limit: float
    maximum: float

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
