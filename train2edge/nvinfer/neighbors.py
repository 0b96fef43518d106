"""Which boxes of one class are near which, for DBSCAN and the hybrid mode: ``1 - IoU < eps``.

Two ways to the same answer: box by box over the few candidates of a sparse frame, or block by
block where most boxes overlap. ``near`` is bool ``[N, N]``, true at ``[i, j]`` only for ``i``
before ``j``; ``counts`` is every box's number of neighbours.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from train2edge.nvinfer.objects import Objects
from train2edge.nvinfer.overlap import common, corners, plain

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]
Ints = NDArray[np.intp]
Counts = NDArray[np.int64]

# Boxes whose distances to the others are computed at once, so that they stay in the cache.
ROWS = 64
# Candidates a box up to which single pairs are faster than blocks, and how many pairs at once:
# more make the allocator give memory back and fetch it again (both measured).
FEW, PAIRS = 40, 8000


@dataclass(frozen=True, eq=False)
class Neighborhood:
    """``near`` and ``counts`` with the boxes in another order: box ``i`` is at ``rank[i]``."""

    near: Bools
    counts: Counts
    rank: Ints

    def core(self, least: int) -> Bools:
        """Which boxes have ``least`` boxes in their neighbourhood, themselves included."""
        return np.asarray(self.counts + 1 >= least)


@np.errstate(all="ignore")
def neighborhood(objects: Objects, eps: float) -> Neighborhood:
    """Two empty boxes are never near each other, nor is a box near itself."""
    boxes, limit = corners(objects), np.float32(eps)
    if limit > 1 or not plain(objects, boxes):
        return Neighborhood(*near_odd(objects, limit), np.arange(len(objects)))
    # From left to right a box can only touch those that start before it ends.
    order = np.argsort(objects.left, kind="stable")
    boxes = boxes[:, order]
    stops = boxes[0].searchsorted(_reach(boxes, float(limit)))
    few = (stops - np.arange(len(stops))).sum() <= FEW * len(stops)
    near, counts = (near_pairs if few else near_blocks)(boxes, stops, limit)
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    return Neighborhood(near, counts, rank)


def _reach(boxes: Floats, eps: float) -> NDArray[np.float64]:
    """How far right a later box of ``boxes`` can start and still be near each.

    Two boxes of an IoU over ``1 - eps`` share that part of each one's width. It is made a hundredth
    smaller, which is much more than float32 rounds; where sizes are not much more than the last
    digit of the coordinates, a box reaches to its right side.
    """
    left, right, top, bottom = boxes[:4].astype(np.float64)
    least = np.abs(boxes[:4]).max(initial=0) * 2**-12
    width = right - left
    clear = np.minimum(width, bottom - top) > least
    reach: NDArray[np.float64] = left + np.where(clear, 1 - (1 - eps) * 0.99, 1) * width
    return np.nextafter(reach, np.inf)


def near_pairs(boxes: Floats, stops: Ints, eps: np.float32) -> tuple[Bools, Counts]:
    """Every box ``i`` with those from ``i + 1`` up to ``stops[i]``, one pair after the other.

    ``boxes``: plain ``corners`` ``[5, N]`` with rising left sides; ``eps`` at most 1.
    """
    total = len(stops)
    near = np.zeros((total, total), np.bool_)
    counts = np.zeros(total, np.int64)
    each = np.maximum(stops - np.arange(1, total + 1), 0)
    before = np.concatenate([[0], np.cumsum(each)])
    start = 0
    while start < total:
        end = max(start + 1, int(before.searchsorted(before[start] + PAIRS, "right")) - 1)
        one = np.repeat(np.arange(start, end), each[start:end])
        first = np.arange(start + 1, end + 1) - (before[start:end] - before[start])
        other = np.arange(len(one)) + first.take(one - start)
        chosen = np.flatnonzero(_pair_distances(boxes, one, other) < eps)
        one, other = one.take(chosen), other.take(chosen)
        near[one, other] = True
        counts += np.bincount(one, minlength=total) + np.bincount(other, minlength=total)
        start = end
    return near, counts


def _pair_distances(boxes: Floats, one: Ints, other: Ints) -> Floats:
    """1 - IoU float32 ``[P]`` of the pairs; ``other`` does not start left of ``one``."""
    shared = _length(boxes[1], one, other)
    shared -= boxes[0].take(other)
    down = _length(boxes[3], one, other)
    down -= np.maximum(boxes[2].take(one), boxes[2].take(other))
    shared *= np.maximum(down, np.zeros_like(down), out=down)
    union = boxes[4].take(one)
    union += boxes[4].take(other)
    union -= shared
    shared /= union
    return np.subtract(np.float32(1), shared, out=shared)


def _length(ends: Floats, one: Ints, other: Ints) -> Floats:
    return np.minimum(ends.take(one), ends.take(other))


def near_blocks(boxes: Floats, stops: Ints, eps: np.float32) -> tuple[Bools, Counts]:
    """``near_pairs``, for ``ROWS`` boxes at once with all up to the last of their stops."""
    total = len(stops)
    near = np.zeros((total, total), np.bool_)
    counts = np.zeros(total, np.int64)
    for start in range(0, total, ROWS):
        end = min(start + ROWS, total)
        stop = max(end, int(stops[start:end].max()))
        part = _distances(boxes[:, start:end], boxes[:, start:stop]) < eps
        part[:, : end - start] &= _AFTER[: end - start, : end - start]
        near[start:end, start:stop] = part
        counts[start:end] += part.sum(axis=1)
        counts[start:stop] += part.sum(axis=0)
    return near, counts


_AFTER = np.triu(np.ones((ROWS, ROWS), np.bool_), 1)


def _distances(one: Floats, other: Floats) -> Floats:
    """1 - IoU float32 ``[N, M]`` where ``other`` does not start left of ``one``; else garbage.

    Where they do not overlap from left to right it is over 1, however much.
    """
    shared: Floats = np.minimum.outer(one[1], other[1])
    shared -= other[0]
    shared *= common(one[2], one[3], other[2], other[3])
    union = np.add.outer(one[4], other[4])
    union -= shared
    shared /= union
    return np.subtract(np.float32(1), shared, out=shared)


def near_odd(objects: Objects, eps: np.float32) -> tuple[Bools, Counts]:
    """The same in input order, for any numbers and any ``eps``.

    C++'s ``max`` and ``min`` give the first argument unless the second is greater (less), and so
    pass over what is no number; the earlier box comes first.
    """
    x = _common_odd(objects.left, objects.left + objects.width)
    y = _common_odd(objects.top, objects.top + objects.height)
    area = objects.width * objects.height
    shared = x * y
    distances = np.float32(1) - shared / (np.add.outer(area, area) - shared)
    near = np.triu(distances < eps, 1)
    return near, near.sum(axis=0) + near.sum(axis=1)


def _common_odd(start: Floats, end: Floats) -> Floats:
    first, first_end = start[:, None], end[:, None]
    length = np.where(end < first_end, end, first_end) - np.where(first < start, start, first)
    return np.where(length > 0, length, np.float32(0))
