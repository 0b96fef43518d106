"""Order by score, and the ``topk`` cut, as every clustering mode shares them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from train2edge.nvinfer.objects import Objects


def by_score(objects: Objects) -> NDArray[np.intp]:
    """Indices by falling score; equal scores keep their order."""
    return np.argsort(-objects.score, kind="stable")


def best(objects: Objects, topk: int) -> Objects:
    """The ``topk`` best by falling score; below zero there is no limit and no sorting either."""
    return objects if topk < 0 else objects.take(by_score(objects)[:topk])
