from __future__ import annotations

import numpy as np
import onnx
import onnx_graphsurgeon as gs
import pytest

from exporter.onnx_file import from_graph
from exporter.quantize import fp16, overflow
from exporter.quantize.fp16_simulation import simulated
from exporter.runs import outputs_of
from tests.exporter import toy


def test_everything_inside_is_float16_and_the_ends_are_float32(model):
    half, islands = fp16.to_fp16(model)
    assert islands == ()
    kinds = {one.data_type for one in half.graph.initializer}
    assert kinds == {onnx.TensorProto.FLOAT16}
    ends = [*half.graph.input, *half.graph.output]
    assert {one.type.tensor_type.elem_type for one in ends} == {onnx.TensorProto.FLOAT}
    assert [one.name for one in ends] == ["input_1", "output_cov/Sigmoid", "output_bbox/BiasAdd"]
    for old, new in zip(
        outputs_of(model, toy.pictures()), outputs_of(simulated(half), toy.pictures()), strict=True
    ):
        assert 0 < np.abs(old - new).max() < 0.01 * max(1, np.abs(old).max())


def named(model: onnx.ModelProto, op: str) -> str:
    return next(one.name for one in model.graph.node if one.op_type == op)


def test_a_weight_beyond_float16_keeps_its_layer_in_float32(model):
    graph = gs.import_onnx(model)
    conv = next(node for node in graph.nodes if node.op == "Conv")
    conv.inputs[1] = gs.Constant("big.weight", conv.inputs[1].values * 1e5)
    big = from_graph(graph)
    half, islands = fp16.to_fp16(big)
    assert islands == (named(big, "Conv"),)
    kinds = {one.name: one.data_type for one in half.graph.initializer}
    assert kinds["big.weight"] == onnx.TensorProto.FLOAT


def test_what_goes_beyond_float16_on_pictures_is_computed_in_float32():
    """A scale of 1e4, and its inverse: infinite in between in float16, and nothing comes back."""
    net = toy.Toy()
    large = net.node("Mul", [net.input, net.constant(1e6)])
    back = net.node("Mul", [net.node("Relu", [large]), net.constant(1e-6)])
    net.graph.outputs = [net.conv(net.conv(back, 3, 4, 3), 4, 4, 3)]
    model, pictures = from_graph(net.graph), toy.pictures(2)
    (wanted,) = outputs_of(model, pictures)
    blind, _ = fp16.to_fp16(model)
    assert not np.isfinite(outputs_of(simulated(blind), pictures)[0]).all()
    half, islands = fp16.to_fp16(model, overflow.large_tensors(model, pictures))
    assert [one.split("/")[-1] for one in islands] == ["Mul", "Relu", "Mul"]
    np.testing.assert_allclose(outputs_of(simulated(half), pictures)[0], wanted, atol=0.02)
    assert [one.op_type for one in half.graph.node].count("Cast") == 2  # after, and the output's


def test_tensors_are_large_by_what_pictures_show(model):
    pictures = toy.pictures(2)
    assert overflow.large_tensors(model, pictures) == frozenset()
    assert "input_1" in overflow.large_tensors(model, pictures * 1e5)


@pytest.mark.parametrize("seed", range(4))
def test_any_islands_compute_what_the_float_graph_computes(model, seed):
    names = [name for node in model.graph.node for name in node.output]
    large = np.random.default_rng(seed).choice(names, 3, replace=False)
    half, islands = fp16.to_fp16(model, frozenset(large))
    onnx.checker.check_model(half)
    assert islands
    for old, new in zip(
        outputs_of(model, toy.pictures()), outputs_of(simulated(half), toy.pictures()), strict=True
    ):
        assert np.abs(old - new).max() < 0.01 * max(1, np.abs(old).max())
    everything, _ = fp16.to_fp16(model, frozenset(names))
    for old, new in zip(
        outputs_of(model, toy.pictures()),
        outputs_of(simulated(everything), toy.pictures()),
        strict=True,
    ):
        np.testing.assert_array_equal(old, new)


def test_the_scales_of_a_resize_stay_float32():
    net = toy.Toy()
    scales = net.constant([1, 1, 2, 2])
    larger = net.node("Resize", [net.input, net.constant([]), scales], mode="nearest")
    net.graph.outputs = [net.conv(larger, 3, 4, 3)]
    half, _ = fp16.to_fp16(from_graph(net.graph))
    assert outputs_of(simulated(half), toy.pictures(1))[0].shape == (1, 4, 64, 64)
