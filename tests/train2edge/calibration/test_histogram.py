from __future__ import annotations

import numpy as np
import pytest

from train2edge.calibration.histogram import Histogram
from train2edge.errors import WorkError


def test_growing_ranges_never_lose_or_misplace_a_value():
    rng = np.random.default_rng(0)
    batches = [rng.normal(0, spread, 5000).astype(np.float32) for spread in (0.1, 5, 0.01, 60)]
    histogram = Histogram(256)
    for batch in batches:
        histogram.add(batch.reshape(2, -1))
    together = np.abs(np.concatenate(batches))
    expected, _ = np.histogram(together, 256, (0, histogram.limit))
    assert histogram.total == together.size
    assert histogram.maximum == together.max()
    assert histogram.maximum <= histogram.limit < 2 * histogram.maximum * 1.001
    # float32 rounding may move a value that lies on an edge to the bin beside it
    assert np.abs(np.cumsum(histogram.counts) - np.cumsum(expected)).max() <= 2


def test_zeros_before_the_first_value_stay_in_the_first_bin():
    histogram = Histogram(16)
    histogram.add(np.zeros(10, np.float32))
    histogram.add(np.array([0.0, -8.0], np.float32))
    assert (histogram.counts[0], histogram.counts[-1], histogram.total) == (11, 1, 12)


def test_merging_keeps_every_count_and_ends_at_the_maximum():
    histogram = Histogram(512)
    histogram.add(np.array([1.0], np.float32))
    histogram.add(np.linspace(0, 1.1, 100_000, dtype=np.float32))
    counts, width = histogram.merged(100)
    assert counts.sum() == 100_001
    assert 100 <= len(counts) < 200
    assert (len(counts) - 1) * width <= histogram.maximum <= len(counts) * width
    np.testing.assert_allclose(counts[:-1], width / 1.1 * 100_000, rtol=0.02)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_tensor_that_is_not_finite_is_named(value):
    with pytest.raises(WorkError, match="conv1 holds values that are not finite"):
        Histogram().add(np.array([1, value], np.float32), name="conv1")
