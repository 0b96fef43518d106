"""YOLO labels: a text file a picture, one object a line, everything a share of the picture.

``class centre_x centre_y width height [score]``, or a polygon ``class x y x y x y ...``, whose box
is taken. Classes are numbers: their names come from ``names`` (a text file, a name a line, or
data.yaml) or are the experiment's classes in their order. No label file means no objects.
Source: Ultralytics, "Object detection datasets overview".
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import yaml

from train2edge.datasets.folder import read_folder, read_text
from train2edge.datasets.reading import LabelledBox, LabelledPicture, Reading
from train2edge.errors import InputError, Problem, ProblemsError
from train2edge.files import write_text
from train2edge.spec.dataset import Source

_SLACK = 0.05  # how far beyond the picture a share may be before it is taken for pixels


def read(source: Source, names: Sequence[str]) -> Reading:
    """Read pictures and YOLO label files of the same names; ``InputError`` without class names."""
    words = read_names(source.names) if source.names else list(names)
    if not words:
        raise InputError(
            "YOLO labels are numbers, and nothing says which classes they are",
            where=str(source.labels),
            hint="data.yaml or classes.txt beside the labels, or its path as names",
        )

    def parse(
        path: Path, size: tuple[int, int], problems: list[Problem]
    ) -> tuple[list[LabelledBox], None]:
        objects = []
        for number, text in enumerate(read_text(path, problems).splitlines(), 1):
            if not text.strip():
                continue
            try:
                objects.append(_object(text.split(), words, size, f"{path}:{number}"))
            except ValueError as error:
                problems.append(Problem(f"{path}:{number}", str(error)))
        return objects, None

    return read_folder(source, ".txt", parse, unlabelled_is_empty=True)


def write(pictures: Sequence[LabelledPicture], folder: Path, names: Sequence[str]) -> int:
    """Write ``labels/<key>.txt`` and ``data.yaml``; YOLO cannot say ignored regions."""
    unsaid = 0
    for picture in pictures:
        said = [one for one in picture.objects if not one.ignore]
        unsaid += len(picture.objects) - len(said)
        path = folder / "labels" / f"{picture.key}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(_line(one, picture, names) for one in said))
    data = {"path": ".", "train": "images", "val": "images", "names": dict(enumerate(names))}
    write_text(folder / "data.yaml", yaml.safe_dump(data, sort_keys=False, allow_unicode=True))
    return unsaid


def read_names(path: Path) -> list[str]:
    """Class names in order: ``names`` of a data.yaml (a list or a mapping), or a line each."""
    if not path.is_file():
        raise InputError("class names: no such file", where=str(path))
    problems: list[Problem] = []
    text = read_text(path, problems)
    if problems:
        raise ProblemsError(problems)
    if path.suffix.lower() not in (".yaml", ".yml"):
        return [line.strip() for line in text.splitlines() if line.strip()]
    try:
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path}:{mark.line + 1}" if mark else str(path)
        raise InputError("not YAML", where=where) from None
    names = data.get("names") if isinstance(data, dict) else None
    if isinstance(names, dict) and sorted(names) == list(range(len(names))):
        names = [names[index] for index in range(len(names))]
    if not isinstance(names, list) or not names:
        hint = "names: [car, bus], or names: {0: car, 1: bus}"
        raise InputError("no 'names' from 0 without a gap", where=str(path), hint=hint)
    return [str(name) for name in names]


def _object(
    words: list[str], names: Sequence[str], size: tuple[int, int], where: str
) -> LabelledBox:
    polygon = len(words) >= 7 and len(words) % 2 == 1
    if len(words) not in (5, 6) and not polygon:
        raise ValueError(
            f"{len(words)} fields, YOLO labels have 5 (class, centre x, centre y, width, height), "
            "6 with a score, or a class and a polygon"
        )
    if not words[0].isdecimal() or int(words[0]) >= len(names):
        known = ", ".join(f"{index}={name}" for index, name in enumerate(names))
        raise ValueError(f"class '{words[0]}' is not one of {known}")
    shares = [_share(word, index) for index, word in enumerate(words[1:], 2)]
    left, top, right, bottom = _polygon_box(shares) if polygon else _box(shares)
    width, height = size
    box = (left * width, top * height, right * width, bottom * height)
    return LabelledBox(names[int(words[0])], box, where)


def _share(word: str, field: int) -> float:
    try:
        share = float(word)
    except ValueError:
        raise ValueError(f"field {field} is '{word}', a number is wanted") from None
    if not math.isfinite(share) or not -_SLACK <= share <= 1 + _SLACK:
        raise ValueError(f"field {field} is '{word}', a share of the picture, 0 to 1, is wanted")
    return share


def _box(shares: Sequence[float]) -> tuple[float, float, float, float]:
    x, y, width, height = shares[:4]
    return x - width / 2, y - height / 2, x + width / 2, y + height / 2


def _polygon_box(shares: Sequence[float]) -> tuple[float, float, float, float]:
    across, down = shares[::2], shares[1::2]
    return min(across), min(down), max(across), max(down)


def _line(one: LabelledBox, picture: LabelledPicture, names: Sequence[str]) -> str:
    width, height = picture.width, picture.height
    left, right = (min(max(value, 0.0), width) / width for value in one.box[::2])
    top, bottom = (min(max(value, 0.0), height) / height for value in one.box[1::2])
    centre = f"{(left + right) / 2:.6f} {(top + bottom) / 2:.6f}"
    return f"{names.index(one.label)} {centre} {right - left:.6f} {bottom - top:.6f}\n"
