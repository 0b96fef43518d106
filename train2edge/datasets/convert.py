"""Labelled pictures from one format to another: what one can say and the other can too."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from train2edge.datasets.load import reader
from train2edge.datasets.reading import DONT_CARE, LabelledPicture, Reading, Writer
from train2edge.errors import InputError, ProblemsError, capped
from train2edge.folders import building, check_free
from train2edge.spec.dataset import CLASS_FOLDERS, Source

WRITTEN = {  # what lies where in a folder that is written, by format: a source's fields
    "kitti": {"images": "images", "labels": "labels"},
    "coco": {"images": "images", "labels": "instances.json"},
    "voc": {"images": "JPEGImages", "labels": "Annotations"},
    "yolo": {"images": "images", "labels": "labels", "names": "data.yaml"},
    CLASS_FOLDERS: {"images": "."},
}


@dataclass(frozen=True)
class ConversionPlan:
    """What will be written: ``pictures`` in ``target`` format into ``out``.

    ``names`` are the classes in order; ``copy`` copies pictures instead of linking to them;
    ``left_out`` says what could not be read, in sentences.
    """

    pictures: tuple[LabelledPicture, ...]
    target: str
    out: Path
    names: tuple[str, ...]
    copy: bool
    left_out: tuple[str, ...]

    def as_record(self) -> dict[str, Any]:
        return {
            "pictures": len(self.pictures),
            "format": self.target,
            "classes": list(self.names),
            "left_out": list(self.left_out),
        }


@dataclass(frozen=True)
class ConversionReport:
    """What was written: boxes by class, and what the format could not say."""

    pictures: int
    objects: dict[str, int]
    warnings: tuple[str, ...]

    def as_record(self) -> dict[str, Any]:
        return {
            "pictures": self.pictures,
            "objects": self.objects,
            "warnings": list(self.warnings),
        }


def plan(
    source: Source, target: str, out: Path, *, classes: Sequence[str] = (), copy: bool = False
) -> ConversionPlan:
    """Read ``source`` and decide what to write.

    Raises ``ProblemsError`` with every line that cannot be read, ``InputError`` if ``classes``
    (else: YOLO's names, or all labels in alphabetical order) lack a label of the files.
    """
    check_free(out)
    reading = reader(source.format).read(source, classes)
    if reading.problems:
        raise ProblemsError(capped(reading.problems))
    if not reading.pictures:
        raise InputError("no labelled picture to convert", where=str(source.images))
    pictures, empty = _without_empty(reading.pictures)
    names = _names(source, pictures, classes)
    return ConversionPlan(pictures, target, out, names, copy, _left_out(reading, empty))


def convert(conversion: ConversionPlan) -> ConversionReport:
    """Write the new folder, whole or not at all."""
    pictures, target = conversion.pictures, conversion.target
    with building(conversion.out) as folder:
        unsaid = cast(Writer, reader(target)).write(pictures, folder, conversion.names)
        for picture in pictures:
            name = f"{picture.key}{picture.image.suffix}"
            place(picture.image, folder / WRITTEN[target]["images"] / name, copy=conversion.copy)
    counts = Counter(one.label for picture in pictures for one in picture.objects)
    warnings = list(conversion.left_out)
    if unsaid:
        warnings.append(f"{unsaid} ignored regions left out: {target} cannot say them")
    return ConversionReport(len(pictures), dict(sorted(counts.items())), tuple(warnings))


def _without_empty(
    pictures: Sequence[LabelledPicture],
) -> tuple[tuple[LabelledPicture, ...], int]:
    kept, empty = [], 0
    for picture in pictures:
        boxes = [
            one for one in picture.objects if one.box[0] < one.box[2] and one.box[1] < one.box[3]
        ]
        empty += len(picture.objects) - len(boxes)
        kept.append(replace(picture, objects=tuple(boxes)))
    return tuple(kept), empty


def _names(
    source: Source, pictures: Sequence[LabelledPicture], classes: Sequence[str]
) -> tuple[str, ...]:
    found = {one.label for picture in pictures for one in picture.objects} - {DONT_CARE}
    if classes:
        absent = sorted(found - set(classes))
        if absent:
            more = "".join(f" --class {name}" for name in absent)
            message = f"the labels also name {', '.join(absent)}"
            raise InputError(message, where="--class", hint=f"add{more}")
        return tuple(classes)
    if source.format == "yolo" and source.names is not None:
        from train2edge.datasets.yolo import read_names

        return tuple(read_names(source.names))
    return tuple(sorted(found))


def _left_out(reading: Reading, empty: int) -> tuple[str, ...]:
    told = []
    if reading.corrupt:
        told.append(f"{len(reading.corrupt)} corrupt pictures left out, first {reading.corrupt[0]}")
    labelled = {picture.image for picture in reading.pictures}
    without = [path for path in reading.unlabelled if path not in labelled]
    if without:
        told.append(f"{len(without)} pictures without labels left out, first {without[0]}")
    if reading.pictureless:
        first = reading.pictureless[0]
        told.append(f"{len(reading.pictureless)} labels without picture left out, first {first}")
    if empty:
        told.append(f"{empty} empty or inverted boxes left out")
    return tuple(told)


def place(picture: Path, target: Path, *, copy: bool) -> None:
    """Put a picture at ``target``: a link to it, or a copy of it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if copy:
        shutil.copyfile(picture, target)
    else:
        target.symlink_to(picture.resolve())


def written(target: str, folder: Path) -> Source:
    """The source that a folder is which was written in the format ``target``."""
    paths = {field: folder / name for field, name in WRITTEN[target].items()}
    return Source.model_validate({"format": target, **paths})
