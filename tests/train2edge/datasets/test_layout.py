"""A folder of labelled pictures says itself what it is."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from train2edge.datasets.layout import recognise
from train2edge.datasets.load import load
from train2edge.errors import InputError
from train2edge.spec.dataset import Dataset

KITTI = "car 0 0 0 2 2 20 20 0 0 0 0 0 0 0\nDontCare 0 0 0 1 1 9 9 0 0 0 0 0 0 0\n"
VOC = (
    "<annotation><filename>{0}.jpg</filename><size><width>40</width><height>30</height></size>"
    "<object><name>bus</name><bndbox><xmin>2</xmin><ymin>2</ymin><xmax>20</xmax><ymax>20</ymax>"
    "</bndbox></object></annotation>"
)


def pictures(folder: Path, count: int = 4) -> Path:
    folder.mkdir(parents=True)
    for number in range(count):
        picture = np.full((30, 40, 3), 40 * number, np.uint8)
        cv2.imwrite(str(folder / f"{number}.jpg"), picture)
    return folder


def labels(folder: Path, text: str, suffix: str = ".txt", count: int = 4) -> None:
    folder.mkdir(parents=True)
    for number in range(count):
        (folder / f"{number}{suffix}").write_text(text.replace("{0}", str(number)))


def test_kitti_in_parts_with_a_video(tmp_path: Path) -> None:
    for part in ("train", "test"):
        pictures(tmp_path / part / "images")
        labels(tmp_path / part / "labels", KITTI)
    (tmp_path / "street.mp4").touch()
    layout = recognise(tmp_path)
    assert layout.dataset["classes"] == ["car"]
    assert layout.videos == (tmp_path / "street.mp4",)
    splits = load(Dataset.model_validate(layout.dataset))
    assert (len(splits.train) + len(splits.validation), len(splits.test)) == (4, 4)
    assert splits.test[0].ignore.tolist() == [False, True]


def test_yolo_with_its_names(tmp_path: Path) -> None:
    pictures(tmp_path / "train" / "images")
    labels(tmp_path / "train" / "labels", "1 0.5 0.5 0.2 0.2\n")
    (tmp_path / "data.yaml").write_text("names: [person, tram]\n")
    layout = recognise(tmp_path)
    assert layout.dataset["train"][0]["format"] == "yolo"
    assert "tram" in layout.dataset["classes"]
    assert len(load(Dataset.model_validate(layout.dataset)).train) > 0


def test_voc_with_lists(tmp_path: Path) -> None:
    pictures(tmp_path / "JPEGImages")
    labels(tmp_path / "Annotations", VOC, ".xml")
    lists = tmp_path / "ImageSets" / "Main"
    lists.mkdir(parents=True)
    (lists / "train.txt").write_text("0\n1\n2\n")
    (lists / "test.txt").write_text("3\n")
    layout = recognise(tmp_path)
    assert layout.dataset["classes"] == ["bus"]
    assert [one.name for one in load(Dataset.model_validate(layout.dataset)).test] == ["3.jpg"]


def test_coco(tmp_path: Path) -> None:
    pictures(tmp_path / "train" / "images")
    content = {
        "images": [
            {"id": one, "file_name": f"{one}.jpg", "width": 40, "height": 30} for one in range(4)
        ],
        "annotations": [
            {"id": one + 1, "image_id": one, "category_id": 7, "bbox": [2, 2, 10, 10]}
            for one in range(4)
        ],
        "categories": [{"id": 7, "name": "tree"}],
    }
    (tmp_path / "train" / "instances.json").write_text(json.dumps(content))
    layout = recognise(tmp_path)
    assert layout.dataset["classes"] == ["tree"]
    assert len(load(Dataset.model_validate(layout.dataset)).train) > 0


def test_class_folders(tmp_path: Path) -> None:
    for name in ("tram", "bus"):
        pictures(tmp_path / "train" / name)
    layout = recognise(tmp_path)
    assert layout.dataset["train"][0]["format"] == "image_folder"
    assert layout.dataset["classes"] == ["bus", "tram"]
    assert len(load(Dataset.model_validate(layout.dataset)).train) > 0


@pytest.mark.parametrize("part", ["vehicles", "cells", "people_masks"])
def test_real_folders(shared: Path, part: str) -> None:
    layout = recognise(shared / "data" / part)
    classes = layout.dataset["classes"]
    expected = {"vehicles": "motorcycle", "cells": "Platelets", "people_masks": "person"}
    assert expected[part] in classes


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="images/ beside labels/"):
        recognise(tmp_path)


def test_yolo_without_names_says_what_is_missing(tmp_path: Path) -> None:
    pictures(tmp_path / "images")
    labels(tmp_path / "labels", "0 0.5 0.5 0.2 0.2\n")
    with pytest.raises(InputError, match=r"data\.yaml or classes\.txt beside"):
        recognise(tmp_path)


def read(folder: Path) -> tuple[list[str], tuple[int, int, int]]:
    """Classes, and how many pictures each part has."""
    layout = recognise(folder)
    splits = load(Dataset.model_validate(layout.dataset))
    return layout.dataset["classes"], (len(splits.train), len(splits.validation), len(splits.test))


YOLO = "1 0.5 0.5 0.2 0.2\n"


def coco(names: list[str], category: str = "tree") -> str:
    images = [
        {"id": one, "file_name": name, "width": 40, "height": 30} for one, name in enumerate(names)
    ]
    boxes = [
        {"id": one + 1, "image_id": one, "category_id": 7, "bbox": [2, 2, 10, 10]}
        for one in range(len(names))
    ]
    categories = [{"id": 7, "name": category}]
    return json.dumps({"images": images, "annotations": boxes, "categories": categories})


def test_parts_inside_images_and_labels_keep_apart(tmp_path: Path) -> None:
    for part, count in (("train", 4), ("val", 2), ("test", 3)):
        pictures(tmp_path / "images" / part, count)
        labels(tmp_path / "labels" / part, YOLO, count=count)
    (tmp_path / "data.yaml").write_text("names: {0: person, 1: tram}\n")
    assert read(tmp_path) == (["tram"], (4, 2, 3))


def test_kittis_own_names(tmp_path: Path) -> None:
    pictures(tmp_path / "training" / "image_2")
    labels(tmp_path / "training" / "label_2", KITTI)
    pictures(tmp_path / "testing" / "image_2")  # without labels, as the benchmark has it
    classes, (train, validation, test) = read(tmp_path)
    assert (classes, train + validation, test) == (["car"], 4, 0)


def test_cocos_own_names(tmp_path: Path) -> None:
    (tmp_path / "annotations").mkdir()
    for part, count in (("train2017", 4), ("val2017", 2)):
        pictures(tmp_path / part, count)
        names = [f"{one}.jpg" for one in range(count)]
        (tmp_path / "annotations" / f"instances_{part}.json").write_text(coco(names))
        (tmp_path / "annotations" / f"captions_{part}.json").write_text("{}")
    assert read(tmp_path) == (["tree"], (4, 2, 0))


@pytest.mark.parametrize(
    ("text", "suffix", "found"),
    [(VOC, ".xml", "bus"), (YOLO, ".txt", "tram"), (KITTI, ".txt", "car")],
)
def test_labels_beside_their_pictures(tmp_path: Path, text: str, suffix: str, found: str) -> None:
    for part in ("train", "valid"):
        folder = pictures(tmp_path / part)
        for number in range(4):
            (folder / f"{number}{suffix}").write_text(text.replace("{0}", str(number)))
        (folder / "classes.txt").write_text("person\ntram\n")
    assert read(tmp_path) == ([found], (4, 4, 0))


def test_a_list_of_classes_among_the_labels_is_no_label(tmp_path: Path) -> None:
    pictures(tmp_path / "images")
    labels(tmp_path / "labels", YOLO)
    (tmp_path / "labels" / "classes.txt").write_text("person\ntram\n")
    layout = recognise(tmp_path)
    assert layout.dataset["classes"] == ["tram"]
    assert load(Dataset.model_validate(layout.dataset)).report.pictureless == ()


def test_polygons_are_yolo_whatever_their_number_of_points(tmp_path: Path) -> None:
    pictures(tmp_path / "images")
    labels(tmp_path / "labels", "1 " + "0.1 0.2 " * 7 + "\n")
    (tmp_path / "data.yaml").write_text("names: [person, tram]\n")
    assert recognise(tmp_path).dataset["classes"] == ["tram"]


def test_names_of_several_words_become_one(tmp_path: Path) -> None:
    pictures(tmp_path / "train")
    names = [f"{one}.jpg" for one in range(4)]
    (tmp_path / "train" / "boxes.json").write_text(coco(names, "traffic light"))
    classes, (train, validation, _) = read(tmp_path)
    assert (classes, train + validation) == (["traffic_light"], 4)


def test_the_folder_inside_is_named(tmp_path: Path) -> None:
    pictures(tmp_path / "VOC2012" / "JPEGImages")
    labels(tmp_path / "VOC2012" / "Annotations", VOC, ".xml")
    with pytest.raises(InputError, match=f"is it {tmp_path / 'VOC2012'}\\?"):
        recognise(tmp_path)
