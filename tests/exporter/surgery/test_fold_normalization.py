from __future__ import annotations

import numpy as np
import onnx_graphsurgeon as gs
import pytest

from exporter.onnx_file import from_graph
from exporter.runs import outputs_of
from exporter.surgery import fold_normalization
from tests.exporter import toy
from tests.exporter.toy import Toy

STD = [[[[0.2]], [[0.3]], [[0.4]]]]
MEAN = [[[[0.5]], [[-0.4]], [[0.3]]]]


def fold(build, *, padded: bool = True):
    """Apply the pass to ``build(toy)`` and one Conv; give report, operators, difference."""
    net = Toy()
    out = net.conv(build(net), 3, 4, 3)
    if not padded:
        net.graph.nodes[-1].attrs["pads"] = [0, 0, 0, 0]
    net.graph.outputs = [out]
    before = from_graph(net.graph)
    graph = gs.import_onnx(before)
    report = fold_normalization.apply(graph, toy.CONTRACT)
    after = from_graph(graph)
    old, new = outputs_of(before, toy.pictures())[0], outputs_of(after, toy.pictures())[0]
    return report, [node.op_type for node in after.graph.node], float(np.abs(old - new).max())


@pytest.mark.parametrize("op", ["Mul", "Div"])
def test_a_factor_goes_into_the_weights(op):
    report, ops, difference = fold(lambda net: net.node(op, [net.input, net.constant(STD)]))
    assert (ops, report.changed) == (["Conv"], 1)
    assert difference < 1e-4


def test_a_mean_before_a_padding_conv_stays_and_is_told():
    def normalise(net):
        shifted = net.node("Sub", [net.input, net.constant(MEAN)])
        return net.node("Div", [shifted, net.constant(STD)])

    report, ops, difference = fold(normalise)
    assert ops == ["Add", "Conv"]
    assert difference < 1e-4
    assert "as 127.5, -102, 76.5 more in the contract's offsets" in report.notes[0]  # 255 * MEAN


def test_a_mean_before_a_conv_without_padding_goes_into_the_bias():
    report, ops, difference = fold(
        lambda net: net.node("Sub", [net.input, net.constant(MEAN)]), padded=False
    )
    assert (ops, report.changed) == (["Conv"], 1)
    assert difference < 1e-4


def test_constant_minus_picture_is_folded_too():
    _, ops, difference = fold(
        lambda net: net.node("Sub", [net.constant(MEAN), net.input]), padded=False
    )
    assert ops == ["Conv"]
    assert difference < 1e-4


def test_what_is_not_by_channel_stays():
    mask = np.random.default_rng(0).uniform(1, 2, (1, 1, toy.SIDE, toy.SIDE))
    report, ops, difference = fold(lambda net: net.node("Mul", [net.input, net.constant(mask)]))
    assert ops == ["Mul", "Conv"]
    assert difference == 0
    assert "not by channel" in report.notes[0]
