from __future__ import annotations

import numpy as np
import pytest

from train2edge.nvinfer.layers import Layer, Network, ParseError
from train2edge.nvinfer.segmentation import segment


def test_refuses_a_map_smaller_than_the_input() -> None:
    layer = Layer.of("softmax", np.zeros((2, 8, 8), np.float32))
    with pytest.raises(ParseError, match="8x8 pixels, the network input 16x8"):
        segment([layer], Network(16, 8), 2, 0.5)
