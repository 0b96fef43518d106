"""A classifier that tells red from green, scored on painted objects."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.train2edge.evaluation.toys import painted
from train2edge.contract import Contract, InputContract, OutputContract
from train2edge.datasets.sample import Sample
from train2edge.evaluation.classify import choose, evaluate, with_threshold
from train2edge.evaluation.run import raw_outputs
from train2edge.metrics.classification import NONE
from train2edge.nvinfer.geometry import Rect
from train2edge.spec.evaluation import Evaluation

CONTRACT = Contract(
    InputContract(16, 16, maintain_aspect_ratio=False),
    OutputContract(("car", "bus"), parser="classifier", classifier_threshold=0.7),
    "classification",
)
SETTINGS = Evaluation()


@dataclass
class ColorTeller:
    """Probabilities are the shares of red and green; ``doubt`` pulls both to a half."""

    contract: Contract = CONTRACT
    doubt: float = 0.0

    def __call__(self, batch: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
        shares = batch[:, :2].mean(axis=(2, 3))
        shares = shares / shares.sum(axis=1, keepdims=True)
        mixed = (1 - self.doubt) * shares + self.doubt / 2
        return {"predictions/Softmax": mixed[:, :, None, None].astype(np.float32)}


@pytest.fixture
def objects(tmp_path: Path) -> list[Sample]:
    """Seven painted objects, of which the last is labelled wrongly."""
    found = [
        replace(
            sample,
            boxes=box[None],
            class_ids=label[None],
            ignore=np.zeros(1, bool),
            region=Rect(*(float(one) for one in (*box[:2], *(box[2:] - box[:2])))),
        )
        for sample in painted(tmp_path / "images")
        for box, label in zip(sample.boxes, sample.class_ids, strict=True)
    ]
    return [*found[:-1], replace(found[-1], class_ids=1 - found[-1].class_ids)]


def test_objects_are_named_and_mistakes_told(objects: list[Sample], tmp_path: Path) -> None:
    report = evaluate(ColorTeller(), objects, SETTINGS, split="test")
    assert report.scores.top1 == pytest.approx((len(objects) - 1) / len(objects))
    assert report.scores.unnamed == 0
    (mistake,) = report.mistakes
    assert (mistake.sample, mistake.said) == (objects[-1], 1)
    report.write(tmp_path / "out")
    record = json.loads((tmp_path / "out/evaluation.json").read_text())
    assert record["confusion"] == report.scores.confusion.tolist()
    page = (tmp_path / "out/report.html").read_text()
    assert "car, called bus" in page and "<svg" in page


def test_below_the_threshold_an_object_has_no_name(objects: list[Sample], tmp_path: Path) -> None:
    unsure = ColorTeller(doubt=0.7)  # the greater probability is 0.65
    report = evaluate(unsure, objects, SETTINGS)
    assert report.scores.unnamed == len(objects) and report.scores.accuracy == 0
    assert report.scores.top1 > 0.8
    assert {one.said for one in report.mistakes} == {NONE}
    assert "no name" in report.write(tmp_path / "out").joinpath("report.html").read_text()
    sure = replace(unsure, contract=with_threshold(CONTRACT, 0.6))
    assert evaluate(sure, objects, SETTINGS).scores.unnamed == 0


def test_the_threshold_is_chosen_or_taken_as_given(objects: list[Sample]) -> None:
    teller = ColorTeller(doubt=0.7)
    chosen = choose(raw_outputs(teller, objects), CONTRACT, objects, SETTINGS)
    assert chosen.output.classifier_threshold == 0.0
    given = Evaluation(classifier_threshold=0.3)
    taken = choose(raw_outputs(teller, objects), CONTRACT, objects, given)
    assert taken.output.classifier_threshold == 0.3
