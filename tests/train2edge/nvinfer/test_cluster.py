from __future__ import annotations

import numpy as np
import pytest

from train2edge.contract import ClassThresholds
from train2edge.errors import InputError
from train2edge.nvinfer import cluster as clusterings
from train2edge.nvinfer.objects import Objects
from train2edge.nvinfer.postprocess import cluster


@pytest.mark.parametrize(("least", "left"), [(0.5, 1), (0.51, 0)])
def test_a_dbscan_cluster_at_the_least_score_is_kept(least: float, left: int) -> None:
    one: np.ndarray[tuple[int], np.dtype[np.float32]] = np.full(1, 0.5, np.float32)
    objects = Objects(one, one, one, one, one, np.zeros(1, np.int32))
    chosen = ClassThresholds(min_boxes=1, dbscan_min_score=least)
    assert len(cluster(objects, "dbscan", (chosen,))) == left


def test_an_unknown_mode_is_told_with_the_known_ones() -> None:
    with pytest.raises(InputError, match="no clustering 'soft_nms'") as caught:
        clusterings.load("soft_nms")
    assert "dbscan, group_rectangles, hybrid, nms, none" in str(caught.value)
