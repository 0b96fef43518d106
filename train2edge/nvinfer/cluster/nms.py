"""cluster-mode 2: greedy non-maximum suppression within a class."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from train2edge.contract import ClassThresholds
from train2edge.nvinfer.objects import Objects
from train2edge.nvinfer.ranking import best, by_score

MODE = 2

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]

# Boxes that are compared with each other before their survivors are compared with the rest. The
# best few usually suppress most of the others, so small blocks do the least work.
BLOCK = 32


def cluster(objects: Objects, thresholds: ClassThresholds) -> Objects:
    """Suppress, then keep scores ABOVE ``post_cluster``, then the ``topk`` best of one class."""
    if not len(objects):
        return objects
    ranked = objects.take(by_score(objects))
    survivors = ranked.take(suppress(ranked, np.float32(thresholds.nms_iou), thresholds.topk))
    kept = survivors.take(survivors.score > np.float32(thresholds.post_cluster))
    return best(kept, thresholds.topk)


def suppress(ranked: Objects, limit: np.float32, enough: int = -1) -> NDArray[np.intp]:
    """Indices of the boxes that overlap no better kept one by an IoU over ``limit``.

    ``ranked`` by falling score. Stops when ``enough`` (if not negative) boxes are kept: later ones
    have lower scores, so that ``topk`` would cut them anyway.
    """
    corners = _corners(ranked)
    rest = np.arange(len(ranked))
    kept: list[NDArray[np.intp]] = []
    count = 0
    while len(rest) and not 0 <= enough <= count:
        block, rest = rest[:BLOCK], rest[BLOCK:]
        chosen = block[_greedy(_clear(corners[:, block], corners[:, block], limit))]
        kept.append(chosen)
        count += len(chosen)
        if len(rest):
            rest = rest[_clear(corners[:, rest], corners[:, chosen], limit).all(axis=1)]
    return np.concatenate(kept) if kept else rest


def _greedy(clear: Bools) -> NDArray[np.intp]:
    """Walk the boxes in order; ``clear[i, j]``: kept box ``j`` does not suppress box ``i``."""
    alive = np.ones(len(clear), np.bool_)
    columns = np.ascontiguousarray(clear.T)
    for index in range(len(clear) - 1):
        if alive[index]:
            alive[index + 1 :] &= columns[index, index + 1 :]
    return np.flatnonzero(alive)


def _clear(one: Floats, other: Floats, limit: np.float32) -> Bools:
    """bool ``[N, M]``: IoU of ``one`` ``[5, N]`` with ``other`` ``[5, M]`` is at most ``limit``."""
    return overlaps(one, other) <= limit


def overlaps(one: Floats, other: Floats) -> Floats:
    """IoU float32 ``[N, M]`` of ``one`` ``[5, N]`` with ``other`` ``[5, M]`` (see ``_corners``).

    nvinfer's own: two empty boxes have IoU 0, and negative sizes give what its formula gives.
    """
    x = _shared(one[0][:, None], one[1][:, None], other[0], other[1])
    y = _shared(one[2][:, None], one[3][:, None], other[2], other[3])
    shared = np.multiply(x, y, out=x)
    union = one[4][:, None] + other[4] - shared
    with np.errstate(all="ignore"):
        ratio: Floats = np.divide(shared, union, out=np.zeros_like(shared), where=union != 0)
    return ratio


def _corners(objects: Objects) -> Floats:
    """float32 ``[5, N]``: left, right, top, bottom, area."""
    right, bottom = objects.left + objects.width, objects.top + objects.height
    area = objects.width * objects.height
    return np.stack([objects.left, right, objects.top, bottom, area])


def _shared(start: Floats, end: Floats, other_start: Floats, other_end: Floats) -> Floats:
    """Length shared by two intervals: 0 if the one that starts first ends before the other."""
    second_start = np.maximum(start, other_start)
    first_end = np.where(start > other_start, other_end, end)
    length = np.minimum(end, other_end) - second_start
    length[first_end < second_start] = 0
    return length
