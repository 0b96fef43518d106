from __future__ import annotations

import numpy as np
import onnx_graphsurgeon as gs
import pytest

from exporter.onnx_file import from_graph
from exporter.quantize import qdq, unsigned
from exporter.runs import outputs_of
from tests.exporter import toy


@pytest.fixture(scope="module")
def signed(model):
    """Ranges so narrow that both ends of them clip."""
    tensors = ["input_1", *(name for node in model.graph.node for name in node.output)]
    return qdq.quantize(model, dict.fromkeys(tensors, 0.3))[0]


def test_outputs_are_the_same_to_the_last_bit(signed):
    pictures = 3 * toy.pictures(3)
    wanted, found = (outputs_of(one, pictures) for one in (signed, unsigned.unsigned(signed)))
    for first, second in zip(wanted, found, strict=True):
        np.testing.assert_array_equal(first, second)


def test_a_weight_with_one_scale_is_still_a_weight():
    """As a transposed convolution has it."""
    net = toy.Toy()
    weight = net.constant(net.rng.normal(0, 0.4, (3, 4, 2, 2)))
    net.graph.outputs = [net.node("ConvTranspose", [net.input, weight], "up", strides=[2, 2])]
    signed = qdq.quantize(from_graph(net.graph), {"pictures": 0.5})[0]
    zeros = [
        node.inputs[2].values.dtype
        for node in gs.import_onnx(unsigned.unsigned(signed)).nodes
        if node.op in ("QuantizeLinear", "DequantizeLinear")
    ]
    assert sorted(map(str, zeros)) == ["int8", "int8", "uint8", "uint8"]


def test_activations_have_their_zero_at_128_and_weights_stay_signed(signed):
    for node in gs.import_onnx(unsigned.unsigned(signed)).nodes:
        if node.op == "QuantizeLinear":
            zero = node.inputs[2].values
            expected = np.uint8(128) if np.ndim(node.inputs[1].values) == 0 else np.int8(0)
            assert zero.dtype == expected.dtype and (zero == expected).all()
