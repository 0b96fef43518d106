"""cluster-mode 0: since DeepStream 6.0 built without OpenCV, silently turned into NMS."""

from __future__ import annotations

from dataclasses import replace

from train2edge.contract import ClassThresholds
from train2edge.nvinfer.cluster import nms
from train2edge.nvinfer.objects import Objects

MODE = 0


def cluster(objects: Objects, thresholds: ClassThresholds) -> Objects:
    """NMS with the values that nvinfer puts in place of the user's."""
    return nms.cluster(objects, rewritten(thresholds))


def rewritten(thresholds: ClassThresholds) -> ClassThresholds:
    """IoU 0.5 and topk 20, whatever was configured; pre- and post-cluster-threshold stay."""
    return replace(thresholds, nms_iou=0.5, topk=20)
