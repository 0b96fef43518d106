"""Whether the foot of an object lies in a polygon: whole pixels, a ray to the left, parity."""

from __future__ import annotations

from collections.abc import Sequence

from deepstream.analytics.rules import Point


def inside(polygon: Sequence[Point], x: int, y: int) -> bool:
    """Count the edges that the ray from ``x, y`` to the picture's left edge meets.

    An edge is met where it crosses ``y`` at a column from 0 to ``x``, cut to a whole pixel as the
    C of libnvds_dsanalytics does it.
    """
    met = 0
    for index, (x1, y1) in enumerate(polygon):
        x2, y2 = polygon[(index + 1) % len(polygon)]
        if y1 <= y < y2 or y2 <= y < y1:
            column = _divided((x2 - x1) * y + y2 * x1 - x2 * y1, y2 - y1)
            met += 0 <= column <= x
    return met % 2 == 1


def _divided(value: int, by: int) -> int:
    """C's whole-number division, towards zero."""
    whole = abs(value) // abs(by)
    return whole if (value < 0) == (by < 0) else -whole
