"""Ranges from histograms: each file's ``threshold(histogram, settings)`` is one method.

The threshold is the magnitude that becomes 127; what lies above is clipped to it.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping

from train2edge.calibration.histogram import Histogram
from train2edge.spec.export import Calibration

LEVELS = 127
_ANY = 1.0  # a tensor that is always zero is zero in every range


def thresholds(histograms: Mapping[str, Histogram], settings: Calibration) -> dict[str, float]:
    """The threshold of every tensor by the method that ``settings`` names."""
    method = importlib.import_module(f"{__name__}.{settings.method}")
    return {
        name: float(method.threshold(one, settings)) if one.maximum > 0 else _ANY
        for name, one in histograms.items()
    }
