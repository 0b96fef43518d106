import io
import shutil
from pathlib import Path

from rich.console import Console

from tests.train2edge.datasets import toys
from tests.train2edge.datasets.toys import line
from train2edge.datasets.check import CheckReport, check
from train2edge.datasets.check_table import print_report

FINE = line("car", 5, 5, 20, 20)


def kinds(report: CheckReport) -> dict[str, int]:
    return {kind: len(found) for kind, found in report.kinds.items() if kind != "rare classes"}


def test_absurd_boxes_are_named(tmp_path: Path) -> None:
    lines = (
        FINE
        + line("car", 9, 9, 9, 20)
        + line("car", 20, 9, 9, 20)
        + line("car", 70, 1, 90, 9)
        + line("car", 50, 1, 70, 9)
        + line("car", 1, 1, 2, 9)
        + line("bus", 0, 0, 64, 48)
        + FINE
    )
    report = check(toys.dataset(toys.kitti(tmp_path, {"a": lines})))
    assert not report.errors
    assert kinds(report) == {
        "empty boxes": 1,
        "inverted boxes": 1,
        "boxes outside the picture": 1,
        "boxes partly outside the picture": 1,
        "tiny boxes": 1,
        "giant boxes": 1,
        "boxes twice": 1,
    }
    (tiny,) = report.kinds["tiny boxes"]
    assert tiny.where.endswith("a.txt:6") and "car (1, 1, 2, 9) in 64x48" in tiny.message


def test_pictures_that_decode_to_nothing(tmp_path: Path) -> None:
    source = toys.kitti(tmp_path, {"a": FINE, "b": FINE, "c": None})
    cut = tmp_path / "images/b.jpg"
    cut.write_bytes(cut.read_bytes()[:-50])
    report = check(toys.dataset(source))
    assert kinds(report) == {"corrupt pictures": 1, "pictures without labels": 1}
    assert not report.errors
    assert "b.jpg" in check(toys.dataset(source, strict=True)).errors[0].where


def test_leaks_by_content_and_by_looks(tmp_path: Path) -> None:
    train = toys.kitti(tmp_path / "train", {"a": FINE, "b": FINE, "c": FINE})
    test = toys.kitti(tmp_path / "test", {"x": FINE, "y": FINE, "z": FINE})
    images = tmp_path / "test/images"
    shutil.copy(tmp_path / "train/images/a.jpg", images / "x.jpg")
    toys.picture(images / "y.jpg", seed=1, quality=60)
    toys.picture(images / "z.jpg", seed=99)
    shutil.copy(tmp_path / "train/images/b.jpg", tmp_path / "train/images/c.jpg")
    report = check(toys.dataset(train, test=[test]))
    assert [Path(one.where).name for one in report.kinds["leaks"]] == ["x.jpg"]
    assert {Path(one.where).name for one in report.kinds["near leaks"]} == {"y.jpg"}
    assert [Path(one.where).name for one in report.kinds["pictures twice"]] == ["c.jpg"]


def test_all_that_training_refuses_at_once(tmp_path: Path) -> None:
    source = toys.kitti(tmp_path, {"a": "car 1\n" + line("tram", 1, 2, 3, 4)})
    gone = source.model_copy(update={"labels": tmp_path / "gone"})
    report = check(toys.dataset(source, test=[gone]))
    told = "\n".join(str(one) for one in report.errors)
    assert "gone" in told and "a.txt:1" in told and "'tram'" in told
    assert not report.parts


def test_the_table_shows_counts_and_places(tmp_path: Path) -> None:
    report = check(toys.dataset(toys.kitti(tmp_path, {"a": FINE + line("car", 1, 1, 2, 9)})))
    console = Console(record=True, width=120, file=io.StringIO())
    print_report(report, console)
    shown = console.export_text()
    assert "car" in shown and "tiny boxes: 1" in shown and "a.txt:2" in shown


def test_wrong_sizes_are_told(tmp_path: Path) -> None:
    image = {"id": 1, "file_name": "a.jpg", "width": 48, "height": 64}
    source = toys.coco(tmp_path, {"images": [image], "annotations": [], "categories": []})
    (found,) = check(toys.dataset(source)).kinds["wrong sizes"]
    assert "say 48x64, the picture is 64x48" in found.message


def test_a_class_written_in_two_ways_is_told(tmp_path: Path) -> None:
    source = toys.kitti(tmp_path, {"a": FINE + line("Car", 25, 25, 40, 40)})
    report = check(toys.dataset(source, classes=("Car", "bus", "car")))
    (found,) = report.kinds["classes written in two ways"]
    assert found.where == "car" and "dataset.map: {car: Car}" in found.message
