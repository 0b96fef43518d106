"""What is left auto is chosen where it scores best; what is given stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.train2edge.evaluation.toys import CONTRACT, PaintFinder, paint, painted
from train2edge.contract import OutputContract
from train2edge.errors import InputError
from train2edge.evaluation.run import Raw, raw_outputs
from train2edge.evaluation.tuning import choose, search
from train2edge.spec.evaluation import Clustering


@pytest.fixture
def raws(tmp_path: Path) -> list[Raw]:
    """Good boxes of score 0.9, each with spoilt ones of 0.5 that overlap it by about half."""
    return list(raw_outputs(PaintFinder(shrink=0.17), painted(tmp_path)))


def _choose(raws: list[Raw], **values: object) -> OutputContract:
    clustering = Clustering.model_validate(values)
    return choose(raws, CONTRACT, clustering, average_precision="coco", iou=0.5)


def test_operating_threshold_parts_good_from_bad(raws: list[Raw]) -> None:
    chosen = _choose(raws, nms_iou=0.6)
    assert chosen.cluster == "nms"
    assert {one.nms_iou for one in chosen.thresholds} == {0.6}
    for one in chosen.thresholds:
        assert one.operating == pytest.approx(0.7, abs=0.01)
        assert one.pre_cluster == 0.02


def test_values_that_are_given_stay(raws: list[Raw]) -> None:
    given = {"mode": "dbscan", "nms_iou": 0.37, "eps": 0.12, "operating": 0.33, "topk": 7}
    chosen = _choose(raws, **given, min_boxes=2, pre_cluster=0.1, dbscan_min_score=0.2)
    one = chosen.thresholds[1]
    assert chosen.cluster == "dbscan"
    assert (one.nms_iou, one.eps, one.operating, one.topk) == (0.37, 0.12, 0.33, 7)
    assert (one.min_boxes, one.pre_cluster, one.dbscan_min_score) == (2, 0.1, 0.2)


def test_every_mode_is_tried_and_the_best_taken(raws: list[Raw]) -> None:
    clustering = Clustering(mode="auto", min_boxes=2)
    report = search(raws, CONTRACT, clustering, average_precision="integrate", iou=0.5)
    assert {one.mode for one in report.trials} == {"nms", "dbscan", "hybrid"}
    best = max(one.ap for one in report.trials)
    chosen = report.output
    taken = (chosen.cluster, chosen.thresholds[0].nms_iou, chosen.thresholds[0].eps)
    assert taken in [(one.mode, one.nms_iou, one.eps) for one in report.trials if one.ap == best]


def test_merging_modes_try_thresholds_by_clustering(raws: list[Raw]) -> None:
    chosen = _choose(raws, mode="dbscan", eps=0.3)
    # Boxes of score 0.5 pull the mean of their cluster away from the object until they are cut.
    assert all(0.5 < one.operating <= 0.9 for one in chosen.thresholds)


def test_a_class_never_found_gets_the_middle_threshold(tmp_path: Path) -> None:
    cars = [paint(tmp_path, [[20, 30, 110, 90]], [0], "car.png")]
    chosen = choose(
        raw_outputs(PaintFinder(), cars),
        CONTRACT,
        Clustering(),
        average_precision="sample",
        iou=0.5,
    )
    assert chosen.thresholds[0].operating == chosen.thresholds[1].operating


def test_nothing_labelled_cannot_be_tuned(tmp_path: Path) -> None:
    empty = [paint(tmp_path, [], [], "empty.png")]
    with pytest.raises(InputError, match="nothing can be scored"):
        _choose(list(raw_outputs(PaintFinder(), empty)))


def test_of_equals_the_usual_value_is_taken(tmp_path: Path) -> None:
    found = list(raw_outputs(PaintFinder(), painted(tmp_path)))
    assert {one.nms_iou for one in _choose(found).thresholds} == {0.5}
