from __future__ import annotations

import onnx_graphsurgeon as gs

from exporter.quantize import activations, best_ranges, placement, qdq
from exporter.quantize.reference import Reference
from tests.exporter import toy
from train2edge.calibration import ranges
from train2edge.spec.export import Calibration


def test_every_tensor_gets_the_best_of_the_methods_and_none_is_forgotten(model):
    tensors = activations.float_tensors(model)
    histograms = activations.collect(model, tensors, toy.pictures(6))
    reference = Reference.of(model, list(toy.pictures(2)))
    # a percentile that cuts into the middle of every tensor: any other method is better
    settings = Calibration(percentile=51)
    chosen = best_ranges.thresholds(histograms, settings, reference)
    cut = ranges.thresholds(histograms, settings.model_copy(update={"method": "percentile"}))
    assert set(chosen) == set(cut)
    quantised = placement.plan(gs.import_onnx(model)).tensors
    assert any(chosen[name] > cut[name] for name in quantised)
    better, worse = (qdq.quantize(model, one)[0] for one in (chosen, cut))
    assert reference.noise_of(better) < reference.noise_of(worse) / 10
