"""The largest magnitude seen: nothing is clipped, and one outlier costs everybody precision."""

from __future__ import annotations

from train2edge.calibration.histogram import Histogram
from train2edge.spec.export import Calibration


def threshold(histogram: Histogram, settings: Calibration) -> float:
    return histogram.maximum
