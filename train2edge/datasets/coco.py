"""COCO annotations: one JSON file for all pictures.

``images`` (id, file_name, width, height), ``annotations`` (image_id, category_id, bbox as left,
top, width, height; iscrowd) and ``categories`` (id, name). Crowds are ignored, not learned.
Source: cocodataset.org, "Data format".
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from train2edge.datasets.folder import existing_folder, read_text, wanted_pictures
from train2edge.datasets.json_places import elements
from train2edge.datasets.picture import Skipped, picture_size
from train2edge.datasets.reading import DONT_CARE, LabelledBox, LabelledPicture, Reading
from train2edge.errors import InputError, Problem, ProblemsError
from train2edge.files import write_json
from train2edge.spec.dataset import Source

ARRAYS = ("images", "annotations", "categories")
Element = tuple[str, dict[str, Any]]  # file:line, the JSON object


def read(source: Source, names: Sequence[str]) -> Reading:
    """Read a COCO file and the pictures that it names under ``source.images``."""
    reading = Reading()
    arrays = _arrays(source.labels, reading.problems)
    labels = _by_id(arrays["categories"], "name", reading.problems)
    boxes = _boxes(arrays, labels, reading.problems)
    pictures = wanted_pictures(source)
    files = {path.relative_to(source.images).as_posix(): key for key, path in pictures.items()}
    for where, image in arrays["images"]:
        name = PurePosixPath(str(image.get("file_name", ""))).as_posix()
        key = files.pop(name, None) or files.pop(PurePosixPath(name).name, None)
        if key is not None:
            _read_one(reading, pictures[key], key, where, image, boxes.get(image.get("id"), ()))
        elif source.list is None:
            reading.pictureless.append(f"{where} '{name}'")
    reading.unlabelled += [pictures[key] for key in files.values()]
    return reading


def write(pictures: Sequence[LabelledPicture], folder: Path, names: Sequence[str]) -> int:
    """Write ``instances.json``; a ``DontCare`` region becomes a crowd of every class."""
    ids = {name: number for number, name in enumerate(names, 1)}
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for number, picture in enumerate(pictures, 1):
        name = picture.key + picture.image.suffix
        size = {"width": picture.width, "height": picture.height}
        images.append({"id": number, "file_name": name, **size})
        for one in picture.objects:
            for category in ids.values() if one.label == DONT_CARE else (ids[one.label],):
                annotations.append(_annotation(len(annotations) + 1, number, category, one))
    categories = [{"id": number, "name": name} for name, number in ids.items()]
    data = {"images": images, "annotations": annotations, "categories": categories}
    write_json(folder / "instances.json", data)
    return 0


def _annotation(number: int, image: int, category: int, one: LabelledBox) -> dict[str, Any]:
    left, top, right, bottom = one.box
    return {
        "id": number,
        "image_id": image,
        "category_id": category,
        "bbox": [left, top, right - left, bottom - top],
        "area": (right - left) * (bottom - top),
        "iscrowd": int(one.ignore),
    }


def _read_one(
    reading: Reading,
    path: Path,
    key: str,
    where: str,
    image: Mapping[str, Any],
    boxes: Sequence[LabelledBox],
) -> None:
    try:
        size = picture_size(path)
    except InputError as error:
        reading.corrupt.append(Skipped(path, error.message))
        return
    stated = None
    if isinstance(image.get("width"), int) and isinstance(image.get("height"), int):
        stated = (image["width"], image["height"])
    reading.pictures.append(LabelledPicture(path, key, *size, tuple(boxes), where, stated))


def _arrays(path: Path, problems: list[Problem]) -> dict[str, list[Element]]:
    """The file's three arrays, each object with the line that it begins on."""
    if path.is_dir():
        hint = "name the annotation file, e.g. instances.json"
        raise InputError("COCO labels are one JSON file, not a folder", where=str(path), hint=hint)
    existing_folder(path.parent, "labels")
    if not path.is_file():
        raise InputError("labels: no such file", where=str(path))
    unreadable: list[Problem] = []
    text = read_text(path, unreadable)
    if unreadable:
        raise ProblemsError(unreadable)
    arrays: dict[str, list[Element]] = {name: [] for name in ARRAYS}
    try:
        for name, index, at, value in elements(text, ARRAYS):
            line = f"{path}:{at}" if index == 0 or at > 1 else f"{path}:{at} {name}[{index}]"
            if isinstance(value, dict):
                arrays[name].append((line, value))
            else:
                problems.append(Problem(line, f"{name}[{index}] is {value!r}, an object is wanted"))
    except json.JSONDecodeError as error:
        where = f"{path}:{error.lineno}"
        raise InputError(f"not JSON: {error.msg} (column {error.colno})", where=where) from None
    if not arrays["images"]:
        raise InputError("no 'images': this is no COCO annotation file", where=f"{path}:1")
    return arrays


def _by_id(elements: Sequence[Element], field: str, problems: list[Problem]) -> dict[Any, str]:
    found: dict[Any, str] = {}
    for where, one in elements:
        number, value = one.get("id"), one.get(field)
        if not isinstance(number, int) or not isinstance(value, str) or not value:
            problems.append(Problem(where, f"a category wants an id and a {field}, not {one}"))
        elif number in found:
            problems.append(Problem(where, f"category id {number} is given twice"))
        else:
            found[number] = value
    return found


def _boxes(
    arrays: Mapping[str, Sequence[Element]], labels: Mapping[Any, str], problems: list[Problem]
) -> dict[Any, list[LabelledBox]]:
    """Image id -> its objects."""
    boxes: dict[Any, list[LabelledBox]] = {}
    for where, image in arrays["images"]:
        number = image.get("id")
        if not isinstance(number, int | str) or not isinstance(image.get("file_name"), str):
            problems.append(Problem(where, f"an image wants an id and a file_name, not {image}"))
        elif number in boxes:
            problems.append(Problem(where, f"image id {number} is given twice"))
        else:
            boxes[number] = []
    for where, one in arrays["annotations"]:
        try:
            image_id = one.get("image_id")
            if not isinstance(image_id, int | str) or image_id not in boxes:
                raise ValueError(f"image_id {image_id!r} is no image of this file")
            boxes[image_id].append(_object(one, labels, where))
        except ValueError as error:
            problems.append(Problem(where, f"annotation {one.get('id')}: {error}"))
    return boxes


def _object(one: Mapping[str, Any], labels: Mapping[Any, str], where: str) -> LabelledBox:
    category = one.get("category_id")
    if not isinstance(category, int) or category not in labels:
        raise ValueError(f"category_id {category!r} is no category of this file")
    box = one.get("bbox")
    if not (
        isinstance(box, list)
        and len(box) == 4
        and all(isinstance(value, int | float) and math.isfinite(value) for value in box)
    ):
        raise ValueError(f"bbox {box!r}, four numbers are wanted: left, top, width, height")
    left, top, width, height = (float(value) for value in box)
    return LabelledBox(
        labels[category],
        (left, top, left + width, top + height),
        where,
        ignore=bool(one.get("iscrowd", 0)),
    )
