from pathlib import Path

import pytest

from tests.train2edge.datasets import toys
from train2edge.datasets.voc import read
from train2edge.spec.dataset import Source

OBJECT = """<object>
<name>{name}</name><difficult>{difficult}</difficult>
<bndbox><xmin>{box[0]}</xmin><ymin>{box[1]}</ymin><xmax>{box[2]}</xmax><ymax>{box[3]}</ymax></bndbox>
<part><name>head</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>2</xmax><ymax>2</ymax></bndbox></part>
</object>"""


def source(root: Path, body: str) -> Source:
    toys.picture(root / "images/a.jpg")
    toys.text(root / "labels/a.xml", f"<annotation>\n{body}\n</annotation>")
    return Source(format="voc", images=root / "images", labels=root / "labels")


def one(name: str = "car", difficult: int = 0, box: tuple[object, ...] = (1, 1, 64, 48)) -> str:
    return OBJECT.format(name=name, difficult=difficult, box=box)


def test_pixels_are_counted_from_one(tmp_path: Path) -> None:
    size = "<size><width>64</width><height>50</height></size>"
    (picture,) = read(source(tmp_path, size + one() + one("bus", 1)), ()).pictures
    car, bus = picture.objects
    assert car.box == (0, 0, 64, 48) and not car.ignore
    assert bus.ignore
    assert picture.stated == (64, 50)


@pytest.mark.parametrize(
    ("body", "line", "message"),
    [
        (one(box=(1, "x", 3, 4)), 4, "bndbox/ymin is 'x'"),
        (one(name=""), 3, "without a name"),
        ("<object><name>a</name></object>", 2, "without bndbox/xmin"),
        ("<object>", 3, "not XML: mismatched tag"),
        ("&bomb;", 2, "not XML: undefined entity"),
    ],
)
def test_bad_xml_has_its_file_and_line(tmp_path: Path, body: str, line: int, message: str) -> None:
    (problem,) = read(source(tmp_path, body), ()).problems
    assert problem.where.endswith(f"a.xml:{line}") and message in problem.message


def test_all_of_the_cells(shared: Path) -> None:
    cells = shared / "data/cells"
    reading = read(
        Source(format="voc", images=cells / "JPEGImages", labels=cells / "Annotations"), ()
    )
    assert len(reading.pictures) == 364
    assert sum(len(picture.objects) for picture in reading.pictures) == 4888
    assert not reading.problems and not reading.unlabelled
