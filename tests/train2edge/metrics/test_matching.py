"""Overlap, and who gets which object."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.train2edge.metrics.scenes import found, random_pair, sample
from train2edge.metrics.matching import IGNORED, MISS, area, coverage, iou, match

ONE = np.array([[0, 0, 10, 10]], float)


def test_overlap_of_boxes() -> None:
    other = np.array([[5, 0, 15, 10], [20, 20, 30, 30], [0, 0, 10, 10], [3, 3, 3, 9]], float)
    np.testing.assert_allclose(iou(ONE, other), [[1 / 3, 0, 1, 0]])
    np.testing.assert_allclose(coverage(other, ONE)[:, 0], [0.5, 0, 1, 0])
    np.testing.assert_allclose(area(np.array([[5, 5, 2, 9]], float)), [0])


def test_the_better_score_gets_the_object_at_every_threshold() -> None:
    truth = sample([[0, 0, 100, 100]], [0])
    seen = found([[0, 0, 100, 100], [0, 0, 100, 70]], [0.5, 0.9], [0, 0])
    matches = match(truth, seen, [0.5, 0.75], "coco")
    assert matches.truth.tolist() == [[MISS, 0], [0, MISS]]
    assert matches.overlap[0] == pytest.approx([0, 0.7])


@pytest.mark.parametrize("rule", ["coco", "voc"])
def test_classes_do_not_meet(rule) -> None:
    truth = sample([[0, 0, 10, 10]], [1])
    assert match(truth, found([[0, 0, 10, 10]], [1], [0]), [0.5], rule).truth.tolist() == [[MISS]]


@pytest.mark.parametrize("rule", ["coco", "voc"])
def test_a_real_object_goes_before_a_region(rule) -> None:
    truth = sample([[0, 0, 100, 100], [0, 0, 60, 100]], [0, 0], [True, False])
    seen = found([[0, 0, 60, 100], [0, 0, 50, 90]], [0.9, 0.8], [0, 0])
    rows = match(truth, seen, [0.5], rule).truth[0].tolist()
    # VOC's second box stands for the object that is taken; COCO's falls back to the region.
    assert rows == [1, IGNORED if rule == "coco" else MISS]


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(["coco", "voc"]))
def test_no_object_is_found_twice_and_every_hit_overlaps_enough(seed: int, rule) -> None:
    truth, seen = random_pair(np.random.default_rng(seed), 2, 20, "x.jpg")
    overlap = iou(seen.boxes, truth.boxes)
    ious = (0.3, 0.5, 0.8)
    for least, rows in zip(ious, match(truth, seen, ious, rule).truth, strict=True):
        hits = np.flatnonzero(rows >= 0)
        assert len(set(rows[hits])) == len(hits)
        assert (overlap[hits, rows[hits]] >= least).all()
        assert (truth.class_ids[rows[hits]] == seen.class_ids[hits]).all()
        assert not truth.ignore[rows[hits]].any()
