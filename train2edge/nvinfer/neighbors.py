"""Which boxes of one class are near which, for DBSCAN and the hybrid mode: ``1 - IoU < eps``.

Two ways to the same answer: box by box over the few candidates of a sparse frame, or block by
block where most boxes overlap. ``near`` is bool ``[N, N]``, true at ``[i, j]`` only for ``i``
before ``j``; ``counts`` is every box's number of neighbours.
"""

from __future__ import annotations

from collections.abc import Iterator
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
FEW, PAIRS = 40, 16000


@dataclass(frozen=True, eq=False)
class Neighborhood:
    """``near`` and ``counts`` with the boxes in another order: box ``i`` is at ``rank[i]``."""

    near: Bools
    counts: Counts
    rank: Ints

    def core(self, least: int) -> Bools:
        """Which boxes have ``least`` boxes in their neighbourhood, themselves included."""
        return np.asarray(self.counts + 1 >= least)


@dataclass(frozen=True, eq=False)
class _Line:
    """Plain boxes from left to right: ``corners`` ``[5, N]``, and which later ones can be near.

    From left to right a box can only touch those that start before it ends: box ``i`` those from
    ``i + 1`` up to ``stops[i]``.
    """

    boxes: Floats
    stops: Ints
    order: Ints

    @property
    def rank(self) -> Ints:
        return self.in_order(np.arange(len(self.order)))

    def in_order(self, values: Ints) -> Ints:
        """``values`` from left to right, in the objects' own order."""
        ordered = np.empty_like(values)
        ordered[self.order] = values
        return ordered

    @property
    def is_sparse(self) -> bool:
        """Whether to compare single pairs."""
        total = len(self.stops)
        return bool((self.stops - np.arange(total)).sum() <= FEW * total)


@np.errstate(all="ignore")
def neighborhood(objects: Objects, eps: float) -> Neighborhood:
    """Two empty boxes are never near each other, nor is a box near itself."""
    line, limit = _line_up(objects, eps), np.float32(eps)
    if line is None:
        return Neighborhood(*near_odd(objects, limit), np.arange(len(objects)))
    near, counts = (near_pairs if line.is_sparse else near_blocks)(line.boxes, line.stops, limit)
    return Neighborhood(near, counts, line.rank)


@np.errstate(all="ignore")
def company(objects: Objects, eps: float) -> Counts:
    """How many neighbours each box has, in the objects' order: ``neighborhood``'s counts alone."""
    line, limit = _line_up(objects, eps), np.float32(eps)
    if line is None:
        return near_odd(objects, limit)[1]
    if line.is_sparse:
        counts = count_pairs(line.boxes, line.stops, limit)
    else:
        counts = near_blocks(line.boxes, line.stops, limit)[1]
    return line.in_order(counts)


def _line_up(objects: Objects, eps: float) -> _Line | None:
    """``None`` where the short formulas do not hold."""
    boxes = corners(objects)
    if np.float32(eps) > 1 or not plain(objects, boxes):
        return None
    order = np.argsort(objects.left, kind="stable")
    boxes = boxes.take(order, axis=1)
    return _Line(boxes, boxes[0].searchsorted(_reach(boxes, float(np.float32(eps)))), order)


def _reach(boxes: Floats, eps: float) -> Floats:
    """How far right a later box of ``boxes`` can start and still be near each.

    Two boxes of an IoU over ``1 - eps`` share that part of each one's width. It is made a hundredth
    smaller, and the reach longer by much more than float32 rounds; where a height is not much more
    than the last digit of the coordinates, a box reaches to its right side.
    """
    least = np.float32(np.abs(boxes[:4]).max(initial=0) * 2**-12)
    part = np.float32(max(1 - (1 - eps) * 0.99, 0.01))
    reach: Floats = np.where(boxes[3] - boxes[2] > least, part, np.float32(1))
    reach *= boxes[1] - boxes[0]
    reach += boxes[0]
    reach += 2 * least
    return reach


def near_pairs(boxes: Floats, stops: Ints, eps: np.float32) -> tuple[Bools, Counts]:
    """Every box ``i`` with those from ``i + 1`` up to ``stops[i]``, one pair after the other.

    ``boxes``: plain ``corners`` ``[5, N]`` with rising left sides; ``eps`` at most 1.
    """
    total = len(stops)
    near = np.zeros((total, total), np.bool_)
    counts = np.zeros(total, np.int64)
    for one, other in _near_chunks(boxes, stops, eps):
        near[one, other] = True
        counts += np.bincount(one, minlength=total) + np.bincount(other, minlength=total)
    return near, counts


def count_pairs(boxes: Floats, stops: Ints, eps: np.float32) -> Counts:
    """The counts of ``near_pairs``, without the matrix."""
    total = len(stops)
    counts = np.zeros(total, np.int64)
    for one, other in _near_chunks(boxes, stops, eps):
        counts += np.bincount(one, minlength=total) + np.bincount(other, minlength=total)
    return counts


def _near_chunks(boxes: Floats, stops: Ints, eps: np.float32) -> Iterator[tuple[Ints, Ints]]:
    """The near pairs, about ``PAIRS`` of the compared ones at once."""
    total, start = len(stops), 0
    later = np.maximum(stops - np.arange(1, total + 1), 0)
    before = np.concatenate([[0], np.cumsum(later)])
    while start < total:
        end = max(start + 1, int(before.searchsorted(before[start] + PAIRS, "right")) - 1)
        each = later[start:end]
        other = np.arange(before[end] - before[start])
        other += (np.arange(start + 1, end + 1) + (before[start] - before[start:end])).repeat(each)
        near = np.flatnonzero(_pair_distances(boxes[:, start:end], each, boxes, other) < eps)
        yield np.arange(start, end).repeat(each).take(near), other.take(near)
        start = end


def _pair_distances(boxes: Floats, each: Ints, others: Floats, other: Ints) -> Floats:
    """1 - IoU float32 ``[P]`` of ``boxes``, each as often as ``each`` says, with ``other``.

    No other one starts left of its box. Repeating costs half of what fetching by index costs.
    """
    shared = boxes[1].repeat(each)
    np.minimum(shared, others[1].take(other), out=shared)
    shared -= others[0].take(other)
    top, down = boxes[2].repeat(each), boxes[3].repeat(each)
    np.minimum(down, others[3].take(other), out=down)
    down -= np.maximum(top, others[2].take(other), out=top)
    shared *= np.maximum(down, np.zeros_like(down), out=down)
    union = boxes[4].repeat(each)
    union += others[4].take(other)
    union -= shared
    shared /= union
    distances: Floats = np.subtract(np.float32(1), shared, out=shared)
    return distances


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
    distances: Floats = np.subtract(np.float32(1), shared, out=shared)
    return distances


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
