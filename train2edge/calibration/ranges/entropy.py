"""The threshold that keeps most information, as TensorRT's entropy calibration chooses it.

Migacz, "8-bit Inference with TensorRT", GTC 2017: of 2048 bins of ``|x|``, clip after ``i`` bins,
quantise those to 128 levels, spread each level over its bins that were not empty, and take the
``i`` with the smallest Kullback-Leibler divergence to the clipped original. As NVIDIA's
pytorch-quantization does, levels share the bins evenly, and bin 0 counts as much as bin 1: the
zeros that a ReLU makes are exact in any range and would drown everything else.

All ``i`` are tried at once: a level is constant, so that its part of the divergence needs only its
mass and how many of its bins are filled, both differences of running sums.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from train2edge.calibration.histogram import Histogram
from train2edge.spec.export import Calibration

BINS = 2048
LEVELS = 128


def threshold(histogram: Histogram, settings: Calibration) -> float:
    counts, width = histogram.merged(BINS)
    counts[:1] = counts[1:2] if len(counts) > 1 else counts[:1]
    return min(best_cut(counts) * width, histogram.maximum)


def best_cut(counts: NDArray[np.float64]) -> int:
    """How many of the bins to keep; the largest such number when several are equally good."""
    if len(counts) <= LEVELS or not counts.any():
        return len(counts)
    cuts = np.arange(LEVELS, len(counts) + 1)
    return len(counts) - int(np.argmin(_divergences(counts, cuts)[::-1]))


def _divergences(counts: NDArray[np.float64], cuts: NDArray[np.int64]) -> NDArray[np.float64]:
    """For every cut the KL divergence of the bins before it, all outliers in the last of them
    (``p``), and their quantised form (``q``); infinite where ``q`` has no place for the outliers.
    """
    mass, places = _running(counts), _running(counts > 0)
    starts = (cuts[:, None] * np.arange(LEVELS + 1) + LEVELS - 1) // LEVELS
    in_level = np.diff(mass[starts], axis=1)
    log_mean = _log(in_level / np.maximum(np.diff(places[starts], axis=1), 1))
    total, kept, last = mass[-1], mass[cuts], counts[cuts - 1]
    outliers = total - kept
    p_log_p = _running(counts * _log(counts))[cuts - 1] + (last + outliers) * _log(last + outliers)
    p_log_q = (in_level * log_mean).sum(axis=1) + outliers * log_mean[:, -1]
    possible = (kept > 0) & ((last > 0) | (outliers == 0))
    divergences = (p_log_p - p_log_q) / total + _log(kept) - np.log(total)
    return np.where(possible, divergences, np.inf)


def _running(values: NDArray[np.generic]) -> NDArray[np.float64]:
    """Sums of the first 0, 1, 2, ... values."""
    return np.concatenate([[0.0], np.cumsum(values, dtype=np.float64)])


def _log(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The logarithm, 0 of what is 0: it is only ever multiplied by it."""
    return np.log(np.where(values > 0, values, 1.0))
