from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import helper

from exporter.quantize import activations, qdq, speed
from exporter.quantize.speed import Speed
from tests.exporter import toy
from train2edge.calibration import ranges
from train2edge.spec.export import Calibration


@dataclass
class Clock:
    """Stands still but while a model of its works."""

    now: float = 0.0

    def perf_counter(self) -> float:
        return self.now

    def model(self, *seconds: float) -> Any:
        left = iter(seconds)

        def work(batch: np.ndarray) -> None:
            self.now += next(left)

        return work


def test_the_quickest_run_of_each_counts_and_the_first_does_not(
    model: onnx.ModelProto, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    candidate = clock.model(0.1, 3, 1, 3, 3, 3)
    monkeypatch.setattr(speed, "time", clock)
    monkeypatch.setattr(speed, "_opened", lambda graph: candidate)
    base = clock.model(0.2, 5, 5, 4, 5, 5)
    assert Speed(base, toy.pictures(1))(model) == 4


def test_a_quantised_graph_is_run_beside_the_float_one(model: onnx.ModelProto) -> None:
    names, pictures = activations.float_tensors(model), toy.pictures(2)
    histograms = activations.collect(model, names, pictures)
    thresholds = ranges.thresholds(histograms, Calibration(method="max"))
    graph, _ = qdq.quantize(model, thresholds)
    found = Speed.of(model, pictures[0])(graph)
    assert found is not None and found > 0


def test_a_graph_that_the_engine_refuses_has_no_speed(model: onnx.ModelProto) -> None:
    strange = onnx.ModelProto()
    strange.CopyFrom(model)
    last = strange.graph.node[-1]
    strange.graph.node.append(helper.make_node("Unheard", last.output[:1], ["gone"], domain="any"))
    strange.opset_import.append(helper.make_opsetid("any", 1))
    strange.graph.output[0].name = "gone"
    assert Speed.of(model, toy.pictures(1)[0])(strange) is None
