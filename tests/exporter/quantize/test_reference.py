from __future__ import annotations

import onnx
import onnx_graphsurgeon as gs
import pytest

from exporter.quantize import placement, qdq, sensitivity
from exporter.quantize.downstream import Network
from exporter.quantize.placement import QdqPlan
from exporter.quantize.reference import Reference
from tests.exporter import toy

THRESHOLD = 0.5  # cuts deep into every tensor of the toy


@pytest.fixture(scope="module")
def reference(model) -> Reference:
    return Reference.of(model, list(toy.pictures(2)))


def whole_with(model, plan: QdqPlan) -> onnx.ModelProto:
    graph = gs.import_onnx(model)
    qdq.apply(graph, plan, dict.fromkeys(plan.tensors, THRESHOLD))
    return gs.export_onnx(graph)


def test_the_part_behind_a_layer_says_what_the_whole_network_says(model, reference):
    plan = placement.plan(gs.import_onnx(model))
    thresholds = dict.fromkeys(plan.tensors, THRESHOLD)
    for layer in sensitivity.measure(reference, thresholds, {}):
        wanted = reference.noise_of(whole_with(model, plan.only(layer.node)))
        assert layer.noise == pytest.approx(wanted, rel=1e-9)
        assert layer.noise > 0


def test_the_part_behind_a_tensor_says_what_the_whole_network_says(model, reference):
    plan = placement.plan(gs.import_onnx(model))
    for tensor in plan.tensors:
        edges = tuple(one for one in plan.edges if one.tensor == tensor)
        wanted = reference.noise_of(whole_with(model, QdqPlan(edges, ())))
        found = sensitivity.noise_of_tensor(reference, plan, tensor, THRESHOLD)
        assert found == pytest.approx(wanted, rel=1e-9)


def test_a_part_holds_neither_what_lies_before_nor_the_other_head(model, reference):
    last = placement.plan(gs.import_onnx(model)).weights[-1]
    part = Network(model, reference.measure.tensors).part([last])
    assert part.model is not None
    assert len(part.gives) == 1
    assert len(part.model.graph.node) <= 2 < len(model.graph.node)


def test_nodes_that_lead_to_no_end_have_no_part(model, reference):
    boxes = placement.plan(gs.import_onnx(model)).weights[-1]
    assert Network(model, reference.measure.tensors[:1]).part([boxes]).model is None
