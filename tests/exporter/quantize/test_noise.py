from __future__ import annotations

import math

import numpy as np
import pytest

from exporter.heads import Decoded, HeadPlan, load
from exporter.onnx_file import from_graph
from exporter.quantize.noise import AtCandidates, AtGrids, decibels, measure_of
from exporter.surgery import append_topk
from exporter.surgery.append_topk import ListPlan
from exporter.surgery.pen import Pen
from tests.exporter.heads.test_heads import CELLS, CLASSES, FRAME, SIDE, raw_graph

AT = AtCandidates("boxes", "scores")
OBJECT, NOTHING = 0, 1


def candidates() -> dict[str, list[np.ndarray]]:
    """An object of 20x10 pixels at score 0.8, and background whose box is as large."""
    boxes = np.asarray([[[0, 0, 20, 10], [40, 40, 60, 50]]], np.float32)
    scores = np.asarray([[[0.8], [0.001]]], np.float32)
    return {"boxes": [boxes], "scores": [scores]}


def moved(index: int, pixels: float) -> float:
    found = candidates()
    found["boxes"][0][0, index] += pixels
    return AT.noise(candidates(), found)


def test_a_box_counts_by_its_score_and_in_its_own_size() -> None:
    assert moved(OBJECT, 2) == pytest.approx(4 / 200, rel=1e-3)
    assert moved(NOTHING, 2) < 1e-5 * moved(OBJECT, 2)


def test_a_score_counts_over_the_spread_of_all_scores() -> None:
    found = candidates()
    found["scores"][0][0, OBJECT] -= 0.1
    wanted = 0.01 / 2 / float(np.var([0.8, 0.001]))
    assert AT.noise(candidates(), found) == pytest.approx(wanted, rel=1e-3)


def test_what_was_not_reached_has_no_noise() -> None:
    assert AT.noise(candidates(), {"boxes": candidates()["boxes"]}) == 0


def test_a_network_that_ends_in_lists_is_looked_at_before_they_are_made(model) -> None:
    graph, _, _ = raw_graph([(1, 4 + CLASSES, CELLS)])
    head = load("yolov8")
    decoded = head.attach(Pen(graph), list(graph.outputs), HeadPlan(SIDE, SIDE, head.DEFAULTS))
    assert isinstance(decoded, Decoded)
    boxes, scores = decoded
    boxes.shape, scores.shape = [1, CELLS, 4], [1, CELLS, CLASSES]
    append_topk.append(graph, boxes, scores, FRAME, ListPlan(5))
    assert measure_of(from_graph(graph)) == AtCandidates(boxes.name, scores.name)
    assert isinstance(measure_of(model), AtGrids)


def test_a_network_that_says_no_number_passes_no_gate() -> None:
    wanted = {one: [np.asarray([0.1, 0.9], np.float32)] for one in "abc"}
    for broken in "abc":
        found = {**wanted, broken: [np.asarray([0.1, np.nan], np.float32)]}
        assert not decibels(AtGrids(tuple("abc")).noise(wanted, found)) >= -math.inf
    boxes = candidates()
    boxes["boxes"][0][0, OBJECT] = np.nan
    assert not decibels(AT.noise(candidates(), boxes)) >= -math.inf
    assert decibels(AT.noise(candidates(), candidates())) == math.inf
