"""The smaller passes, each on the smallest graph that shows what it does."""

from __future__ import annotations

import numpy as np
import onnx_graphsurgeon as gs
import pytest

from exporter.onnx_file import from_graph
from exporter.runs import outputs_of
from exporter.surgery import (
    constant_fold,
    dynamic_batch,
    fold_batchnorm,
    name_tensors,
    strip_dead,
)
from tests.exporter import toy
from tests.exporter.toy import Toy
from train2edge.errors import InputError


def ops(graph: gs.Graph) -> list[str]:
    return [node.op for node in graph.nodes]


def test_batchnorm_whose_conv_has_other_readers_stays():
    net = Toy()
    conv = net.conv(net.input, 3, 4, 3)
    net.graph.outputs = [net.node("Add", [net.norm(conv, 4), conv])]
    report = fold_batchnorm.apply(net.graph, toy.CONTRACT)
    assert report.changed == 0
    assert "others read the Conv" in report.notes[0]
    assert "BatchNormalization" in ops(net.graph)


def test_a_weight_that_two_convs_share_is_folded_only_where_the_norm_is():
    net = Toy()
    first = net.conv(net.input, 3, 4, 3, bias=False)
    shared = net.graph.nodes[-1].inputs[1]
    attrs = dict(net.graph.nodes[-1].attrs)
    second = net.node("Conv", [net.input, shared], **attrs)
    net.graph.outputs = [net.norm(first, 4), second]
    before = from_graph(net.graph)
    graph = gs.import_onnx(before)
    assert fold_batchnorm.apply(graph, toy.CONTRACT).changed == 1
    for old, new in zip(
        outputs_of(before, toy.pictures()),
        outputs_of(from_graph(graph), toy.pictures()),
        strict=True,
    ):
        np.testing.assert_allclose(new, old, atol=1e-5)


def test_strip_dead_keeps_a_graph_outputs_name_and_dropout_in_training():
    net = Toy()
    conv = net.conv(net.input, 3, 4, 3)
    named = net.node("Identity", [conv])
    named.name = "the_output"
    dropped = net.node("Dropout", [conv, net.constant(0.5), net.constant(True, bool)])
    net.node("Relu", [conv])  # nobody reads it
    net.graph.outputs = [named, dropped]
    report = strip_dead.apply(net.graph, toy.CONTRACT)
    assert ops(net.graph) == ["Conv", "Dropout"]
    assert net.graph.outputs[0].name == "the_output"
    assert report.changed > 0


def test_identity_between_input_and_output_stays_and_is_told():
    net = Toy()
    net.graph.outputs = [net.node("Identity", [net.input])]
    report = strip_dead.apply(net.graph, toy.CONTRACT)
    assert ops(net.graph) == ["Identity"]
    assert "stays" in report.notes[0]


def test_constants_are_computed_now():
    net = Toy()
    product = net.node("Mul", [net.constant([2.0]), net.constant([3.0])])
    net.graph.outputs = [net.node("Mul", [net.input, product])]
    constant_fold.apply(net.graph, toy.CONTRACT)
    assert ops(net.graph) == ["Mul"]
    assert float(net.graph.nodes[0].inputs[1].values[0]) == 6.0


def test_reshape_to_a_fixed_batch_follows_the_batch():
    net = Toy()
    target = net.constant([1, -1], np.int64)
    flat = net.node("Reshape", [net.input, target])
    flat.shape = [1, 3 * toy.SIDE * toy.SIDE]
    net.graph.outputs = [flat]
    assert dynamic_batch.apply(net.graph, toy.CONTRACT).changed == 3
    from exporter.runs import session

    answer = session(from_graph(net.graph)).run(None, {"pictures": toy.pictures(2)})[0]
    assert answer.shape == (2, 3 * toy.SIDE * toy.SIDE)


def test_names_are_the_contracts_outside_and_paths_inside(model):
    graph = model.graph
    assert graph.input[0].name == "input_1"
    assert [one.name for one in graph.output] == ["output_cov/Sigmoid", "output_bbox/BiasAdd"]
    conv = next(node for node in graph.node if node.op_type == "Conv")
    assert conv.input[1:] == [f"{conv.name}.weight", f"{conv.name}.bias"]
    assert conv.output[0] == conv.name
    assert not any(name.startswith(("onnx::", "/")) for name in conv.input)


def test_outputs_are_told_apart_by_channels_not_by_order():
    raw = toy.raw_model()
    graph = gs.import_onnx(raw)
    graph.outputs.reverse()
    name_tensors.apply(graph, toy.CONTRACT)
    assert [one.shape[1] for one in graph.outputs] == [2, 8]


def test_torchs_repeated_paths_become_one():
    name = "/backbone/features/features.1/conv/conv.0/conv.0.0/Conv"
    assert name_tensors.readable(name) == "backbone/features.1/conv.0.0/Conv"


def test_wrong_outputs_are_the_users_mistake():
    net = Toy()
    out = net.conv(net.input, 3, 5, 3)
    out.shape = [1, 5, toy.SIDE, toy.SIDE]
    net.graph.outputs = [out, out]
    with pytest.raises(InputError, match="2 classes need 2 and 8 channels"):
        name_tensors.apply(net.graph, toy.CONTRACT)
