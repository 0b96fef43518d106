"""The threshold with the smallest mean squared error of quantising and back."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from train2edge.calibration.histogram import Histogram
from train2edge.calibration.ranges import LEVELS
from train2edge.spec.export import Calibration

_CANDIDATES = 400


def threshold(histogram: Histogram, settings: Calibration) -> float:
    filled = histogram.counts > 0
    centres, counts = histogram.centres[filled], histogram.counts[filled]
    candidates = np.linspace(histogram.maximum / _CANDIDATES, histogram.maximum, _CANDIDATES)
    errors = [_error(centres, counts, one) for one in candidates]
    return float(candidates[int(np.argmin(errors))])


def _error(centres: NDArray[np.float64], counts: NDArray[np.float64], limit: float) -> float:
    scale = limit / LEVELS
    back = np.minimum(np.rint(centres / scale), LEVELS) * scale
    return float(counts @ (centres - back) ** 2)
