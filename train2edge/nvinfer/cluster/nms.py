"""cluster-mode 2: greedy non-maximum suppression within a class."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from train2edge.contract import ClassThresholds
from train2edge.nvinfer.objects import Objects
from train2edge.nvinfer.overlap import corners, iou, plain
from train2edge.nvinfer.ranking import by_score

MODE = 2

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]

# Boxes that are compared with each other before their survivors are compared with the rest. The
# best few usually suppress most of the others, so the first block is small.
FIRST_BLOCK, BLOCK = 32, 128
_EARLIER = np.tri(BLOCK, k=-1, dtype=np.bool_)


def cluster(objects: Objects, thresholds: ClassThresholds) -> Objects:
    """Suppress, then keep scores ABOVE ``post_cluster``, then the ``topk`` best of one class."""
    if not len(objects):
        return objects
    ranked = objects.take(by_score(objects))
    kept = suppress(ranked, np.float32(thresholds.nms_iou), thresholds.topk)
    kept = kept[ranked.score[kept] > np.float32(thresholds.post_cluster)]
    return ranked.take(kept if thresholds.topk < 0 else kept[: thresholds.topk])


@np.errstate(all="ignore")
def suppress(ranked: Objects, limit: np.float32, enough: int = -1) -> NDArray[np.intp]:
    """Indices of the boxes that overlap no better kept one by an IoU over ``limit``.

    ``ranked`` by falling score. Stops when ``enough`` (if not negative) boxes are kept: later ones
    have lower scores, so that ``topk`` would cut them anyway.
    """
    boxes = corners(ranked)
    hides = hides_plain if plain(ranked, boxes) and limit >= 0 else hides_odd
    rest, size = np.arange(len(ranked)), FIRST_BLOCK
    kept: list[NDArray[np.intp]] = []
    count = 0
    while len(rest) and not 0 <= enough <= count:
        block, rest, size = rest[:size], rest[size:], BLOCK
        among = boxes[:, block]
        chosen = block[picked(hides(among, among, limit).T & _EARLIER[: len(block), : len(block)])]
        kept.append(chosen)
        count += len(chosen)
        if len(rest):
            rest = rest[~hides(boxes[:, chosen], boxes[:, rest], limit).any(axis=0)]
    return np.concatenate(kept) if kept else rest


def picked(hidden: Bools) -> Bools:
    """bool ``[N]``: walked in order, a box is picked unless a picked earlier one hides it.

    ``hidden`` bool ``[later, earlier]``. Every round settles at least the next box of every chain,
    so that few rounds do for many boxes.
    """
    found: Bools = np.ones(len(hidden), np.bool_)
    while True:
        again: Bools = np.logical_not((hidden & found).any(axis=1))
        if (again == found).all():
            return found
        found = again


def hides_plain(kept: Floats, other: Floats, limit: np.float32) -> Bools:
    """bool ``[N, M]``: the IoU of ``kept`` ``[5, N]`` with ``other`` ``[5, M]`` is over ``limit``.

    For plain boxes. The IoU of two empty ones is NaN here and 0 in nvinfer: neither is over it.
    """
    return np.asarray(iou(kept, other) > limit)


def hides_odd(kept: Floats, other: Floats, limit: np.float32) -> Bools:
    """As ``hides_plain`` by nvinfer's own steps, for boxes of negative sizes or no numbers.

    The result depends on which of the two is the kept one.
    """
    x = _overlap(kept[0], kept[1], other[0], other[1])
    y = _overlap(kept[2], kept[3], other[2], other[3])
    shared = x * y
    union = other[4] + kept[4][:, None] - shared
    ratio = np.where(union == 0, np.float32(0), shared / union)
    return ~(ratio <= limit)


def _overlap(start: Floats, end: Floats, other_start: Floats, other_end: Floats) -> Floats:
    """Length shared by two intervals: 0 if the one that starts first ends before the other."""
    kept_first = other_start > start[:, None]
    first_end = np.where(kept_first, end[:, None], other_end)
    second_start = np.where(kept_first, other_start, start[:, None])
    second_end = np.where(kept_first, other_end, end[:, None])
    length = np.where(second_end < first_end, second_end, first_end) - second_start
    return np.where(first_end < second_start, np.float32(0), length)
