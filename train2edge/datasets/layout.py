"""Recognising a folder of labelled pictures: which format, which parts, which classes.

Known layouts, with or without parts (``train``, ``valid`` or ``val``, ``test``):

    [PART/]images + [PART/]labels                KITTI, or YOLO where lines are five numbers
    JPEGImages + Annotations [+ ImageSets/Main]  Pascal VOC
    [PART/]*.json [+ [PART/]images]              COCO
    [PART/]CLASS, two or more, of pictures       class folders
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from train2edge.datasets.header import SUFFIXES
from train2edge.datasets.reading import DONT_CARE, Reader
from train2edge.errors import InputError
from train2edge.spec.dataset import CLASS_FOLDERS, Source

PARTS = {"train": ("train",), "validation": ("valid", "val", "validation"), "test": ("test",)}
_OTHER_FOLDERS = {"images", "labels", "JPEGImages", "Annotations"}
VIDEOS = (".mp4", ".mkv", ".mov", ".avi", ".h264", ".h265")


@dataclass(frozen=True)
class Layout:
    """What a folder says of itself: the spec's ``dataset`` as plain values, and its videos."""

    dataset: dict[str, Any]
    videos: tuple[Path, ...]


def recognise(folder: Path) -> Layout:
    """Recognise ``folder``; ``InputError`` with the known layouts if it is none of them."""
    folder = folder.resolve()
    parts = {part: source for part in PARTS if (source := _part(folder, part)) is not None}
    if "train" not in parts:
        raise InputError(
            "no labelled pictures that can be recognised: wanted are images/ beside labels/ "
            "(KITTI, YOLO), JPEGImages/ beside Annotations/ (VOC), a COCO json, or, to tell whole "
            "pictures apart, a folder a class; here or under train/ and test/",
            where=str(folder),
            hint="t2e spec new detection -o spec.yaml, and name the folders there",
        )
    dataset = {part: [source.model_dump(mode="json")] for part, source in parts.items()}
    classes = sorted(set(_labels(parts["train"])))
    if not classes:
        raise InputError(
            "the labels of the training part name no class",
            where=str(parts["train"].labels),
            hint="YOLO labels need data.yaml or classes.txt beside them",
        )
    videos = tuple(sorted(one for one in folder.iterdir() if one.suffix.lower() in VIDEOS))
    return Layout({"classes": classes, **dataset}, videos)


def _part(folder: Path, part: str) -> Source | None:
    for name in PARTS[part]:
        source = _voc_list(folder, name) or _source(folder / name)
        if source is not None:
            return source
    return _source(folder) if part == "train" else None


def _source(folder: Path) -> Source | None:
    if not folder.is_dir():
        return None
    images, labels = folder / "images", folder / "labels"
    if images.is_dir() and labels.is_dir():
        format = "yolo" if _looks_like_yolo(labels) else "kitti"
        return Source.model_validate(
            {"format": format, "images": images, "labels": labels, "names": _yolo_names(folder)}
            if format == "yolo"
            else {"format": format, "images": images, "labels": labels}
        )
    if (folder / "JPEGImages").is_dir() and (folder / "Annotations").is_dir():
        return Source(format="voc", images=folder / "JPEGImages", labels=folder / "Annotations")
    annotation = next((one for one in sorted(folder.glob("*.json")) if _looks_like_coco(one)), None)
    if annotation is not None:
        return Source(
            format="coco", images=images if images.is_dir() else folder, labels=annotation
        )
    if _looks_like_class_folders(folder):
        return Source.model_validate({"format": CLASS_FOLDERS, "images": folder})
    return None


def _voc_list(folder: Path, part: str) -> Source | None:
    listed = folder / "ImageSets" / "Main" / f"{part}.txt"
    if not listed.is_file():
        return None
    return Source(
        format="voc",
        images=folder / "JPEGImages",
        labels=folder / "Annotations",
        list=listed,
    )


def _looks_like_yolo(labels: Path) -> bool:
    """Whether the first line that says anything is ``class x y w h``, all numbers."""
    for path in sorted(labels.rglob("*.txt")):
        words = path.read_text(errors="replace").split("\n", 1)[0].split()
        if words:
            return len(words) == 5 and words[0].isdigit()
    return False


def _looks_like_class_folders(folder: Path) -> bool:
    """Two or more folders of pictures, none of which has another format's name."""
    folders = [one for one in folder.iterdir() if one.is_dir()]
    with_pictures = [
        one for one in folders if any(file.suffix.lower() in SUFFIXES for file in one.iterdir())
    ]
    return len(with_pictures) > 1 and not {one.name for one in folders} & _OTHER_FOLDERS


def _looks_like_coco(path: Path) -> bool:
    try:
        data = json.loads(path.read_text())
    except ValueError:
        return False
    return isinstance(data, dict) and {"images", "annotations", "categories"} <= data.keys()


def _yolo_names(folder: Path) -> Path | None:
    for place in (folder, folder.parent):
        for name in ("data.yaml", "classes.txt", "obj.names"):
            if (place / name).is_file():
                return place / name
    return None


def _labels(source: Source) -> Iterator[str]:
    reader = cast(Reader, importlib.import_module(f"train2edge.datasets.{source.format}"))
    for picture in reader.read(source, ()).pictures:
        yield from (one.label for one in picture.objects if one.label != DONT_CARE)
