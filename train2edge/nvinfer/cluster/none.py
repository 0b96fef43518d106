"""cluster-mode 4: the ``topk`` of a class and nothing else; post-cluster-threshold is ignored."""

from __future__ import annotations

from train2edge.contract import ClassThresholds
from train2edge.nvinfer.objects import Objects
from train2edge.nvinfer.ranking import best

MODE = 4


def cluster(objects: Objects, thresholds: ClassThresholds) -> Objects:
    """Keep the ``topk`` best of one class (below zero: all, in input order)."""
    return best(objects, thresholds.topk)
