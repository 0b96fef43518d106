from __future__ import annotations

import numpy as np
import pytest

from train2edge.metrics.classification import NONE, best_threshold, score

TRUTH = np.array([0, 0, 0, 1, 1, 2])
GUESSES = np.array([0, 0, 1, 1, NONE, 0])
CONFIDENCES = np.array([0.9, 0.5, 0.6, 0.8, 0.0, 0.4], np.float32)


def test_rates_and_confusion() -> None:
    scores = score(TRUTH, GUESSES, CONFIDENCES, ("a", "b", "c"), 0.5)
    assert scores.confusion.tolist() == [[1, 1, 0, 1], [0, 1, 0, 1], [0, 0, 0, 1]]
    assert scores.top1 == pytest.approx(3 / 6)
    assert (scores.objects, scores.unnamed) == (6, 3)
    assert scores.accuracy == pytest.approx(2 / 6)
    assert [one.precision for one in scores.classes] == [1.0, 0.5, None]
    assert [one.recall for one in scores.classes] == [pytest.approx(1 / 3), 0.5, 0.0]
    assert scores.mean_recall == pytest.approx((1 / 3 + 0.5 + 0) / 3)


def test_a_class_without_objects_has_no_recall() -> None:
    scores = score(np.array([0]), np.array([0]), np.array([0.7]), ("a", "b"))
    assert scores.classes[1].recall is None and scores.mean_recall == 1.0


def test_the_threshold_of_the_best_f1_is_the_lowest_one() -> None:
    assert best_threshold(np.array([0, 1]), np.array([0, 1]), np.array([0.3, 0.9])) == 0.0
    wrong_and_unsure = np.array([0.2, 0.9])
    assert best_threshold(np.array([0, 1]), np.array([1, 1]), wrong_and_unsure) == 0.2
