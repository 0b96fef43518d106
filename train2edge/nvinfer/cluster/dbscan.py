"""cluster-mode 1: boxes that lie close together become one, their score-weighted mean."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from train2edge.contract import ClassThresholds
from train2edge.nvinfer.neighbors import clusters
from train2edge.nvinfer.objects import Objects
from train2edge.nvinfer.ranking import best

MODE = 1

# Pixels of sqrt(area) that each box of a cluster (plus one) can answer for; built into nvinfer.
AREA_TO_HITS = np.float32(60)


def cluster(objects: Objects, thresholds: ClassThresholds) -> Objects:
    """Merge, then drop scores BELOW ``post_cluster``, then the ``topk`` best of one class.

    With ``min_boxes`` 0 nothing is merged. Large objects with few boxes disappear.
    """
    merged = _merge(objects, thresholds) if thresholds.min_boxes > 0 else objects
    kept = merged.take(~(merged.score < np.float32(thresholds.post_cluster)))
    return best(kept, thresholds.topk)


def _merge(objects: Objects, thresholds: ClassThresholds) -> Objects:
    least = np.float32(thresholds.dbscan_min_score)
    means = []
    for members in clusters(objects, thresholds.eps, thresholds.min_boxes):
        group = objects.take(members)
        total = _sum(group.score)
        if total < least:
            continue
        mean = _mean(group, total)
        if not _too_large(mean, len(members)):
            means.append(mean)
    return Objects.join(means)


def _mean(group: Objects, total: np.float32) -> Objects:
    def mean(column: NDArray[np.float32]) -> NDArray[np.float32]:
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.array([_sum(column * group.score) / total], np.float32)

    left, top = mean(group.left), mean(group.top)
    width, height = mean(group.width), mean(group.height)
    best_score = group.score.max(keepdims=True)
    return Objects(left, top, width, height, best_score, group.class_id[:1])


def _sum(values: NDArray[np.float32]) -> np.float32:
    """A running float32 sum in order; NumPy's own sum adds pairwise and rounds elsewhere."""
    return np.float32(np.add.accumulate(values)[-1])


def _too_large(mean: Objects, members: int) -> bool:
    with np.errstate(invalid="ignore"):
        side = np.sqrt(mean.width * mean.height)
    return bool(side[0] / np.float32(members + 1) > AREA_TO_HITS)
