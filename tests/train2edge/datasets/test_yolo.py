from pathlib import Path

import pytest

from tests.train2edge.datasets import toys
from train2edge.datasets.yolo import read, read_names
from train2edge.errors import InputError
from train2edge.spec.dataset import Source

NAMES = ("car", "bus")


def source(root: Path, content: str | None) -> Source:
    toys.kitti(root, {"a": content})
    return Source(format="yolo", images=root / "images", labels=root / "labels")


def test_boxes_scores_and_polygons(tmp_path: Path) -> None:
    lines = "1 0.5 0.5 0.5 0.5\n0 0.5 0.5 1 1 0.8\n0 0.25 0.5 0.75 0.5 0.5 1.0\n"
    reading = read(source(tmp_path, lines), NAMES)
    assert not reading.problems
    objects = reading.pictures[0].objects
    assert [one.label for one in objects] == ["bus", "car", "car"]
    assert [one.box for one in objects] == [(16, 12, 48, 36), (0, 0, 64, 48), (16, 24, 48, 48)]


def test_no_label_file_is_a_picture_without_objects(tmp_path: Path) -> None:
    reading = read(source(tmp_path, None), NAMES)
    assert reading.pictures[0].objects == () and len(reading.unlabelled) == 1


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("2 0.5 0.5 0.5 0.5", "class '2' is not one of 0=car, 1=bus"),
        ("car 0.5 0.5 0.5 0.5", "class 'car'"),
        ("-1 0.5 0.5 0.5 0.5", "class '-1'"),
        ("0 0.5 0.5 0.5", "4 fields"),
        ("0 0.5 240 0.5 0.5", "field 3 is '240', a share"),
        ("0 0.5 inf 0.5 0.5", "field 3 is 'inf'"),
    ],
)
def test_bad_lines_have_their_file_and_line(tmp_path: Path, line: str, message: str) -> None:
    (problem,) = read(source(tmp_path, "0 0.5 0.5 0.5 0.5\n" + line), NAMES).problems
    assert problem.where.endswith("a.txt:2") and message in problem.message


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("names.txt", "car\nbus\n"),
        ("data.yaml", "names: [car, bus]"),
        ("data.yml", "names: {0: car, 1: bus}"),
    ],
)
def test_names_in_three_ways(tmp_path: Path, name: str, content: str) -> None:
    assert read_names(toys.text(tmp_path / name, content)) == ["car", "bus"]


@pytest.mark.parametrize("content", ["", "nc: 2", "names: {1: a}", "names: ["])
def test_bad_names(tmp_path: Path, content: str) -> None:
    with pytest.raises(InputError, match=r"data\.yaml"):
        read_names(toys.text(tmp_path / "data.yaml", content))
