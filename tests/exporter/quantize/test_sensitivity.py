"""What a layer costs, whatever its kind."""

from __future__ import annotations

import numpy as np

from exporter.onnx_file import from_graph
from exporter.quantize import sensitivity
from tests.exporter.toy import Toy


def test_multiply_adds_are_weights_times_places():
    net = Toy()
    x = net.conv(net.input, 3, 4, 3, 4)  # 8 x 8 places
    up = net.node("ConvTranspose", [x, net.constant(np.ones((4, 2, 2, 2)))], "up", strides=[2, 2])
    tokens = net.node("Reshape", [up, net.constant([1, -1, 16], np.int64)])
    product = net.node("MatMul", [tokens, net.constant(np.ones((16, 24)))], "product")
    rows = net.node("Reshape", [product, net.constant([1, -1], np.int64)])
    row = net.node("Gemm", [rows, net.constant(np.ones((32 * 24, 5)))], "row")
    net.graph.outputs = [row]
    work = sensitivity.multiply_adds(from_graph(net.graph))
    conv = next(name for name in work if name.endswith("/Conv"))
    assert work == {
        conv: 4 * 3 * 9 * 64,
        "up": 4 * 2 * 4 * 64,
        "product": 16 * 24 * (2 * 16 * 16 // 16),
        "row": 32 * 24 * 5,
    }
