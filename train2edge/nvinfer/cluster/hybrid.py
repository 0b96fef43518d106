"""cluster-mode 3: boxes without close company are dropped, the rest goes through NMS unchanged."""

from __future__ import annotations

from train2edge.contract import ClassThresholds
from train2edge.nvinfer.cluster import nms
from train2edge.nvinfer.neighbors import company
from train2edge.nvinfer.objects import Objects

MODE = 3


def cluster(objects: Objects, thresholds: ClassThresholds) -> Objects:
    """Drop what DBSCAN puts in no cluster, then NMS with its post-cluster-threshold and topk.

    ``dbscan_min_score`` and DBSCAN's size filter are not applied; ``min_boxes`` 0 drops nothing.
    """
    return nms.cluster(_in_company(objects, thresholds), thresholds)


def _in_company(objects: Objects, thresholds: ClassThresholds) -> Objects:
    if thresholds.min_boxes <= 0:
        return objects
    # Every core box seeds or joins a cluster.
    return objects.take(company(objects, thresholds.eps) + 1 >= thresholds.min_boxes)
