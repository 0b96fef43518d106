"""Entropy thresholds of a trained network's activations on photos, against the publication."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest

from exporter.onnx_file import from_graph
from exporter.quantize import activations, winograd
from exporter.runs import session, with_outputs
from tests.exporter import toy
from tests.train2edge.calibration import published_entropy
from train2edge.calibration import ranges
from train2edge.calibration.ranges import entropy
from train2edge.spec.export import Calibration

EVERY = 24  # a tensor of so many: the slow search takes half a second for each


def agree(model: onnx.ModelProto, tensors: list[str], pictures: list[np.ndarray]) -> None:
    histograms = activations.collect(model, tensors, pictures)
    found = ranges.thresholds(histograms, Calibration(method="entropy"))
    running = session(with_outputs(model, tensors), optimise=True)
    feed = model.graph.input[0].name
    values = [running.run(tensors, {feed: one[None]}) for one in pictures]
    for number, name in enumerate(tensors):
        together = np.concatenate([row[number].ravel() for row in values])
        _, width = histograms[name].merged(entropy.BINS)
        expected = published_entropy.threshold(together, width)
        assert abs(found[name] - expected) <= width, name


def test_of_a_toy(model: onnx.ModelProto) -> None:
    names = activations.float_tensors(model)[1:]
    agree(model, list(names), list(toy.pictures(4)))


def test_of_wide_convolutions_which_run_in_winograds_form() -> None:
    wide = toy.Toy()
    x = wide.node("Relu", [wide.conv(wide.input, 3, winograd.LEAST, 3)])
    for _ in range(3):
        x = wide.node("Relu", [wide.conv(x, winograd.LEAST, winograd.LEAST, 3)])
    wide.graph.outputs = [x]
    model = from_graph(wide.graph)
    names = [node.output[0] for node in model.graph.node]
    agree(model, names, list(toy.pictures(2)))


@pytest.fixture(scope="module")
def yolox(shared: Path) -> tuple[onnx.ModelProto, list[np.ndarray]]:
    """YOLOX-Nano, and photos as it takes them."""
    images = sorted((shared / "data/people_masks/train").rglob("*.jpg"))[:2]
    resized = [cv2.resize(cv2.imread(str(one)), (416, 416)) for one in images]
    pictures = [np.ascontiguousarray(one.transpose(2, 0, 1), np.float32) for one in resized]
    return onnx.load(shared / "data/onnx/yolox_nano.onnx"), pictures


def test_of_a_trained_network_on_photos(yolox) -> None:
    model, pictures = yolox
    convolutions = [node for node in model.graph.node if node.op_type == "Conv"]
    agree(model, [one.input[0] for one in convolutions[1::EVERY]], pictures)
