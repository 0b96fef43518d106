import json
from pathlib import Path
from typing import Any

import pytest

from tests.train2edge.datasets import toys
from train2edge.datasets.coco import read
from train2edge.errors import InputError
from train2edge.spec.dataset import Source


def data(**more: Any) -> dict[str, Any]:
    return {
        "info": {"images": [1, 2]},
        "images": [{"id": 7, "file_name": "a.jpg", "width": 64, "height": 48}],
        "annotations": [{"id": 1, "image_id": 7, "category_id": 3, "bbox": [1, 2, 10, 20]}],
        "categories": [{"id": 3, "name": "car"}],
        **more,
    }


def annotation(**more: Any) -> list[dict[str, Any]]:
    return [*data()["annotations"], {**data()["annotations"][0], "id": 2, **more}]


def test_boxes_and_crowds(tmp_path: Path) -> None:
    source = toys.coco(tmp_path, data(annotations=annotation(iscrowd=1)), ("a", "b"))
    reading = read(source, ())
    (picture,) = reading.pictures
    assert [one.box for one in picture.objects] == [(1, 2, 11, 22)] * 2
    assert [one.ignore for one in picture.objects] == [False, True]
    assert [path.name for path in reading.unlabelled] == ["b.jpg"]
    assert picture.stated == (64, 48)


def test_a_picture_without_annotations_is_background(tmp_path: Path) -> None:
    (picture,) = read(toys.coco(tmp_path, data(annotations=[])), ()).pictures
    assert picture.objects == ()


def test_pictures_that_are_not_there_are_told(tmp_path: Path) -> None:
    more = [*data()["images"], {"id": 8, "file_name": "gone.jpg"}]
    reading = read(toys.coco(tmp_path, data(images=more)), ())
    assert len(reading.pictureless) == 1 and "'gone.jpg'" in reading.pictureless[0]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"category_id": 9}, "category_id 9"),
        ({"image_id": 9}, "image_id 9"),
        ({"bbox": [1, 2, 3]}, "four numbers"),
        ({"bbox": [1, 2, None, 4]}, "four numbers"),
        ({"bbox": [1, 2, float("nan"), 4]}, "four numbers"),
    ],
)
def test_bad_annotations_have_their_line(
    tmp_path: Path, more: dict[str, Any], message: str
) -> None:
    content = json.dumps(data(annotations=annotation(**more)), indent=1)
    (problem,) = read(toys.coco(tmp_path, content), ()).problems
    line = int(problem.where.rsplit(":", 1)[1])
    at = content.index('"id": 2')
    assert line == content.count("\n", 0, at)  # the brace above it
    assert message in problem.message


@pytest.mark.parametrize(
    ("content", "where", "message"),
    [
        ('{"images": [\n{"id": }]}', ":2", "not JSON"),
        ('{"images": [], "annotations": []', ":1", "not JSON"),
        ("[1, 2]", ":1", "not JSON"),
        ("", ":1", "not JSON"),
        ("{}", ":1", "no 'images'"),
    ],
)
def test_files_that_are_no_coco(tmp_path: Path, content: str, where: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as told:
        read(toys.coco(tmp_path, content), ())
    assert (told.value.where or "").endswith("labels.json" + where)


def test_the_same_id_twice(tmp_path: Path) -> None:
    images = data()["images"] * 2
    assert "twice" in read(toys.coco(tmp_path, data(images=images)), ()).problems[0].message


def test_a_folder_instead_of_a_file(tmp_path: Path) -> None:
    source = toys.coco(tmp_path, data())
    with pytest.raises(InputError, match="one JSON file"):
        read(source.model_copy(update={"labels": tmp_path}), ())


def test_people_of_coco(shared: Path) -> None:
    folder = shared / "data/people_masks/train"
    reading = read(
        Source(format="coco", images=folder / "images", labels=folder / "instances.json"), ()
    )
    labels = [one.label for picture in reading.pictures for one in picture.objects]
    assert len(reading.pictures) == 26 and labels.count("person") == 49
    assert all(one.stated == (one.width, one.height) for one in reading.pictures)
