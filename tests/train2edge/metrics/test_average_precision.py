"""Three readings of one curve, worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from train2edge.metrics.average_precision import Mode, average_precision, interpolated

RECALL = np.array([0.25, 0.5, 0.5, 0.75])
PRECISION = np.array([1.0, 1.0, 2 / 3, 0.75])


def test_interpolation_looks_to_the_right() -> None:
    np.testing.assert_allclose(interpolated(PRECISION), [1, 1, 0.75, 0.75])


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("integrate", 0.5 * 1 + 0.25 * 0.75),
        ("sample", (6 * 1 + 2 * 0.75) / 11),  # recalls 0 to 0.5, then 0.6 and 0.7
        ("coco", (51 * 1 + 25 * 0.75) / 101),
    ],
)
def test_by_hand(mode: Mode, expected: float) -> None:
    assert average_precision(RECALL, PRECISION, mode) == pytest.approx(expected)


@pytest.mark.parametrize("mode", ["integrate", "sample", "coco"])
def test_no_detections(mode: Mode) -> None:
    assert average_precision(np.zeros(0), np.zeros(0), mode) == 0.0


def test_three_of_ten_objects_reach_the_recall_of_three_tenths() -> None:
    recall = np.arange(1, 4) / 10
    assert average_precision(recall, np.ones(3), "sample") == pytest.approx(4 / 11)
