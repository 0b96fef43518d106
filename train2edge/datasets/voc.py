"""Pascal VOC annotations: an XML file a picture.

``annotation/object`` with name, difficult, truncated and bndbox. VOC counts pixels from 1 and
includes the last one: xmin 1, xmax 640 is a whole picture 640 wide, here left 0, right 640.
Difficult objects are ignored, not learned. Source: the VOC2012 development kit, section 4.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat
from xml.sax.saxutils import escape

from train2edge.datasets.folder import read_folder, read_text
from train2edge.datasets.reading import DONT_CARE, LabelledBox, LabelledPicture, Reading
from train2edge.errors import Problem
from train2edge.spec.dataset import Source

Values = dict[str, tuple[str, int]]  # path below the element -> text, line


def read(source: Source, names: Sequence[str]) -> Reading:
    """Read pictures and VOC XML files of the same names."""
    return read_folder(source, ".xml", _parse)


def write(pictures: Sequence[LabelledPicture], folder: Path, names: Sequence[str]) -> int:
    """Write ``Annotations/<key>.xml``, whole pixels; ``DontCare`` becomes difficult, each class."""
    for picture in pictures:
        path = folder / "Annotations" / f"{picture.key}.xml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_xml(picture, names), encoding="utf-8")
    return 0


@dataclass
class _Annotation:
    """What the XML says: the file's own values, and each object's."""

    values: Values = field(default_factory=dict)
    objects: list[Values] = field(default_factory=list)


def _parse(
    path: Path, size: tuple[int, int], problems: list[Problem]
) -> tuple[list[LabelledBox], tuple[int, int] | None]:
    try:
        annotation = _tree(read_text(path, problems))
    except expat.ExpatError as error:
        message = expat.errors.messages[error.code]
        problems.append(Problem(f"{path}:{error.lineno}", f"not XML: {message}"))
        return [], None
    objects = []
    for values in annotation.objects:
        try:
            objects.append(_object(values, path))
        except _ValueAt as error:
            problems.append(Problem(f"{path}:{error.line}", str(error)))
    return objects, _stated(annotation.values)


class _ValueAt(ValueError):
    """A bad value and its line."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


def _tree(text: str) -> _Annotation:
    """Texts by path and line; ``part`` objects inside objects (VOC's heads and hands) are not."""
    found, path, texts = _Annotation(), [""], [""]
    parser = expat.ParserCreate()

    def start(tag: str, attributes: Mapping[str, str]) -> None:
        path.append(tag)
        texts.append("")
        if path[2:] == ["object"]:
            found.objects.append({"": ("", parser.CurrentLineNumber)})

    def end(tag: str) -> None:
        value = (texts.pop().strip(), parser.CurrentLineNumber)
        if path[2:3] == ["object"]:
            found.objects[-1].setdefault("/".join(path[3:]), value)
        else:
            found.values.setdefault("/".join(path[2:]), value)
        path.pop()

    def characters(data: str) -> None:
        texts[-1] += data

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = characters
    parser.Parse(text, True)
    return found


def _object(values: Values, path: Path) -> LabelledBox:
    line = values[""][1]
    name = values.get("name", ("", line))
    if not name[0]:
        raise _ValueAt("an object without a name", name[1])
    left, top, right, bottom = (
        _number(values, f"bndbox/{side}", line) for side in ("xmin", "ymin", "xmax", "ymax")
    )
    return LabelledBox(
        name[0],
        (left - 1, top - 1, right, bottom),
        f"{path}:{line}",
        ignore=values.get("difficult", ("0", 0))[0] == "1",
        truncated=float(values.get("truncated", ("0", 0))[0] == "1"),
        occluded=int(values.get("occluded", ("0", 0))[0] == "1"),
    )


def _number(values: Values, key: str, line: int) -> float:
    if key not in values:
        raise _ValueAt(f"an object without {key}", line)
    text, line = values[key]
    try:
        number = float(text)
    except ValueError:
        raise _ValueAt(f"{key} is '{text}', a number is wanted", line) from None
    if not math.isfinite(number):
        raise _ValueAt(f"{key} is '{text}', a finite number is wanted", line)
    return number


def _stated(values: Values) -> tuple[int, int] | None:
    width, height = (values.get(f"size/{side}", ("", 0))[0] for side in ("width", "height"))
    if width.isdecimal() and height.isdecimal() and int(width) and int(height):
        return int(width), int(height)
    return None


def _xml(picture: LabelledPicture, names: Sequence[str]) -> str:
    name = escape(Path(picture.key).name + picture.image.suffix)
    lines = [
        "<annotation>",
        f"  <folder>JPEGImages</folder>\n  <filename>{name}</filename>",
        f"  <size><width>{picture.width}</width><height>{picture.height}</height>"
        "<depth>3</depth></size>",
        "  <segmented>0</segmented>",
    ]
    for one in picture.objects:
        labels = names if one.label == DONT_CARE else (one.label,)
        lines += [_xml_object(one, label) for label in labels]
    return "\n".join([*lines, "</annotation>", ""])


def _xml_object(one: LabelledBox, label: str) -> str:
    left, top, right, bottom = (round(value) for value in one.box)
    right, bottom = max(right, left + 1), max(bottom, top + 1)
    sides = zip(("xmin", "ymin", "xmax", "ymax"), (left + 1, top + 1, right, bottom), strict=True)
    box = "".join(f"<{side}>{value}</{side}>" for side, value in sides)
    return (
        f"  <object>\n    <name>{escape(label)}</name>\n    <pose>Unspecified</pose>\n"
        f"    <truncated>{int(one.truncated > 0.15)}</truncated>\n"
        f"    <difficult>{int(one.ignore)}</difficult>\n"
        f"    <bndbox>{box}</bndbox>\n  </object>"
    )
