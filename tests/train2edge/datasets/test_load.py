from pathlib import Path

import numpy as np
import pytest

from tests.train2edge.datasets import toys
from tests.train2edge.datasets.toys import line
from train2edge.datasets.load import load
from train2edge.errors import InputError, ProblemsError
from train2edge.spec.dataset import Dataset, Source


def test_labels_become_classes(tmp_path: Path) -> None:
    lines = line("van", 1, 2, 30, 40) + line("bus", 5, 5, 9, 9) + line("tram", 1, 1, 9, 9)
    source = toys.kitti(tmp_path, {"a": lines})
    splits = load(toys.dataset(source, map={"van": "car", "tram": None}))
    (sample,) = splits.train
    assert sample.class_ids.tolist() == [0, 1]
    assert sample.boxes.tolist() == [[1, 2, 30, 40], [5, 5, 9, 9]]
    assert splits.report.dropped == {"left out by dataset.map": 1}
    assert splits.report.parts["train"].objects == {"car": 1, "bus": 1}


def test_unknown_labels_are_told_with_places_and_what_to_write(tmp_path: Path) -> None:
    labels = {"a": line("car", 1, 2, 3, 4) + line("Bus", 1, 2, 3, 4), "b": line("tram", 1, 2, 3, 4)}
    with pytest.raises(ProblemsError) as told:
        load(toys.dataset(toys.kitti(tmp_path, labels)))
    bus, tram = told.value.problems
    assert bus.where.endswith("a.txt:2") and bus.hint == "dataset.map: {'Bus': bus}"
    assert tram.where.endswith("b.txt:1") and tram.hint == "dataset.map: {'tram': null}"


def test_every_problem_of_every_file_at_once(tmp_path: Path) -> None:
    labels = {f"p{index:02d}": "car 1\n" for index in range(25)}
    with pytest.raises(ProblemsError) as told:
        load(toys.dataset(toys.kitti(tmp_path, {**labels, "z": line("tram", 1, 2, 3, 4)})))
    told_of = [str(one) for one in told.value.problems]
    assert len(told_of) == 22
    assert "and 5 more" in told_of[20] and "tram" in told_of[21]


def test_boxes_are_clipped_and_hopeless_ones_counted(tmp_path: Path) -> None:
    lines = line("car", -5, -5, 70, 60) + line("car", 9, 9, 9, 20) + line("car", 70, 1, 80, 9)
    splits = load(toys.dataset(toys.kitti(tmp_path, {"a": lines})))
    assert splits.train[0].boxes.tolist() == [[0, 0, 64, 48]]
    assert splits.report.dropped == {"empty or inverted": 1, "outside the picture": 1}


def test_dont_care_is_ignored_by_every_class(tmp_path: Path) -> None:
    splits = load(toys.dataset(toys.kitti(tmp_path, {"a": line("DontCare", 1, 2, 30, 40)})))
    (sample,) = splits.train
    assert sample.class_ids.tolist() == [0, 1] and sample.ignore.all()
    assert splits.report.parts["train"].background == 1


def test_tiny_boxes_are_not_learned_but_scored(tmp_path: Path) -> None:
    source = toys.kitti(tmp_path, {"a": line("car", 1, 1, 2.5, 9) + line("car", 1, 1, 4, 9)})
    splits = load(toys.dataset(source, test=[source], minimum_box=2.0))
    assert splits.train[0].ignore.tolist() == [True, False]
    assert not splits.test[0].ignore.any()


def test_corrupt_pictures_are_left_out_or_fatal(tmp_path: Path) -> None:
    source = toys.kitti(tmp_path, {"a": "", "b": "", "c": ""})
    toys.text(tmp_path / "images/b.jpg", "")
    cut = tmp_path / "images/c.jpg"
    cut.write_bytes(cut.read_bytes()[:-40])
    splits = load(toys.dataset(source))
    assert [one.image.name for one in splits.report.skipped] == ["b.jpg", "c.jpg"]
    assert any("b.jpg" in warning for warning in splits.report.warnings)
    with pytest.raises(ProblemsError, match=r"b\.jpg: .*empty.*\n.*c\.jpg: truncated"):
        load(toys.dataset(source, strict=True))


def test_nothing_to_learn_from(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no picture to learn from.*1 without labels"):
        load(toys.dataset(toys.kitti(tmp_path, {"a": None})))


def test_given_validation_is_not_split_again(tmp_path: Path) -> None:
    train = toys.kitti(tmp_path / "t", dict.fromkeys("abcd", ""))
    other = toys.kitti(tmp_path / "v", dict.fromkeys("xy", ""))
    splits = load(toys.dataset(train, validation=[other], split={"validation": 0.5}))
    assert [len(part) for part in (splits.train, splits.validation, splits.test)] == [4, 2, 0]


def test_the_vehicles_load(shared: Path) -> None:
    def source(part: str) -> Source:
        folder = shared / "data/vehicles" / part
        return Source(format="kitti", images=folder / "images", labels=folder / "labels")

    splits = load(
        Dataset(
            classes=("bus", "car", "motorcycle", "truck"),
            train=(source("train"),),
            test=(source("test"),),
        )
    )
    assert len(splits.train) + len(splits.validation) == 509 and len(splits.test) == 104
    parts = splits.report.parts
    for name in ("bus", "car", "motorcycle", "truck"):
        count = parts["validation"].objects[name]
        share = count / (count + parts["train"].objects[name])
        assert share == pytest.approx(0.15, abs=0.05)
    assert all(np.isfinite(one.boxes).all() for one in splits.train)
    assert not splits.report.dropped
