from __future__ import annotations

import numpy as np

from train2edge.calibration.counts import Counts


def test_merging_keeps_every_count_and_ends_at_the_maximum():
    values = np.linspace(0, 1.1, 100_000, dtype=np.float32)
    histogram = Counts.of(values, bins=512).magnitudes()
    counts, width = histogram.merged(100)
    assert counts.sum() == histogram.total == 100_000
    assert 100 <= len(counts) < 200
    assert (len(counts) - 1) * width <= histogram.maximum <= len(counts) * width
    np.testing.assert_allclose(counts[:-1], width / 1.1 * 100_000, rtol=0.02)
