"""What an experiment's task decides of the rest of the file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from train2edge.errors import ProblemsError
from train2edge.spec.document import template
from train2edge.spec.experiment import Experiment
from train2edge.spec.loader import load, load_values

KITTI = {"format": "kitti", "images": "/i", "labels": "/l"}
FOLDERS = {"format": "image_folder", "images": "/i"}


def values(source: dict[str, str], **more: Any) -> dict[str, Any]:
    return {"name": "a", "dataset": {"classes": ["a", "b"], "train": source}, **more}


def test_classification_has_its_own_defaults_under_what_is_given() -> None:
    given = values(FOLDERS, task="classification", model={"input": {"width": 64}})
    model = Experiment.model_validate(given).model
    assert model.architecture == "classifier"
    assert (model.input.width, model.input.height) == (64, 128)
    assert not model.input.maintain_aspect_ratio
    assert Experiment.model_validate(values(KITTI)).model.input.maintain_aspect_ratio


def test_the_written_file_is_read_back(tmp_path: Path) -> None:
    file = tmp_path / "spec.yaml"
    file.write_text(template("classification"))
    experiment = load(file)
    assert experiment.task == "classification"
    assert experiment.dataset.train[1].labels == experiment.dataset.train[1].images


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (values(FOLDERS), "image_folder has no boxes"),
        (
            values(KITTI, task="classification", model={"architecture": "detectnet_v2"}),
            "classifier",
        ),
        (values(KITTI, model={"architecture": "classifier"}), "not for the task detection"),
        (values(KITTI, task="classification", augmentation={"mosaic": 0.3}), "mosaic"),
        (values(KITTI, task="clasification"), "'detection' or 'classification'"),
        (values({"format": "kitti", "images": "/i"}), "labels: must be given"),
        (values({"format": "image_folder"}, task="classification"), "images: must be given"),
    ],
)
def test_parts_of_two_tasks_do_not_go_together(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ProblemsError) as caught:
        load_values(given, where="spec.yaml")
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("train", "line"),
    [
        ("    format: image_folder\n    images: i", 5),
        ("    - format: image_folder\n      images: i", 5),
    ],
)
def test_every_part_that_does_not_fit_is_told_at_its_own_line(
    tmp_path: Path, train: str, line: int
) -> None:
    file = tmp_path / "spec.yaml"
    file.write_text(
        f"name: a\ndataset:\n  classes: [a, b]\n  train:\n{train}\n"
        "model:\n  architecture: classifier\n"
    )
    with pytest.raises(ProblemsError) as caught:
        load(file)
    assert [one.where for one in caught.value.problems] == [f"{file}:8", f"{file}:{line}"]
    assert "dataset.train.0.format: image_folder" in caught.value.problems[1].message
