from __future__ import annotations

import numpy as np
import onnx_graphsurgeon as gs

from exporter.engine import dla
from exporter.onnx_file import from_graph
from tests.exporter.toy import Toy


def reasons(net: Toy, target: str = "jetson-agx-orin") -> dict[str, str]:
    return {one.operator: one.reason for one in dla.report(from_graph(net.graph), target).layers}


def test_limits_are_told_with_the_value_that_breaks_them():
    net = Toy()
    x = net.conv(net.input, 3, 4, 3)
    x = net.node("MaxPool", [x], kernel_shape=[9, 9], pads=[4] * 4, strides=[1, 1])
    x = net.node("Clip", [x, net.constant(0.0), net.constant(6.0)])
    net.graph.outputs = [net.node("Concat", [x, x], axis=2)]
    assert reasons(net) == {
        "Conv": "",
        "MaxPool": "kernel_shape 9x9; DLA takes 1 to 8",
        "Clip": "",
        "Concat": "axis 2; DLA takes 1",
    }


def test_resizes_fall_back_by_their_mode_and_scales():
    for attrs, scales, wanted in (
        ({"mode": "nearest"}, [1, 1, 2, 2], ""),
        ({"mode": "nearest"}, [1, 1, 0.5, 0.5], "scales 0.5x0.5; DLA takes whole numbers"),
        (
            {"mode": "linear", "coordinate_transformation_mode": "asymmetric"},
            [1, 1, 2, 2],
            "linear with asymmetric; DLA takes half_pixel",
        ),
    ):
        net = Toy()
        inputs = [net.input, gs.Variable.empty(), net.constant(scales)]
        net.graph.outputs = [net.node("Resize", inputs, **attrs)]
        assert reasons(net) == {"Resize": wanted}


def test_every_way_over_the_gpu_makes_a_piece_more():
    net = Toy()
    x = net.node("Relu", [net.conv(net.input, 3, 4, 3)])
    for _ in range(2):
        x = net.node("Relu", [net.node("Erf", [x])])
    net.graph.outputs = [net.node("Add", [x, x])]
    report = dla.report(from_graph(net.graph), "jetson-agx-orin")
    assert report.loadables == 3
    assert [one.operator for one in report.fallen] == ["Erf", "Erf"]
    assert "DLA takes 5 of 7 layers, in 3 pieces" in report.lines()[0]
    assert "2 Erf  DLA has no such layer" in report.lines()[1]


def test_tables_of_another_rank_are_for_the_gpu():
    net = Toy()
    flat = net.node("Reshape", [net.input, net.constant([1, 3, -1], np.int64)])
    net.graph.outputs = [net.node("Sigmoid", [flat])]
    found = reasons(net)
    assert found["Sigmoid"] == "3 dimensions; DLA takes 4"
    assert found["Reshape"] == "DLA has no such layer"


def test_a_layer_that_one_devices_dla_has_falls_back_on_another():
    net = Toy()
    net.graph.outputs = [net.node("Softmax", [net.conv(net.input, 3, 4, 3)], axis=1)]
    assert reasons(net)["Softmax"] == ""
    assert "jetson-agx-xavier has no such layer" in reasons(net, "jetson-agx-xavier")["Softmax"]


def test_a_conv_that_leaves_its_kernel_to_its_weights_is_measured_by_them():
    net = Toy()
    net.graph.outputs = [net.conv(net.input, 3, 4, 33)]
    del net.graph.nodes[-1].attrs["kernel_shape"], net.graph.nodes[-1].attrs["pads"]
    net.input.shape = [1, 3, 64, 64]
    assert reasons(net)["Conv"] == "kernel_shape 33x33; DLA takes 1 to 32"
