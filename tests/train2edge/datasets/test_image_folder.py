from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from train2edge.datasets.load import load
from train2edge.errors import ProblemsError
from train2edge.spec.dataset import Dataset, Source


def paint(path: Path, width: int = 20, height: int = 12) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.zeros((height, width, 3), np.uint8))


def dataset(folder: Path) -> Dataset:
    source = Source.model_validate({"format": "image_folder", "images": folder})
    return Dataset(classes=("bus", "car"), train=(source,), map={"van": "car"})


def test_the_folder_under_the_pictures_is_the_class_of_the_whole_picture(tmp_path: Path) -> None:
    for name in ("bus/a.png", "car/a.png", "van/deeper/b.png"):
        paint(tmp_path / name)
    splits = load(dataset(tmp_path).model_copy(update={"validation": ()}))
    samples = sorted(splits.train + splits.validation, key=lambda one: one.image)
    assert [one.class_ids.tolist() for one in samples] == [[0], [1], [1]]
    assert all(one.boxes.tolist() == [[0, 0, 20, 12]] for one in samples)


def test_a_picture_in_no_class_folder_is_named(tmp_path: Path) -> None:
    paint(tmp_path / "bus/a.png")
    paint(tmp_path / "lost.png")
    with pytest.raises(ProblemsError) as caught:
        load(dataset(tmp_path))
    (problem,) = caught.value.problems
    assert problem.where == str(tmp_path / "lost.png") and "class folders" in problem.message
