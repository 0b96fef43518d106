from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.train2edge.datasets import toys
from tests.train2edge.datasets.toys import line
from train2edge.datasets.convert import convert, plan
from train2edge.datasets.load import load, reader
from train2edge.datasets.reading import LabelledPicture
from train2edge.errors import InputError, ProblemsError
from train2edge.spec.dataset import Dataset, Source

PLACES: dict[str, dict[str, str]] = {
    "kitti": {"images": "images", "labels": "labels"},
    "coco": {"images": "images", "labels": "instances.json"},
    "voc": {"images": "JPEGImages", "labels": "Annotations"},
    "yolo": {"images": "images", "labels": "labels", "names": "data.yaml"},
}


def written(format: str, folder: Path) -> Source:
    places: dict[str, Any] = {key: folder / name for key, name in PLACES[format].items()}
    return Source(format=format, **places)  # type: ignore[arg-type]


def boxes(pictures: list[LabelledPicture]) -> dict[str, list[tuple[Any, ...]]]:
    return {
        one.key: sorted((box.label, box.ignore, *box.box) for box in one.objects)
        for one in pictures
    }


def same(first: list[LabelledPicture], second: list[LabelledPicture], within: float) -> bool:
    some, others = boxes(first), boxes(second)
    assert some.keys() == others.keys()
    return all(
        a[:2] == b[:2] and np.allclose(a[2:], b[2:], atol=within)
        for key in some
        for a, b in zip(some[key], others[key], strict=True)
    )


@pytest.mark.parametrize(
    ("format", "within"), [("kitti", 0.006), ("coco", 1e-6), ("voc", 0.51), ("yolo", 0.001)]
)
def test_there_and_back(shared: Path, tmp_path: Path, format: str, within: float) -> None:
    folder = shared / "data/vehicles/test"
    source = written("kitti", folder)
    original = reader("kitti").read(source, ()).pictures
    report = convert(plan(source, format, tmp_path / "there"))
    assert report.pictures == 104 and report.objects == {"bus": 54, "car": 29, "motorcycle": 56}
    there = written(format, tmp_path / "there")
    assert same(original, reader(format).read(there, ()).pictures, within)
    convert(plan(there, "kitti", tmp_path / "back", copy=True))
    back = reader("kitti").read(written("kitti", tmp_path / "back"), ()).pictures
    assert same(original, back, within + 0.006)


@pytest.mark.parametrize("format", ["kitti", "coco", "voc"])
def test_ignored_regions_stay_ignored_by_every_class(tmp_path: Path, format: str) -> None:
    lines = line("car", 1, 2, 20, 30) + line("bus", 1, 2, 9, 9) + line("DontCare", 30, 30, 40, 40)
    source = toys.kitti(tmp_path / "here", {"a": lines})
    convert(plan(source, format, tmp_path / "there"))
    for one in (source, written(format, tmp_path / "there")):
        dataset = Dataset.model_validate(
            {"classes": ["car", "bus"], "train": [one], "split": {"validation": 0}}
        )
        (sample,) = load(dataset).train
        assert sorted(sample.class_ids[sample.ignore].tolist()) == [0, 1]


def test_what_a_format_cannot_say_is_counted(tmp_path: Path) -> None:
    lines = line("car", 1, 2, 20, 30) + line("DontCare", 1, 1, 9, 9) + line("car", 9, 9, 9, 20)
    source = toys.kitti(tmp_path / "here", {"a": lines, "b": None})
    report = convert(plan(source, "yolo", tmp_path / "there"))
    told = " ".join(report.warnings)
    assert "1 ignored regions" in told and "1 empty" in told and "b.jpg" in told


def test_class_order_and_classes_forgotten(tmp_path: Path) -> None:
    source = toys.kitti(tmp_path / "here", {"a": line("car", 1, 2, 9, 9) + line("bus", 1, 2, 9, 9)})
    assert plan(source, "yolo", tmp_path / "x", classes=("car", "bus")).names == ("car", "bus")
    with pytest.raises(InputError, match="also name bus") as told:
        plan(source, "yolo", tmp_path / "x", classes=("car",))
    assert told.value.hint == "add --class bus"


def test_bad_lines_and_full_folders_are_refused(tmp_path: Path) -> None:
    source = toys.kitti(tmp_path / "here", {"a": "car\n"})
    with pytest.raises(ProblemsError, match=r"a\.txt:1"):
        plan(source, "coco", tmp_path / "there")
    with pytest.raises(InputError, match="is not empty"):
        plan(source, "coco", tmp_path / "here")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["here"]
