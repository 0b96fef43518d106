from __future__ import annotations

from deepstream.analytics.trace import Box, Trace


def trace(xs: list[int], length: int = 6) -> Trace:
    made = Trace(length)
    for x in xs:
        made.add(Box(x, 2 * x, 10 + x, 20), 0)
    return made


def test_the_earlier_place_is_the_mean_of_the_oldest_boxes() -> None:
    assert trace([4, 7, 9]).earlier == Box(0, 0, 0, 0)
    assert trace([4, 7, 9, 9]).earlier == Box(5, 11, 15, 20)  # two of them while it grows
    assert trace([4, 7, 9, 10, 11, 12]).earlier == Box(7, 15, 17, 20)  # four of a full one
    assert trace([0, 0, 4, 7, 9, 10, 11, 12]).earlier == Box(7, 15, 17, 20)


def test_old_boxes_leave_the_mean_height() -> None:
    made = Trace(2)
    for height in (90, 10, 20):
        made.add(Box(0, 0, 1, height), 0)
    assert made.mean_height == 15


def test_what_trembles_within_its_variance_has_stopped() -> None:
    assert trace([100] * 7).stopped
    assert not trace([100] * 6).stopped  # not longer than the trace
    assert not trace([100, 101, 102, 103, 104, 105, 106]).stopped
