"""Each wrong box gets the name of its mistake."""

from __future__ import annotations

import numpy as np

from tests.train2edge.metrics.scenes import found, sample
from train2edge.evaluation.mistakes import examine, totals, worst

TRUTH = sample(
    [[0, 0, 100, 100], [200, 0, 300, 100], [400, 0, 500, 100], [0, 300, 100, 400]],
    [0, 1, 0, 0],
    [False, False, False, True],
)
SEEN = found(
    [
        [0, 0, 100, 100],  # right
        [5, 0, 100, 100],  # a second box on the same object
        [0, 0, 40, 60],  # a piece of it
        [200, 0, 300, 100],  # the other class's object
        [400, 0, 440, 60],  # a piece of an object that nothing found
        [550, 300, 600, 400],  # nothing there
        [0, 300, 100, 400],  # in an ignored region
    ],
    [0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3],
    [0, 0, 0, 0, 0, 1, 0],
)


def test_kinds_of_mistakes() -> None:
    one = examine(TRUTH, SEEN, 0.5)
    assert one.kinds == {
        1: "duplicate",
        2: "duplicate",
        3: "confused",
        4: "loose",
        5: "background",
    }
    assert one.missed == (1, 2)
    assert one.count == 7


def test_totals_are_by_the_class_of_the_box_or_of_the_missed_object() -> None:
    first, second = totals([examine(TRUTH, SEEN, 0.5)], ["a", "b"])
    assert first == {
        "class": "a", "right": 1, "duplicate": 2, "loose": 1, "confused": 1, "background": 0,
        "missed": 1,
    }  # fmt: skip
    assert (second["background"], second["missed"], second["right"]) == (1, 1, 0)


def test_picture_without_labels_and_picture_without_detections() -> None:
    empty = sample(np.zeros((0, 4)), [])
    nothing = found(np.zeros((0, 4)), [], [])
    assert examine(empty, found([[0, 0, 5, 5]], [1], [0]), 0.5).kinds == {0: "background"}
    assert examine(TRUTH, nothing, 0.5).missed == (0, 1, 2)
    assert examine(empty, nothing, 0.5).count == 0


def test_worst_come_first_and_clean_ones_not_at_all() -> None:
    clean = examine(sample([[0, 0, 9, 9]], [0]), found([[0, 0, 9, 9]], [1], [0]), 0.5)
    bad, worse = examine(TRUTH, SEEN, 0.5), examine(TRUTH, _twice(), 0.5)
    assert worst([clean, bad, worse], 5) == [worse, bad]
    assert worst([clean, bad, worse], 1) == [worse]


def _twice():
    return found(
        np.concatenate([SEEN.boxes, SEEN.boxes]), [0.5] * 14, np.concatenate([SEEN.class_ids] * 2)
    )
