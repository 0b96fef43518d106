"""The threshold that keeps most information, as TensorRT's entropy calibration chooses it.

Migacz, "8-bit Inference with TensorRT", GTC 2017: of 2048 bins of ``|x|``, clip after ``i`` bins,
quantise those to 128 levels, spread each level over its bins that were not empty, and take the
``i`` with the smallest Kullback-Leibler divergence to the clipped original. As NVIDIA's
pytorch-quantization does, levels share the bins evenly, and bin 0 counts as much as bin 1: the
zeros that a ReLU makes are exact in any range and would drown everything else.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from train2edge.calibration.histogram import Histogram
from train2edge.spec.export import Calibration

BINS = 2048
LEVELS = 128


def threshold(histogram: Histogram, settings: Calibration) -> float:
    counts = histogram.rebinned(BINS)
    counts[0] = counts[1]
    return best_cut(counts) / BINS * histogram.maximum


def best_cut(counts: NDArray[np.float64]) -> int:
    """How many of the bins to keep; the largest such number when several are equally good."""
    if not counts.any():
        return len(counts)
    cuts = range(LEVELS, len(counts) + 1)
    divergences = np.array([_divergence(counts, cut) for cut in cuts])
    return len(counts) - int(np.argmin(divergences[::-1]))


def _divergence(counts: NDArray[np.float64], cut: int) -> float:
    """KL divergence of the first ``cut`` bins (outliers in the last) and their quantised form."""
    kept = counts[:cut]
    clipped = kept.copy()
    clipped[-1] += counts[cut:].sum()
    quantised = _quantise(kept)
    if not quantised.any():
        return float("inf")
    p, q = clipped / clipped.sum(), quantised / quantised.sum()
    filled = p > 0
    if not q[filled].all():  # mass that the quantised form has no place for
        return float("inf")
    return float(np.sum(p[filled] * np.log(p[filled] / q[filled])))


def _quantise(kept: NDArray[np.float64]) -> NDArray[np.float64]:
    """Every level's mean over its bins that are not empty; empty bins stay empty."""
    level = np.arange(len(kept)) * LEVELS // len(kept)
    filled = kept > 0
    mass = np.bincount(level, kept, LEVELS)
    places = np.bincount(level, filled, LEVELS)
    mean = np.divide(mass, places, out=np.zeros(LEVELS), where=places > 0)
    return np.where(filled, mean[level], 0.0)
