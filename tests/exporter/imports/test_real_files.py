"""Two detectors that others made, as they were published: recognised, and the same boxes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from exporter import heads
from exporter.imports import model_file, parity, pictures
from exporter.imports.plan import ImportPlan, plan
from exporter.imports.trace import trace
from exporter.imports.wishes import Wishes
from exporter.runs import outputs_of
from train2edge.calibration import pictures as calibration
from train2edge.datasets.labelled import labelled
from train2edge.datasets.picture import read_picture
from train2edge.errors import InputError
from train2edge.evaluation.run import Raw, decode
from train2edge.metrics.matching import iou
from train2edge.nvinfer.preprocess import prepare

FILES = {"yolox": "yolox_nano.onnx", "nanodet": "nanodet_m.onnx"}


@pytest.fixture(scope="module")
def people(shared: Path) -> Path:
    return shared / "data/people_masks/val"


def planned(shared: Path, name: str, out: Path) -> ImportPlan:
    return plan(shared / "data/onnx" / FILES[name], out, name, Wishes(precision="fp32"))


@pytest.mark.parametrize("name", FILES)
def test_its_boxes_are_those_of_its_own_outputs(shared, people, tmp_path, name):
    made = planned(shared, name, tmp_path / "b")
    samples = pictures.in_folder(people)[0][:1]
    batch = np.stack(list(calibration.tensors(samples, made.contract.input)))
    traced = trace(made, batch)
    original = model_file.sized(model_file.read(made.export.checkpoint), made.contract)
    factors = np.reshape(np.asarray(made.factors, np.float32), (1, -1, 1, 1))
    raw = heads.load(made.head).reference(outputs_of(original, batch * factors), made.head_plan)
    size = (made.contract.input.width, made.contract.input.height)
    wanted = parity.select(raw, made.lists)
    found = outputs_of(traced.model, batch)
    boxes, scores = found[1][0], found[2][0]
    sure = scores > 0.1  # those below are many, and may change places
    corners = boxes[sure][:, [1, 0, 3, 2]] * np.asarray([*size, *size])
    np.testing.assert_allclose(scores[sure], wanted[0][1][sure], atol=1e-3)
    np.testing.assert_allclose(corners, wanted[0][0][sure], atol=0.1)
    assert traced.parity.passed


def test_a_labelled_person_is_found_where_it_stands(shared, people, tmp_path):
    made = planned(shared, "nanodet", tmp_path / "b")
    samples = labelled(people, made.contract.output.classes).samples
    sample = max(samples, key=lambda one: _largest_person(one))
    tensor, geometry = prepare(read_picture(sample.image), made.contract.input)
    traced = trace(made, tensor[None])
    names = [one.name for one in traced.model.graph.output]
    outputs = {
        name: one[0]
        for name, one in zip(names, outputs_of(traced.model, tensor[None]), strict=True)
    }
    found = decode(Raw(sample, outputs, geometry), made.contract)
    person = sample.boxes[sample.class_ids == 0]
    best = found.boxes[(found.class_ids == 0) & (found.scores > 0.3)]
    assert iou(best, person).max() > 0.7


def _largest_person(sample) -> float:
    boxes = sample.boxes[sample.class_ids == 0]
    return float(((boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])).max(initial=0))


def test_a_recipe_of_another_family_says_which_would_fit(shared, tmp_path):
    file = shared / "data/onnx/yolox_nano.onnx"
    with pytest.raises(InputError) as caught:
        plan(file, tmp_path / "b", "nanodet", Wishes())
    assert "is it yolox?" in (caught.value.hint or "")
