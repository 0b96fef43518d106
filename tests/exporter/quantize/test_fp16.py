from __future__ import annotations

import numpy as np
import onnx
import onnx_graphsurgeon as gs
import pytest

from exporter.onnx_file import from_graph
from exporter.quantize import fp16
from exporter.runs import outputs_of
from tests.exporter import toy
from train2edge.errors import WorkError


def test_everything_inside_is_float16_and_the_ends_are_float32(model):
    half = fp16.to_fp16(model)
    kinds = {one.data_type for one in half.graph.initializer}
    assert kinds == {onnx.TensorProto.FLOAT16}
    ends = [*half.graph.input, *half.graph.output]
    assert {one.type.tensor_type.elem_type for one in ends} == {onnx.TensorProto.FLOAT}
    assert [one.name for one in ends] == ["input_1", "output_cov/Sigmoid", "output_bbox/BiasAdd"]
    for old, new in zip(
        outputs_of(model, toy.pictures()), outputs_of(half, toy.pictures()), strict=True
    ):
        assert 0 < np.abs(old - new).max() < 0.01 * max(1, np.abs(old).max())


def test_a_weight_beyond_float16_is_named(model):
    graph = gs.import_onnx(model)
    conv = next(node for node in graph.nodes if node.op == "Conv")
    conv.inputs[1] = gs.Constant("big.weight", np.full_like(conv.inputs[1].values, 1e5))
    with pytest.raises(WorkError, match=r"big.weight reaches 1e\+05"):
        fp16.to_fp16(from_graph(graph))


def test_the_scales_of_a_resize_stay_float32():
    net = toy.Toy()
    scales = net.constant([1, 1, 2, 2])
    larger = net.node("Resize", [net.input, net.constant([]), scales], mode="nearest")
    net.graph.outputs = [net.conv(larger, 3, 4, 3)]
    half = fp16.to_fp16(from_graph(net.graph))
    assert outputs_of(half, toy.pictures(1))[0].shape == (1, 4, 64, 64)
