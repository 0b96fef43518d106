from __future__ import annotations

import itertools
import math
from functools import reduce
from operator import add

import numpy as np
import pytest

from train2edge.calibration.counts import Counts
from train2edge.errors import WorkError


def same(one: Counts, other: Counts) -> None:
    np.testing.assert_array_equal(one.bins, other.bins)
    assert (one.limit, one.lowest, one.highest) == (other.limit, other.lowest, other.highest)


def test_parts_add_up_to_the_whole_in_any_order():
    rng = np.random.default_rng(0)
    parts = [rng.normal(0, spread, 5000).astype(np.float32) for spread in (0.1, 5, 1e-4, 60)]
    whole = Counts.of(np.concatenate(parts), bins=256)
    for order in itertools.permutations(parts):
        same(reduce(add, (Counts.of(one.reshape(2, -1), bins=256) for one in order)), whole)


def test_every_value_is_in_its_bin():
    values = np.random.default_rng(1).normal(0, 3, 20_000).astype(np.float32)
    counts = Counts.of(values, bins=256)
    expected, _ = np.histogram(values.astype(np.float64), 512, (-counts.limit, counts.limit))
    np.testing.assert_array_equal(counts.bins, expected)
    assert counts.limit / 2 <= np.abs(values).max() < counts.limit
    folded = counts.magnitudes()
    expected, _ = np.histogram(np.abs(values, dtype=np.float64), 256, (0, counts.limit))
    np.testing.assert_array_equal(folded.counts, expected)
    assert folded.maximum == np.abs(values).max()


@pytest.mark.parametrize("value", [1.0, -1.0, 4.0, -4.0, 1e-30, 3e37])
def test_a_limit_is_beyond_every_value(value):
    counts = Counts.of(np.array([value], np.float32), bins=16)
    assert counts.bins.sum() == 1
    assert abs(value) < counts.limit <= 2.01 * abs(value)


@pytest.mark.parametrize("value", [1e-36, 1e-45, 1.5e38])
def test_the_smallest_and_the_largest_floats_are_counted(value):
    counts = Counts.of(np.array([value, -value, 0], np.float32))
    assert (counts.bins.sum(), counts.highest) == (3, np.float32(value))
    assert value < counts.limit


def test_what_is_next_to_an_edge_lies_on_its_side_of_it():
    counts = Counts.of(np.array([-1e-12, -0.0, 1e-12, 3.999999, -4.0], np.float32), bins=16)
    expected = np.zeros(32)
    expected[[8, 15, 16, 23]] = 1, 1, 2, 1
    np.testing.assert_array_equal(counts.bins, expected)
    assert counts.limit == 8


def test_zeros_lie_in_the_middle_of_any_limit():
    zeros = Counts.of(np.zeros(10, np.float32), bins=16)
    both = zeros + Counts.of(np.array([0.0, -7.0], np.float32), bins=16)
    same(both, Counts.of(np.array([0.0] * 11 + [-7.0], np.float32), bins=16))
    assert (both.magnitudes().counts[0], both.magnitudes().maximum) == (11, 7)


@pytest.mark.parametrize(
    ("low", "high"), [(0, math.inf), (0, 6), (-1, 1), (0, 100), (-math.inf, 0)]
)
def test_what_is_clipped_needs_no_count_of_its_own(low, high):
    values = np.random.default_rng(2).normal(0, 4, 10_000).astype(np.float32)
    values[:2] = 20, -20  # so that both have one limit
    found = Counts.of(values, bins=256).clipped(low, high)
    expected, _ = np.histogram(np.clip(values, low, high), 512, (-found.limit, found.limit))
    np.testing.assert_array_equal(found.bins, expected)
    assert (found.lowest, found.highest) == (max(low, -20), min(high, 20))


def test_clipped_zeros_stay_zeros():
    same(Counts.of(np.zeros(3, np.float32)).clipped(0, 6), Counts.of(np.zeros(3, np.float32)))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_tensor_that_is_not_finite_is_named(value):
    with pytest.raises(WorkError, match="conv1 holds values that are not finite"):
        Counts.of(np.array([1, value], np.float32), name="conv1")
