"""Where pairs go, each rule on the smallest graph that shows it."""

from __future__ import annotations

import numpy as np
import onnx_graphsurgeon as gs
import pytest

from exporter.quantize import placement
from tests.exporter.imports.toy import silu
from tests.exporter.toy import Toy


def named(net: Toy) -> gs.Graph:
    for node in net.graph.nodes:
        for tensor in node.outputs:
            tensor.name = node.name
    return net.graph


def edges(net: Toy) -> list[tuple[str, str]]:
    """Operator that makes the tensor (or ``input``), operator that reads it through a pair."""
    graph = named(net)
    makers = {node.outputs[0].name: node.op for node in graph.nodes}
    ops = {node.name: node.op for node in graph.nodes}
    plan = placement.plan(graph)
    return [(makers.get(one.tensor, "input"), ops[one.node]) for one in plan.edges]


def test_nothing_stands_between_a_conv_and_its_silu():
    net = Toy()
    x = silu(net, net.conv(net.input, 3, 4, 3))
    net.graph.outputs = [net.conv(x, 4, 4, 3)]
    assert edges(net) == [("input", "Conv"), ("Mul", "Conv")]


def test_an_add_behind_the_last_conv_is_arithmetic_and_stays_float():
    net = Toy()
    x = net.conv(net.input, 3, 4, 3)
    net.graph.outputs = [net.node("Add", [net.node("Exp", [x]), net.node("Abs", [x])])]
    assert edges(net) == [("input", "Conv")]


def test_a_pool_that_averages_is_quantised_and_one_that_chooses_is_passed_through():
    net = Toy()
    x = net.node("Relu", [net.conv(net.input, 3, 4, 3)])
    x = net.node("MaxPool", [x], kernel_shape=[2, 2])
    x = net.node("AveragePool", [x], kernel_shape=[2, 2])
    net.graph.outputs = [net.conv(x, 4, 4, 1)]
    assert edges(net) == [("input", "Conv"), ("MaxPool", "AveragePool"), ("AveragePool", "Conv")]


def test_the_conv_of_a_distribution_stays_float():
    net = Toy()
    x = net.node("Softmax", [net.conv(net.input, 3, 4, 3)], axis=1)
    net.graph.outputs = [net.conv(net.node("Transpose", [x], perm=[0, 1, 3, 2]), 4, 1, 1)]
    graph = named(net)
    plan = placement.plan(graph)
    assert len(plan.weights) == 1
    assert "mean of a distribution" in plan.left[0]


def gemm(net: Toy, turned: int) -> None:
    flat = net.node("Flatten", [net.conv(net.input, 3, 1, 1)])
    size = 32 * 32
    shape = (2, size) if turned else (size, 2)
    net.graph.outputs = [net.node("Gemm", [flat, net.constant(np.ones(shape))], transB=turned)]


@pytest.mark.parametrize("turned", [0, 1])
def test_a_gemm_is_quantised_however_its_weights_lie(turned):
    net = Toy()
    gemm(net, turned)
    assert edges(net) == [("input", "Conv"), ("Flatten", "Gemm")]


def product(size: int, width: int) -> Toy:
    net = Toy()
    rows = net.node(
        "Reshape", [net.conv(net.input, 3, 4, 1), net.constant([1, -1, size], np.int64)]
    )
    net.graph.outputs = [net.node("MatMul", [rows, net.constant(np.ones((size, width)))])]
    return net


def test_a_matrix_is_quantised_and_one_that_converts_boxes_is_not():
    assert edges(product(32, 16)) == [("input", "Conv"), ("Reshape", "MatMul")]
    boxes = product(4, 4)
    assert edges(boxes) == [("input", "Conv")]
    assert "arithmetic" in placement.plan(boxes.graph).left[0]


def test_two_activations_multiplied_stay_float():
    net = Toy()
    x = net.conv(net.input, 3, 4, 1)
    net.graph.outputs = [net.node("MatMul", [x, x])]
    assert edges(net) == [("input", "Conv")]
    assert "not constant" in placement.plan(net.graph).left[0]


def test_a_cache_has_the_lines_of_every_kind_of_layer():
    net = Toy()
    x = net.conv(net.input, 3, 16, 1)
    up = net.node("ConvTranspose", [x, net.constant(np.ones((16, 16, 2, 2)))], strides=[2, 2])
    rows = net.node("Reshape", [up, net.constant([1, -1, 16], np.int64)])
    net.graph.outputs = [net.node("MatMul", [rows, net.constant(np.ones((16, 20)))])]
    graph = named(net)
    ops = {node.name: node.op for node in graph.nodes}
    lines = [ops.get(name, "input") for name in placement.ranged(graph)]
    assert lines == ["input", "Conv", "ConvTranspose", "Reshape", "MatMul"]


def test_a_transposed_conv_is_quantised():
    net = Toy()
    x = net.conv(net.input, 3, 4, 1)
    weight = net.constant(np.ones((4, 2, 2, 2)))
    net.graph.outputs = [net.node("ConvTranspose", [x, weight], strides=[2, 2])]
    assert edges(net) == [("input", "Conv"), ("Conv", "ConvTranspose")]


def test_a_cache_has_lines_for_what_leads_to_a_conv_and_for_outputs_straight_from_one():
    net = Toy()
    x = net.node("Relu", [net.conv(net.input, 3, 4, 3)])
    score = net.node("Sigmoid", [net.conv(x, 4, 2, 1)])
    boxes = net.node("Exp", [net.node("Abs", [net.conv(x, 4, 8, 1)])])
    net.graph.outputs = [score, boxes]
    graph = named(net)
    ops = {node.name: node.op for node in graph.nodes}
    lines = [ops.get(name, "input") for name in placement.ranged(graph)]
    assert lines == ["input", "Conv", "Relu", "Conv", "Sigmoid", "Conv"]
