"""DBSCAN's clusters of one class.

It is not textbook DBSCAN: a cluster grows by one hop from its seed, takes in core boxes only, and
the result depends on the boxes' order. The code behind nvinfer's DBSCAN is closed; this follows
NVIDIA's publication of the same interface in Isaac ROS.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from train2edge.nvinfer.neighbors import Neighborhood, neighborhood
from train2edge.nvinfer.objects import Objects

Ints = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Clusters:
    """``members``: rising indices of the boxes in a cluster; ``labels``: the cluster of each.

    Clusters are counted in the order of their seeds; there are ``count``.
    """

    members: Ints
    labels: Ints
    count: int


def clusters(objects: Objects, eps: float, min_boxes: int) -> Clusters:
    """Walk the boxes in order; border boxes and boxes without company belong to no cluster."""
    labels, count = _labels(neighborhood(objects, eps), min_boxes)
    members = np.flatnonzero(labels >= 0)
    return Clusters(members, labels[members], count)


def _labels(found: Neighborhood, least: int) -> tuple[Ints, int]:
    """The cluster of every box (-1: none) and how many there are."""
    free = found.core(least)
    labels = np.full(len(free), -1, np.intp)
    lonely = found.counts == 0
    count = 0
    now, alone = free.data, lonely.data  # NumPy takes long over a single item
    for seed in found.rank[free[found.rank]].tolist():
        if not now[seed]:
            continue
        labels[seed] = count
        if not alone[seed]:
            taken = found.near[seed] | found.near[:, seed]
            taken &= free
            labels[taken] = count
            free ^= taken
        free[seed] = False
        count += 1
    return labels[found.rank], count
