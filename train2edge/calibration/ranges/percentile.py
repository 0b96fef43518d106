"""The magnitude that ``percentile`` per cent of all values do not exceed."""

from __future__ import annotations

import numpy as np

from train2edge.calibration.histogram import Histogram
from train2edge.spec.export import Calibration


def threshold(histogram: Histogram, settings: Calibration) -> float:
    cumulated = np.cumsum(histogram.counts)
    wanted = settings.percentile / 100 * cumulated[-1]
    edge = (int(np.searchsorted(cumulated, wanted)) + 1) * histogram.width
    return float(min(edge, histogram.maximum))
