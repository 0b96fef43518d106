from __future__ import annotations

import numpy as np
import pytest

from train2edge.contract import ClassThresholds
from train2edge.errors import InputError
from train2edge.nvinfer import cluster as clusterings
from train2edge.nvinfer.neighbors import neighborhood
from train2edge.nvinfer.objects import Objects
from train2edge.nvinfer.postprocess import cluster


@pytest.mark.parametrize(("least", "left"), [(0.5, 1), (0.51, 0)])
def test_a_dbscan_cluster_at_the_least_score_is_kept(least: float, left: int) -> None:
    one: np.ndarray[tuple[int], np.dtype[np.float32]] = np.full(1, 0.5, np.float32)
    objects = Objects(one, one, one, one, one, np.zeros(1, np.int32))
    chosen = ClassThresholds(min_boxes=1, dbscan_min_score=least)
    assert len(cluster(objects, "dbscan", (chosen,))) == left


def boxes(*rows: tuple[float, ...]) -> Objects:
    """left, top, width, height, score of one class."""
    left, top, width, height, score = np.array(rows, np.float32).T
    return Objects(left, top, width, height, score, np.zeros(len(rows), np.int32))


@pytest.mark.parametrize("eps", [0.1, 0.3, 0.5, 0.9, 1.0])
def test_a_box_is_near_as_far_as_it_can_be(eps: float) -> None:
    """A box without its first part is as near as its start is far: the limit of the search."""
    crowd = boxes(*((step, 0, 1000 - step, 500, 0.5) for step in range(0, 1000, 7)))
    found = neighborhood(crowd, eps)
    expected = [
        (left, right)
        for left in range(len(crowd))
        for right in range(left + 1, len(crowd))
        if np.float32(1) - crowd.width[right] / crowd.width[left] < np.float32(eps)
    ]
    assert sorted(zip(*np.nonzero(found.near), strict=True)) == expected


@pytest.mark.parametrize(("kept", "left"), [((0, 0, -10, 10), 1), ((-1, 0, -10, 10), 2)])
def test_of_two_boxes_that_start_together_the_worse_one_comes_first(
    kept: tuple[float, ...], left: int
) -> None:
    """It shows in inverted boxes alone: one of them hides the other only if it comes second."""
    pair = boxes((*kept, 0.9), (0, 0, 3, 4, 0.8))
    assert len(cluster(pair, "nms", (ClassThresholds(nms_iou=0.5),))) == left


def test_an_unknown_mode_is_told_with_the_known_ones() -> None:
    with pytest.raises(InputError, match="no clustering 'soft_nms'") as caught:
        clusterings.load("soft_nms")
    assert "dbscan, group_rectangles, hybrid, nms, none" in str(caught.value)


def test_a_score_that_is_no_number_spoils_the_box_but_not_the_best_score() -> None:
    crowd = boxes((0, 0, 10, 10, 0.5), (0, 0, 10, 10, np.nan))
    chosen = ClassThresholds(eps=0.5, min_boxes=1, topk=-1)
    found = cluster(crowd, "dbscan", (chosen,))
    assert found.score.tolist() == [0.5]
    assert np.isnan(found.left).all()
