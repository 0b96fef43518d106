from __future__ import annotations

from dataclasses import replace

import numpy as np

from deepstream.twin.tracker.association import Found, Known, associate
from deepstream.twin.tracker.settings import TrackerSettings

CASCADE = TrackerSettings(matcher=1, tentative_confidence=0.5, min_tentative_iou=0.3)


def row(x: float, width: float = 40) -> list[float]:
    return [x, 0, x + width, 40]


def known(*xs: float, valid: list[bool] | None = None, seen: list[bool] | None = None) -> Known:
    count = len(xs)
    return Known(
        np.array([row(x) for x in xs], np.float32),
        np.zeros(count, np.int32),
        np.array(valid or [True] * count),
        np.array(seen or [True] * count),
    )


def found(*pairs: tuple[float, float]) -> Found:
    """Left edges and scores; all but scores below 0.1 are usable."""
    scores = np.array([score for _, score in pairs], np.float32)
    boxes = np.array([row(x) for x, _ in pairs], np.float32)
    return Found(boxes, scores, np.zeros(len(pairs), np.int32), scores >= 0.1)


def test_greedy_takes_the_best_pair_first_whatever_the_confidence() -> None:
    assert associate(known(0, 30), found((28, 0.2), (4, 0.9)), TrackerSettings()) == [
        (1, 0),
        (0, 1),
    ]


def test_valid_targets_take_sure_detections_before_tentative_ones() -> None:
    # The tentative detection lies exactly on the target, the sure one beside it.
    assert associate(known(0), found((0, 0.2), (10, 0.9)), CASCADE) == [(0, 1)]
    assert associate(known(0), found((0, 0.2), (10, 0.9)), TrackerSettings()) == [(0, 0)]


def test_tentative_detections_prolong_targets_that_were_just_seen() -> None:
    assert associate(known(0), found((0, 0.2)), CASCADE) == [(0, 0)]
    assert associate(known(0, seen=[False]), found((0, 0.2)), CASCADE) == []
    assert associate(known(0, valid=[False]), found((0, 0.2)), CASCADE) == []
    assert associate(known(0), found((25, 0.2)), CASCADE) == []  # an overlap below 0.3


def test_targets_on_probation_get_what_valid_ones_leave() -> None:
    both = known(0, 4, valid=[False, True])
    assert associate(both, found((2, 0.9)), CASCADE) == [(1, 0)]
    assert associate(both, found((2, 0.9), (0, 0.8)), CASCADE) == [(1, 0), (0, 1)]


def test_a_similarity_that_is_not_computed_does_not_lower_the_total() -> None:
    """NvDCF's file: overlap and size make up 0.6 of the weight, and 0.5 in all is asked for."""
    asked = TrackerSettings(
        weight_iou=0.3, weight_size=0.3, weight_visual=0.4, min_score_overall=0.5
    )
    assert associate(known(0), found((10, 0.9)), asked) == [(0, 0)]
    assert associate(known(0), found((10, 0.9)), replace(asked, weight_visual=0.0)) == []
