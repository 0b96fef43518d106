from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.train2edge.nvinfer.vectors import Vector, cases, read
from train2edge.nvinfer.layers import Layer, Network, ParseError
from train2edge.nvinfer.segmentation import segment


def run(vector: Vector) -> NDArray[np.int32]:
    return segment(
        vector.layers,
        vector.network,
        vector.meta["num_classes"],
        vector.meta["segmentation_threshold"],
        channels_last=bool(vector.meta["segmentation_output_order"]),
    )


@pytest.mark.parametrize("path", cases("segmentation"))
def test_segments_as_nvinfer_does(path: Path) -> None:
    vector = read(path)
    if vector.status:
        with pytest.raises(ParseError):
            run(vector)
        return
    np.testing.assert_array_equal(run(vector), vector.arrays["exp_class_map"])


def test_refuses_a_map_smaller_than_the_input() -> None:
    layer = Layer.of("softmax", np.zeros((2, 8, 8), np.float32))
    with pytest.raises(ParseError, match="8x8 pixels, the network input 16x8"):
        segment([layer], Network(16, 8), 2, 0.5)
