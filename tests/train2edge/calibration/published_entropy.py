"""TensorRT's entropy calibration once more, slowly and from its publication alone.

Szymon Migacz, "8-bit Inference with TensorRT", GTC 2017, the slides "Entropy Calibration" and
"Pseudocode": |x| in (at least) 2048 bins; for i from 128 on, P is the first i bins with all
outliers added to the last of them, Q those bins without the outliers merged to 128 levels and
spread again over the bins that were not empty; the i with the least KL divergence of P from Q,
both normalised.

Two things it leaves open are taken as NVIDIA's own later tools have them: a level owns the bins
whose lower edges fall into it, and the first bin, a ReLU's zeros, counts as the second.
"""

from __future__ import annotations

import math

import numpy as np

LEVELS = 128


def threshold(values: np.ndarray, width: float) -> float:
    """The threshold of all ``values`` at hand, in their units, with bins of ``width``."""
    magnitudes = np.abs(values.astype(np.float64)).ravel()
    number = int(magnitudes.max() / width) + 1
    counts, _ = np.histogram(magnitudes, number, (0.0, number * width))
    counts = counts.astype(np.float64)
    counts[0] = counts[1]
    return min(cut(counts) * width, float(magnitudes.max()))


def cut(counts: np.ndarray) -> int:
    """How many bins are kept; of equally good ones the most."""
    best = min((divergence(counts, kept), -kept) for kept in range(LEVELS, len(counts) + 1))
    return -best[1]


def divergence(counts: np.ndarray, kept: int) -> float:
    edges = [math.ceil(level * kept / LEVELS) for level in range(LEVELS)]
    inside = counts[:kept]
    filled = inside > 0
    owned = np.diff([*edges, kept])
    masses = np.add.reduceat(inside, edges)
    places = np.add.reduceat(filled.astype(np.float64), edges)
    each = np.repeat(masses / np.maximum(places, 1), owned)
    q = np.where(filled, each, 0.0)
    p = inside.copy()
    p[-1] += counts[kept:].sum()
    if p[-1] and not q[-1]:
        return math.inf  # what is clipped has no place in the last bin
    if not q.sum():
        return math.inf
    p, q = p / p.sum(), q / q.sum()
    some = p > 0
    return float((p[some] * (np.log(p[some]) - np.log(q[some]))).sum())
