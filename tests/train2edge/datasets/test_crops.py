from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from train2edge.contract import InputContract
from train2edge.datasets.check import check
from train2edge.datasets.picture import read_picture
from train2edge.datasets.task import load_experiment
from train2edge.errors import InputError
from train2edge.nvinfer.geometry import Rect
from train2edge.nvinfer.preprocess import prepare
from train2edge.spec.experiment import Experiment

SIDES = ((10, 10, 40, 34), (50, 20, 60, 30), (60, 40, 100, 80))  # the second is 10x10


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Four photos, each with a car, a tiny car and a bus that ends at the picture's edge."""
    rng = np.random.default_rng(1)
    for name in ("images", "labels"):
        (tmp_path / name).mkdir()
    for number in range(4):
        picture = rng.integers(0, 255, (80, 100, 3), np.uint8)
        cv2.imwrite(str(tmp_path / f"images/{number}.png"), picture)
        lines = [
            f"{label} 0 0 0 {' '.join(map(str, box))} 0 0 0 0 0 0 0\n"
            for label, box in zip(("car", "car", "bus"), SIDES, strict=True)
        ]
        lines.append("DontCare 0 0 0 0 0 50 50 0 0 0 0 0 0 0\n")
        (tmp_path / f"labels/{number}.txt").write_text("".join(lines))
    return tmp_path


def experiment(photos: Path, **dataset: object) -> Experiment:
    source = {"format": "kitti", "images": photos / "images", "labels": photos / "labels"}
    values = {"classes": ("bus", "car"), "train": source, "split": {"validation": 0.25}, **dataset}
    return Experiment.model_validate({"name": "crops", "task": "classification", "dataset": values})


def test_every_large_enough_box_is_a_sample_and_a_photo_stays_in_one_part(photos: Path) -> None:
    splits = load_experiment(experiment(photos))
    assert (len(splits.train), len(splits.validation)) == (6, 2)
    assert not {one.image for one in splits.train} & {one.image for one in splits.validation}
    assert splits.report.dropped["smaller than dataset.crops"] == 4
    assert splits.report.parts["train"].objects == {"bus": 3, "car": 3}
    first, second = splits.train[:2]
    assert first.region == Rect(10, 10, 30, 24) and first.class_ids.tolist() == [1]
    assert second.region == Rect(60, 40, 40, 40) and second.boxes.tolist() == [[60, 40, 100, 80]]


def test_a_margin_stays_inside_the_picture(photos: Path) -> None:
    splits = load_experiment(experiment(photos, crops={"margin": 0.5}))
    assert splits.train[0].region == Rect(0, 0, 55, 46)
    assert splits.train[1].region == Rect(40, 20, 60, 60)


def test_the_crop_is_what_nvinfer_cuts_out(photos: Path) -> None:
    sample = load_experiment(experiment(photos)).train[0]
    contract = InputContract(
        30, 24, scale=1.0, maintain_aspect_ratio=False, offsets=(0.0, 0.0, 0.0)
    )
    picture = read_picture(sample.image)
    tensor, _ = prepare(picture, contract, sample.region)
    np.testing.assert_array_equal(tensor.transpose(1, 2, 0), picture[10:34, 10:40])


def test_boxes_too_small_for_a_crop_are_told(photos: Path) -> None:
    report = check(experiment(photos).dataset, crops=True)
    assert len(report.kinds["tiny boxes"]) == 4
    assert "tiny boxes" not in check(experiment(photos).dataset).kinds


def test_boxes_that_are_all_too_small_are_told(photos: Path) -> None:
    with pytest.raises(InputError, match="none of 9 boxes"):
        load_experiment(experiment(photos, crops={"min_width": 60}))
