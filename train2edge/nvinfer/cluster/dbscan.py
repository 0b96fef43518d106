"""cluster-mode 1: boxes that lie close together become one, their score-weighted mean."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from train2edge.contract import ClassThresholds
from train2edge.nvinfer.neighbors import clusters
from train2edge.nvinfer.objects import Objects
from train2edge.nvinfer.ranking import best

MODE = 1

Floats = NDArray[np.float32]

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
    boxes = np.stack([objects.left, objects.top, objects.width, objects.height])
    means: list[Floats] = []
    scores: list[np.float32] = []
    for members in clusters(objects, thresholds.eps, thresholds.min_boxes):
        weights = objects.score[members]
        total = _sums(weights)
        if total < least:
            continue
        with np.errstate(all="ignore"):
            mean = _sums(boxes[:, members] * weights) / total
            too_large = np.sqrt(mean[2] * mean[3]) / np.float32(len(members) + 1) > AREA_TO_HITS
        if not too_large:
            means.append(mean)
            scores.append(weights.max())
    return _objects(means, scores, objects)


def _sums(values: Floats) -> Floats:
    """Running float32 sums in order; NumPy's own sum adds pairwise and rounds elsewhere."""
    sums: Floats = np.add.accumulate(values, axis=-1)[..., -1]
    return sums


def _objects(means: list[Floats], scores: list[np.float32], objects: Objects) -> Objects:
    left, top, width, height = np.array(means, np.float32).reshape(-1, 4).T
    class_id = objects.class_id[: len(means)]
    return Objects(left, top, width, height, np.array(scores, np.float32), class_id)
