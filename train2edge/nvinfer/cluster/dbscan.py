"""cluster-mode 1: boxes that lie close together become one, their score-weighted mean."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from train2edge.contract import ClassThresholds
from train2edge.nvinfer.clusters import Clusters, clusters
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


@np.errstate(all="ignore")
def _merge(objects: Objects, thresholds: ClassThresholds) -> Objects:
    found = clusters(objects, thresholds.eps, thresholds.min_boxes)
    score = objects.score[found.members]
    totals = _sums(score, found)
    left, top, width, height = (
        _sums(score * values[found.members], found) / totals
        for values in (objects.left, objects.top, objects.width, objects.height)
    )
    boxes = np.bincount(found.labels, minlength=found.count) + 1
    ratio = np.sqrt(width * height) / boxes.astype(np.float32)
    weak = totals < np.float32(thresholds.dbscan_min_score)
    greatest = np.zeros(found.count, np.float32)
    np.fmax.at(greatest, found.labels, score)
    merged = Objects(left, top, width, height, greatest, objects.class_id[: found.count])
    return merged.take(~weak & ~(ratio > AREA_TO_HITS))


def _sums(values: Floats, found: Clusters) -> Floats:
    """Running float32 sums in order; NumPy's own sum adds pairwise and rounds elsewhere."""
    sums = np.zeros(found.count, np.float32)
    np.add.at(sums, found.labels, values)
    return sums
