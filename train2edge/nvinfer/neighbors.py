"""The neighbour pass that DBSCAN and the hybrid mode share.

It is not textbook DBSCAN: a cluster grows by one hop from its seed, takes in core boxes only, and
the result depends on the boxes' order. The code behind nvinfer's DBSCAN is closed; this follows
NVIDIA's publication of the same interface in Isaac ROS.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from train2edge.nvinfer.objects import Objects

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]

# Rows of the distance matrix computed at once, so that they stay in the processor's cache.
ROWS = 64


def clusters(objects: Objects, eps: float, min_boxes: int) -> Iterator[NDArray[np.intp]]:
    """Member indices, rising, of every cluster of one class, in the order of their seeds."""
    near = neighbors(objects, np.float32(eps))
    free = near.sum(axis=1) + 1 >= min_boxes  # core boxes; border boxes belong to no cluster
    for seed in range(len(objects)):
        if free[seed]:
            members = near[seed] & free
            members[seed] = True
            free &= ~members
            yield np.flatnonzero(members)


def neighbors(objects: Objects, eps: np.float32) -> Bools:
    """bool ``[N, N]``: ``1 - IoU < eps``, a box itself excluded; two empty boxes never are."""
    near = np.empty((len(objects), len(objects)), np.bool_)
    for start in range(0, len(objects), ROWS):
        part = slice(start, start + ROWS)
        near[part] = _distances(objects, part) < eps
    np.fill_diagonal(near, False)
    return near


def _distances(objects: Objects, part: slice) -> Floats:
    shared = _shared(objects.left, objects.width, part)
    shared *= _shared(objects.top, objects.height, part)
    area = objects.width * objects.height
    union = area[part, None] + area
    union -= shared
    with np.errstate(all="ignore"):
        shared /= union
    return np.subtract(np.float32(1), shared, out=shared)


def _shared(start: Floats, size: Floats, part: slice) -> Floats:
    end = start + size
    length: Floats = np.minimum(end[part, None], end)
    length -= np.maximum(start[part, None], start)
    return np.maximum(length, np.float32(0), out=length)
