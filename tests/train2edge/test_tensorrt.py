"""TensorRT's releases as data."""

from __future__ import annotations

import pytest

from train2edge import tensorrt


@pytest.mark.parametrize(
    ("version", "number"),
    [
        ("7.1.3", 7103),
        ("8.6.0", 8600),
        ("8.5.10", 8510),
        ("10.3", 100300),
        ("10.3.0", 100300),  # of NVIDIA's own cache of TrafficCamNet
        ("10.13.2", 101302),
    ],
)
def test_versions_are_numbered_as_tensorrt_counts_them(version, number):
    assert tensorrt.number(tensorrt.parse(version)) == number
