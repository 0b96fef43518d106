"""Fully connected layers become convolutions that give the same numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx_graphsurgeon as gs
import pytest

from exporter.surgery import dense_to_conv
from tests.exporter.surgery.test_rewrites import ops, rewritten
from tests.exporter.toy import Toy


def pooled(net: Toy, channels: int = 8) -> Any:
    x = net.node("Relu", [net.conv(net.input, 3, channels, 3, 4)])
    return net.node("GlobalAveragePool", [x])


def dense(net: Toy, x: Any, size: int, width: int, *, bias: bool = True, **attrs: Any) -> Any:
    shape = (width, size) if attrs.get("transB") else (size, width)
    inputs = [x, net.constant(net.rng.normal(0, 0.4, shape))]
    inputs += [net.constant(net.rng.normal(0, 0.4, width))] if bias else []
    return net.node("Gemm", inputs, **attrs)


def weights(graph: gs.Graph) -> list[tuple[int, ...]]:
    return [tuple(one.inputs[1].shape) for one in graph.nodes if one.op == "Conv"]


@pytest.mark.parametrize("turned", [0, 1])
@pytest.mark.parametrize("bias", [True, False])
def test_a_gemm_behind_a_pool_is_a_conv_of_one_place(turned, bias):
    net = Toy()
    rows = net.node("Flatten", [pooled(net)])
    net.graph.outputs = [dense(net, rows, 8, 5, bias=bias, transB=turned)]
    graph, report = rewritten(net, dense_to_conv)
    assert report.changed == 1
    assert ops(graph) == ["Conv", "Relu", "GlobalAveragePool", "Conv", "Flatten"]
    assert weights(graph)[1] == (5, 8, 1, 1)


def test_a_matmul_takes_its_add_along():
    net = Toy()
    rows = net.node("Reshape", [pooled(net), net.constant([1, -1], np.int64)])
    product = net.node("MatMul", [rows, net.constant(net.rng.normal(0, 0.4, (8, 5)))])
    net.graph.outputs = [
        net.node("Softmax", [net.node("Add", [net.constant(np.ones(5)), product])])
    ]
    graph, _ = rewritten(net, dense_to_conv)
    assert ops(graph) == ["Conv", "Relu", "GlobalAveragePool", "Conv", "Flatten", "Softmax"]
    assert len(graph.nodes[3].inputs) == 3


def test_one_that_reads_a_whole_map_has_a_kernel_of_its_size():
    net = Toy()
    rows = net.node("Flatten", [net.conv(net.input, 3, 4, 3, 8)])
    net.graph.outputs = [dense(net, rows, 4 * 4 * 4, 6)]
    graph, _ = rewritten(net, dense_to_conv)
    assert weights(graph)[1] == (6, 4, 4, 4)
    assert "Reshape" not in ops(graph)


def test_activations_between_two_do_not_flatten():
    net = Toy()
    x = net.node("Relu", [dense(net, net.node("Flatten", [pooled(net)]), 8, 6)])
    x = net.node("Clip", [dense(net, x, 6, 7), net.constant(0.0), net.constant(6.0)])
    net.graph.outputs = [dense(net, x, 7, 5)]
    graph, report = rewritten(net, dense_to_conv)
    assert report.changed == 3
    assert ops(graph)[3:] == ["Conv", "Relu", "Conv", "Clip", "Conv", "Flatten"]


def test_rows_that_were_never_a_picture_become_channels():
    net = Toy()
    rows = net.node("ReduceMean", [net.conv(net.input, 3, 8, 3, 4)], axes=[2, 3], keepdims=0)
    net.graph.outputs = [dense(net, rows, 8, 5)]
    graph, _ = rewritten(net, dense_to_conv)
    assert ops(graph)[-3:] == ["Reshape", "Conv", "Flatten"]


def test_what_scales_or_is_no_layer_stays():
    net = Toy()
    rows = net.node("Flatten", [pooled(net)])
    scaled = dense(net, rows, 8, 5, alpha=0.5)
    own = net.node("MatMul", [net.node("Unsqueeze", [rows, net.constant([2], np.int64)]), scaled])
    net.graph.outputs = [scaled, own]
    graph, report = rewritten(net, dense_to_conv)
    assert report.changed == 0
    assert report.notes == (
        f"{graph.nodes[-3].name} stays a Gemm: it scales or turns what it reads",
    )
