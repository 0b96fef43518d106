"""cluster-mode 2: greedy non-maximum suppression within a class."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from train2edge.contract import ClassThresholds
from train2edge.nvinfer.objects import Objects
from train2edge.nvinfer.ranking import best, by_score

MODE = 2

Floats = NDArray[np.float32]

# Boxes compared with each other at once: enough for one pass on usual frames, and small enough
# that thousands of boxes at a low threshold do not make a matrix of millions.
BLOCK = 192


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
        chosen = block[_greedy(overlaps(corners[:, block], corners[:, block]) > limit)]
        kept.append(chosen)
        count += len(chosen)
        if len(rest):
            over = overlaps(corners[:, rest], corners[:, chosen]) > limit
            rest = rest[~over.any(axis=1)]
    return np.concatenate(kept) if kept else rest


def _greedy(over: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Walk the boxes in order; ``over[i, j]``: box ``i`` overlaps box ``j`` too much."""
    alive = np.ones(len(over), np.bool_)
    columns = np.ascontiguousarray(~over.T)
    for index in range(len(over) - 1):
        if alive[index]:
            alive[index + 1 :] &= columns[index, index + 1 :]
    return np.flatnonzero(alive)


def overlaps(one: Floats, other: Floats) -> Floats:
    """IoU float32 ``[N, M]`` of ``one`` ``[5, N]`` with ``other`` ``[5, M]`` (see ``_corners``).

    nvinfer's own: two empty boxes have IoU 0, and negative sizes give what its formula gives.
    """
    x = _shared(one[0][:, None], one[1][:, None], other[0], other[1])
    y = _shared(one[2][:, None], one[3][:, None], other[2], other[3])
    shared = x * y
    union = one[4][:, None] + other[4] - shared
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = shared / union
    return np.where(union == 0, np.float32(0), ratio)


def _corners(objects: Objects) -> Floats:
    """float32 ``[5, N]``: left, right, top, bottom, area."""
    right, bottom = objects.left + objects.width, objects.top + objects.height
    area = objects.width * objects.height
    return np.stack([objects.left, right, objects.top, bottom, area])


def _shared(start: Floats, end: Floats, other_start: Floats, other_end: Floats) -> Floats:
    """Length shared by two intervals: 0 if the one that starts first ends before the other."""
    swapped = start > other_start
    first_end = np.where(swapped, other_end, end)
    second_start = np.maximum(start, other_start)
    return np.where(
        first_end < second_start, np.float32(0), np.minimum(end, other_end) - second_start
    )
