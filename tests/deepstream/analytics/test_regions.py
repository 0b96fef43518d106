from __future__ import annotations

import cv2
import numpy as np

from deepstream.analytics.regions import inside

STAR = ((50, 0), (70, 90), (0, 30), (99, 30), (20, 90))


def test_a_concave_polygon_is_decided_by_parity() -> None:
    """As the crossing number says it, checked against OpenCV's even-odd fill but for the edges."""
    filled = np.zeros((100, 100), np.uint8)
    cv2.fillPoly(filled, [np.array(STAR)], 255)
    edge = np.zeros_like(filled)
    cv2.polylines(edge, [np.array(STAR)], True, 255, 3)
    for x, y in np.ndindex(100, 100):
        if not edge[y, x]:
            assert inside(STAR, x, y) == bool(filled[y, x]), (x, y)


def test_edges_at_the_left_of_the_picture_count_only_inside_of_it() -> None:
    square = ((0, 0), (10, 0), (10, 10), (0, 10))
    assert inside(square, 0, 5)
    assert not inside(square, 11, 5)
    assert not inside(square, 5, 10)
