from __future__ import annotations

from deepstream.analytics.counts import SmoothCounts

MS = 1_000_000


def test_the_most_frequent_count_of_the_window_is_given() -> None:
    counts = SmoothCounts(100)
    given = [counts.update({0: one}, t * 40 * MS)[0] for t, one in enumerate([2, 2, 3, 2, 5, 5])]
    assert given == [2, 2, 2, 2, 5, 5]


def test_of_two_as_frequent_the_newer_number_is_given() -> None:
    counts = SmoothCounts(100)
    assert [counts.update({0: one}, t * MS)[0] for t, one in enumerate([2, 3, 2, 3])] == [
        2,
        3,
        2,
        3,
    ]


def test_a_time_that_goes_back_ends_the_window() -> None:
    counts = SmoothCounts(1000)
    counts.update({0: 9}, 500 * MS)
    counts.update({0: 9}, 540 * MS)
    assert counts.update({0: 4}, 0)[0] == 4
