from __future__ import annotations

import numpy as np
import onnx_graphsurgeon as gs
import pytest

from exporter.accuracy import Accuracy, Looks
from exporter.quantize import activations, int8, mixed, placement, qdq, sensitivity
from exporter.quantize.noise import decibels, last_tensors
from exporter.quantize.reference import Reference
from tests.exporter import toy
from train2edge.calibration import ranges
from train2edge.spec.export import Calibration, Gate


@pytest.fixture(scope="module")
def thresholds(model) -> dict[str, float]:
    histograms = activations.collect(model, activations.float_tensors(model), toy.pictures(4))
    return ranges.thresholds(histograms, Calibration(method="max"))


def scored(mean, spread=0.0):
    draws = np.random.default_rng(0).normal(mean, spread, 200)
    return Accuracy(mean, mean, {}, 10, looks=Looks(1, mean, draws))


def search_of(model, thresholds, pictures, gate, score=None):
    reference = Reference.of(model, pictures)
    return mixed.Search(reference, thresholds, pictures, gate, score)


@pytest.mark.parametrize("answer", [0, 1, 2, 3, 5, 6, 9, 10])
def test_the_smallest_count_is_found_in_few_trials(answer):
    tried = []

    def passes(count):
        tried.append(count)
        return count >= answer

    assert mixed.smallest(passes, 10) == answer
    assert len(tried) == len(set(tried)) <= 7


def test_no_count_is_given_when_none_passes():
    assert mixed.smallest(lambda _count: False, 3) is None


def test_the_last_tensors_are_the_heads_after_their_sigmoid(model):
    names = last_tensors(gs.import_onnx(model))
    assert names == ("output_cov/Sigmoid", "output_bbox/BiasAdd")


def test_the_layer_whose_range_is_wrong_is_the_noisiest_and_is_left_in_float(model, thresholds):
    graph = gs.import_onnx(model)
    edges = placement.plan(graph).edges
    victim = next(one for one in edges if one.tensor == "input_1")
    wrong = thresholds | {victim.tensor: thresholds[victim.tensor] / 20}
    pictures = list(toy.pictures(4))
    layers = sensitivity.measure(Reference.of(model, pictures), wrong, {})
    assert layers[0].node == victim.node
    made, plan = search_of(model, wrong, pictures, Gate(min_sqnr=20)).run(127)
    assert plan.keep == (victim.node,)
    assert [one.kept for one in plan.trials] == [0, 1]
    assert not plan.trials[0].passed and plan.chosen.passed
    assert plan.chosen.int8_share < 1
    sources = {node.name: node.inputs[0] for node in gs.import_onnx(made).nodes}
    assert sources[victim.node].name == "input_1"


def test_average_precision_decides_where_the_noise_is_low(model, thresholds):
    counted = []

    def score(graph):
        counted.append(sum(node.op_type == "QuantizeLinear" for node in graph.graph.node))
        return scored(0.9 if counted[-1] <= 4 else 0.88)

    search = search_of(model, thresholds, list(toy.pictures(2)), Gate(min_sqnr=0), score)
    _, plan = search.run(127)
    assert plan.chosen.passed and plan.chosen.drop == pytest.approx(0)
    assert plan.keep and plan.trials[0].drop == pytest.approx(2)


def test_a_loss_within_its_own_error_passes(model, thresholds):
    scores = iter([scored(0.9), scored(0.88, spread=0.03)])
    search = search_of(
        model, thresholds, list(toy.pictures(1)), Gate(min_sqnr=0), lambda _graph: next(scores)
    )
    _, plan = search.run(127)
    assert plan.keep == () and plan.chosen.drop == pytest.approx(2)
    assert plan.chosen.error == pytest.approx(3, rel=0.2)


def test_a_gate_that_nothing_passes_leaves_all_in_float_and_says_so(model, thresholds):
    gate = Gate(min_sqnr=0, max_drop=0)
    scores = iter([scored(0.9)] + [scored(0.1)] * 50)
    search = search_of(model, thresholds, list(toy.pictures(1)), gate, lambda _graph: next(scores))
    made, plan = search.run(127)
    assert not plan.chosen.passed
    assert not any(node.op_type == "QuantizeLinear" for node in made.graph.node)


def test_the_cache_has_no_range_for_what_a_float_layer_reads(model):
    result = int8.make(model, toy.pictures(4), Calibration(), Gate(min_sqnr=0), None)
    whole = placement.plan(gs.import_onnx(model))
    first = whole.edges[0]
    assert int8.without_range(whole, [first.node]) == {first.tensor}
    assert result.mixed.keep == () and result.mixed.chosen.drop is None


def test_noise_is_relative_to_the_spread(model, thresholds):
    pictures = list(toy.pictures(2))
    reference = Reference.of(model, pictures)
    assert decibels(reference.noise_of(model)) == np.inf
    fine, _ = qdq.quantize(model, thresholds)
    coarse, _ = qdq.quantize(model, thresholds, weight_levels=7)
    assert reference.noise_of(coarse) > 4 * reference.noise_of(fine)


def test_multiply_adds_are_counted_for_one_picture(model):
    work = sensitivity.multiply_adds(model)
    first = next(node.name for node in model.graph.node if node.op_type == "Conv")
    assert work[first] == 8 * 3 * 3 * 3 * 8 * 8
