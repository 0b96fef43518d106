from pathlib import Path

import pytest

from tests.train2edge.datasets import toys
from train2edge.datasets.kitti import read
from train2edge.errors import InputError, ProblemsError


def test_fifteen_and_sixteen_fields(tmp_path: Path) -> None:
    lines = "car 0.5 2 0 1.5 2 30 40 0 0 0 0 0 0 0\r\n\nbus 0 0 0 1 2 3 4 0 0 0 0 0 0 0 0.9\n"
    reading = read(toys.kitti(tmp_path, {"a": lines}), ())
    assert not reading.problems
    (picture,) = reading.pictures
    car, bus = picture.objects
    assert (picture.width, picture.height) == toys.SIZE
    assert car.box == (1.5, 2, 30, 40) and (car.truncated, car.occluded) == (0.5, 2)
    assert bus.label == "bus" and bus.where.endswith("a.txt:3")


def test_dont_care_is_ignored(tmp_path: Path) -> None:
    source = toys.kitti(
        tmp_path, {"a": "DontCare -1 -1 -10 1 2 3 4 -1 -1 -1 -1000 -1000 -1000 -10\n"}
    )
    (one,) = read(source, ()).pictures[0].objects
    assert one.ignore and one.label == "DontCare"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("car 0 0 0 1 2 3 4", "8 fields"),
        ("big car 0 0 0 1 2 3 4 0 0 0 0 0 0 0 0", "17 fields"),
        ("traffic light 0 0 0 1 2 3 4 0 0 0 0 0 0 0", "field 2 is 'light'"),
        ("car 0 0 0 1 x 3 4 0 0 0 0 0 0 0", "field 6 is 'x'"),
        ("car 0 0 0 1 nan 3 4 0 0 0 0 0 0 0", "field 6 is 'nan', a finite"),
    ],
)
def test_bad_lines_have_their_file_and_line(tmp_path: Path, line: str, message: str) -> None:
    good = toys.line("car", 1, 2, 3, 4)
    reading = read(toys.kitti(tmp_path, {"a": good + line + "\n" + good}), ())
    (problem,) = reading.problems
    assert problem.where.endswith("a.txt:2") and message in problem.message
    assert len(reading.pictures[0].objects) == 2


def test_a_label_file_that_is_no_text(tmp_path: Path) -> None:
    source = toys.kitti(tmp_path, {"a": ""})
    (tmp_path / "labels/a.txt").write_bytes(b"car\xff\xfe\0")
    (problem,) = read(source, ()).problems
    assert "a.txt" in problem.where and "UTF-8" in problem.message


def test_who_has_no_partner_is_told(tmp_path: Path) -> None:
    source = toys.kitti(tmp_path, {"a": "", "b": None})
    toys.text(tmp_path / "labels/c.txt", "")
    toys.text(tmp_path / "images/d.jpg", "no picture")
    toys.text(tmp_path / "labels/d.txt", "")
    reading = read(source, ())
    assert [one.key for one in reading.pictures] == ["a"]
    assert [path.name for path in reading.unlabelled] == ["b.jpg"]
    assert reading.pictureless == [str(tmp_path / "labels/c.txt")]
    assert [one.image.name for one in reading.corrupt] == ["d.jpg"]


def test_pictures_in_formats_that_are_not_read_are_named(tmp_path: Path) -> None:
    source = toys.kitti(tmp_path, {"a": toys.line("car", 1, 2, 3, 4), "b": "", "c": ""})
    (tmp_path / "images" / "b.jpg").rename(tmp_path / "images" / "b.webp")
    (tmp_path / "images" / "c.jpg").unlink()
    reading = read(source, ())
    assert [str(one.image.name) for one in reading.corrupt] == ["b.webp"]
    assert "convert it to .jpg or .png" in reading.corrupt[0].reason
    assert [Path(one).name for one in reading.pictureless] == ["c.txt"]


def test_two_pictures_for_one_label_file(tmp_path: Path) -> None:
    source = toys.kitti(tmp_path, {"a": ""})
    toys.picture(tmp_path / "images/a.png")
    with pytest.raises(ProblemsError, match=r"a\.jpg and a\.png would share"):
        read(source, ())


def test_a_list_takes_some_and_names_what_is_absent(tmp_path: Path) -> None:
    source = toys.kitti(tmp_path, {"a": "", "b": "", "c": ""})
    some = source.model_copy(update={"list": toys.text(tmp_path / "some.txt", "c\n\nimg/a.jpg\n")})
    assert [one.key for one in read(some, ()).pictures] == ["a", "c"]
    toys.text(tmp_path / "some.txt", "a\nx\n")
    with pytest.raises(ProblemsError, match=r"some\.txt:2: no picture 'x'"):
        read(some, ())


def test_folders_that_are_not_there(tmp_path: Path) -> None:
    source = toys.kitti(tmp_path, {"a": ""})
    with pytest.raises(InputError, match=r"gone: labels: no such folder"):
        read(source.model_copy(update={"labels": tmp_path / "gone"}), ())
    with pytest.raises(InputError, match="pictures: none"):
        read(source.model_copy(update={"images": tmp_path / "labels"}), ())
