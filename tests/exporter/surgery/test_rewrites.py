"""Rewrites that leave every number as it was, each on the smallest graph that shows it."""

from __future__ import annotations

import numpy as np
import onnx
import onnx_graphsurgeon as gs
import pytest

from exporter.onnx_file import from_graph
from exporter.runs import outputs_of
from exporter.surgery import (
    cascade_max_pool,
    equalise_channels,
    fixed_size,
    focus_to_conv,
    hard_activations,
    resize_modes,
)
from tests.exporter import toy
from tests.exporter.toy import SIDE, Toy
from train2edge.errors import InputError


def ops(graph: gs.Graph) -> list[str]:
    return [node.op for node in graph.nodes]


def rewritten(net: Toy, module) -> tuple[gs.Graph, object]:
    """The graph after ``module``, whose outputs are proved to be what they were."""
    before = from_graph(net.graph)
    graph = gs.import_onnx(onnx.shape_inference.infer_shapes(before))
    report = module.apply(graph, toy.CONTRACT)
    old, new = (outputs_of(one, toy.pictures()) for one in (before, from_graph(graph)))
    for a, b in zip(old, new, strict=True):
        np.testing.assert_allclose(b, a, atol=2e-5)
    return graph, report


def pool(net: Toy, x, window: int, **attrs):
    usual = {"kernel_shape": [window] * 2, "pads": [window // 2] * 4, "strides": [1, 1]}
    return net.node("MaxPool", [x], **(usual | attrs))


def test_pyramid_pools_become_three_pools_of_five():
    net = Toy()
    pools = [pool(net, net.input, window) for window in (13, 5, 9)]
    net.graph.outputs = [net.node("Concat", pools, axis=1)]
    graph, report = rewritten(net, cascade_max_pool)
    windows = [node.attrs["kernel_shape"][0] for node in graph.nodes if node.op == "MaxPool"]
    assert report.changed == 2
    assert windows == [5, 5, 5]


@pytest.mark.parametrize(("window", "wanted"), [(7, [5, 3]), (11, [5, 5, 3])])
def test_a_pool_alone_is_a_chain_of_small_ones(window, wanted):
    net = Toy()
    net.graph.outputs = [pool(net, net.input, window)]
    graph, _ = rewritten(net, cascade_max_pool)
    assert [node.attrs["kernel_shape"][0] for node in graph.nodes] == wanted


def test_a_pool_that_shrinks_stays():
    net = Toy()
    net.graph.outputs = [pool(net, net.input, 9, strides=[2, 2])]
    assert rewritten(net, cascade_max_pool)[1].changed == 0


def focus(net: Toy, order=((0, 0), (1, 0), (0, 1), (1, 1))):
    parts = []
    for row, column in order:
        x = net.input
        for axis, start in ((2, row), (3, column)):
            numbers = [net.constant([one], np.int64) for one in (start, 2**31, axis, 2)]
            x = net.node("Slice", [x, *numbers])
        parts.append(x)
    return net.node("Concat", parts, axis=1)


def test_focus_and_conv_are_one_conv_of_stride_two():
    net = Toy()
    net.graph.outputs = [net.conv(focus(net), 12, 4, 3)]
    graph, report = rewritten(net, focus_to_conv)
    assert (ops(graph), report.changed) == (["Conv"], 1)
    assert graph.nodes[0].attrs["kernel_shape"] == [6, 6]


def test_focus_that_others_read_too_stays():
    net = Toy()
    x = focus(net)
    net.graph.outputs = [net.conv(x, 12, 4, 3), net.node("Relu", [x])]
    _, report = rewritten(net, focus_to_conv)
    assert report.changed == 0
    assert "not one Conv alone" in report.notes[0]


def test_a_phase_twice_is_no_focus():
    net = Toy()
    same = focus(net, ((0, 0), (0, 0), (0, 1), (1, 1)))
    net.graph.outputs = [net.conv(same, 12, 4, 3)]
    assert "four phases" in rewritten(net, focus_to_conv)[1].notes[0]


def test_hard_swish_is_a_product_with_a_hard_sigmoid():
    net = Toy()
    net.graph.outputs = [net.node("HardSwish", [net.input])]
    assert ops(rewritten(net, hard_activations)[0]) == ["HardSigmoid", "Mul"]


@pytest.mark.parametrize("early", [True, False])
def test_torchs_four_nodes_of_hard_swish_are_two(early):
    net = Toy()
    x = net.node("Mul", [net.input, net.constant(9.0)])
    sum_ = net.node("Add", [x, net.constant(3.0)])
    clip = net.node("Clip", [sum_, net.constant(0.0), net.constant(6.0)])
    if early:
        out = net.node("Div", [net.node("Mul", [x, clip]), net.constant(6.0)])
    else:
        out = net.node("Mul", [net.node("Div", [clip, net.constant(6.0)]), x])
    net.graph.outputs = [out]
    graph, _ = rewritten(net, hard_activations)
    assert sorted(ops(graph)) == ["HardSigmoid", "Mul", "Mul"]


def test_relu6_is_no_hard_sigmoid_and_silu_is_left_alone():
    net = Toy()
    clip = net.node("Clip", [net.input, net.constant(0.0), net.constant(6.0)])
    net.graph.outputs = [clip, net.node("Mul", [net.input, net.node("Sigmoid", [net.input])])]
    assert rewritten(net, hard_activations)[1].changed == 0


def resize(net: Toy, size: int, **attrs):
    sizes = net.constant([1, 3, size, size], np.int64)
    empty = gs.Variable.empty()
    return net.node("Resize", [net.input, empty, empty, sizes], **attrs)


@pytest.mark.parametrize(
    "attrs",
    [
        {"mode": "nearest", "coordinate_transformation_mode": "half_pixel"},
        {"mode": "nearest", "coordinate_transformation_mode": "half_pixel", "nearest_mode": "ceil"},
        {"mode": "nearest", "coordinate_transformation_mode": "tf_half_pixel_for_nn"},
        {"mode": "nearest", "coordinate_transformation_mode": "align_corners"},
        {"mode": "linear", "coordinate_transformation_mode": "pytorch_half_pixel"},
    ],
)
@pytest.mark.parametrize("size", [2 * SIDE, SIDE // 2, 50])
def test_resize_keeps_its_numbers_in_the_modes_it_is_given(attrs, size):
    net = Toy(13)
    net.graph.outputs = [resize(net, size, **attrs)]
    rewritten(net, resize_modes)


def test_sizes_become_scales_and_nearest_asymmetric_floor():
    net = Toy()
    net.graph.outputs = [resize(net, 2 * SIDE, mode="nearest")]
    graph, report = rewritten(net, resize_modes)
    node = graph.nodes[0]
    assert report.changed == 1
    assert node.inputs[2].values.tolist() == [1, 1, 2, 2]
    assert node.attrs["coordinate_transformation_mode"] == "asymmetric"


def test_an_open_size_gets_the_contracts_and_another_one_is_refused():
    net = Toy()
    net.input.shape = ["batch", 3, "height", "width"]
    net.graph.outputs = [net.conv(net.input, 3, 4, 3)]
    assert fixed_size.apply(net.graph, toy.CONTRACT).changed == 3
    assert net.input.shape == [1, 3, SIDE, SIDE]
    net.input.shape = [1, 3, 64, SIDE]
    with pytest.raises(InputError, match="takes 3x64x32 a picture, not 3x32x32"):
        fixed_size.apply(net.graph, toy.CONTRACT)


def depthwise(net: Toy, activation: str) -> None:
    x = net.conv(net.input, 3, 4, 1)
    net.graph.nodes[-1].inputs[1].values[2] *= 100
    if activation == "SiLU":
        x = net.node("Mul", [x, net.node("Sigmoid", [x])])
    else:
        x = net.node(activation, [x])
    weight = net.constant(net.rng.normal(0, 0.4, (4, 1, 3, 3)))
    attrs = {"kernel_shape": [3, 3], "group": 4, "pads": [1, 1, 1, 1]}
    net.graph.outputs = [net.node("Conv", [x, weight], **attrs)]


@pytest.mark.parametrize(("activation", "added"), [("LeakyRelu", 0), ("SiLU", 1)])
def test_uneven_channels_are_evened_to_the_last_bit(activation, added):
    net = Toy()
    depthwise(net, activation)
    before = from_graph(net.graph)
    graph = gs.import_onnx(before)
    (name,) = equalise_channels.tensors(graph)
    report = equalise_channels.apply(graph, {name: np.asarray([1, 1.5, 100, 0], np.float32)})
    after = from_graph(graph)
    assert report.changed == 1
    assert len(after.graph.node) == len(before.graph.node) + added
    for old, new in zip(*(outputs_of(m, toy.pictures()) for m in (before, after)), strict=True):
        np.testing.assert_array_equal(new, old)


def test_even_channels_stay():
    net = Toy()
    depthwise(net, "Relu")
    (name,) = equalise_channels.tensors(net.graph)
    assert equalise_channels.apply(net.graph, {name: np.ones(4, np.float32)}).changed == 0
