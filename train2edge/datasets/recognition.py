"""The source of labelled pictures that a folder is, by what stands in it.

Every function knows one family of layouts and gives ``None`` for anything else.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from train2edge.datasets.folder import CLASS_LIST
from train2edge.datasets.header import SUFFIXES
from train2edge.spec.dataset import CLASS_FOLDERS, Source

# pictures beside their labels: most tools', KITTI's own, Pascal VOC's own
PAIRS = (
    ("images", "labels"),
    ("image_2", "label_2"),
    ("JPEGImages", "Annotations"),
    ("images", "annotations"),
    ("images", "Annotations"),
)
NAMES = ("data.yaml", CLASS_LIST, "obj.names")


def of_part(folder: Path, part: str) -> Source | None:
    """The pictures of ``folder`` that belong to ``part``, by its name in folders and lists."""
    return (
        _voc_list(folder, part)
        or of_folder(folder / part)
        or _pair(folder / "images" / part, folder / "labels" / part)
        or _coco(folder, _files_of(folder, part))
    )


def of_folder(folder: Path) -> Source | None:
    """``folder`` as a whole."""
    if not folder.is_dir():
        return None
    pairs = (_pair(folder / images, folder / labels) for images, labels in PAIRS)
    return (
        next((one for one in pairs if one is not None), None)
        or _coco(folder, sorted(folder.glob("*.json")))
        or _in_place(folder)
        or _class_folders(folder)
    )


def _pair(images: Path, labels: Path) -> Source | None:
    if not (images.is_dir() and labels.is_dir()):
        return None
    if any(labels.rglob("*.xml")):
        return Source(format="voc", images=images, labels=labels)
    if labels.name.lower() == "annotations" and not any(labels.rglob("*.txt")):
        return None  # COCO's json, or nothing
    return _text_labels(images, labels)


def _text_labels(images: Path, labels: Path) -> Source:
    if not _looks_like_yolo(labels):
        return Source(format="kitti", images=images, labels=labels)
    places = (labels, labels.parent, labels.parent.parent)
    names = (place / name for place in places for name in NAMES)
    found = next((one for one in names if one.is_file()), None)
    return Source(format="yolo", images=images, labels=labels, names=found)


def _in_place(folder: Path) -> Source | None:
    """Each picture beside its own label file, as labelling tools write them."""
    stems = {one.stem for one in folder.iterdir() if one.suffix.lower() in SUFFIXES}
    beside = {one.suffix for one in folder.iterdir() if one.stem in stems}
    if ".xml" in beside:
        return Source(format="voc", images=folder, labels=folder)
    return _text_labels(folder, folder) if ".txt" in beside else None


def _looks_like_yolo(labels: Path) -> bool:
    """Whether the first line that says anything is numbers alone: a class, then a box or polygon.

    KITTI's first word is a class's name.
    """
    for path in sorted(one for one in labels.rglob("*.txt") if one.name not in NAMES):
        text = path.read_text(encoding="utf-8-sig", errors="replace")
        words = text.partition("\n")[0].split()
        if words:
            return words[0].isdecimal() and len(words) >= 5
    return False


def _voc_list(folder: Path, part: str) -> Source | None:
    listed = folder / "ImageSets" / "Main" / f"{part}.txt"
    if not listed.is_file():
        return None
    images, labels = folder / "JPEGImages", folder / "Annotations"
    return Source(format="voc", images=images, labels=labels, list=listed)


def _files_of(folder: Path, part: str) -> list[Path]:
    """``annotations/instances_train2017.json`` and its like, boxes before key points."""
    name = re.compile(rf"(?:^|[^a-z]){part}(?:\d{{4}})?(?:$|[^a-z])")
    files = [one for one in (folder / "annotations").glob("*.json") if name.search(one.stem)]
    return sorted(files, key=lambda one: (not one.stem.startswith("instances"), one.name))


def _coco(folder: Path, files: list[Path]) -> Source | None:
    for annotation in files:
        data = _read(annotation)
        if not (isinstance(data, dict) and {"images", "annotations", "categories"} <= data.keys()):
            continue
        places = _picture_folders(folder, annotation)
        images = next((one for one in places if _has(one, data)), folder)
        return Source(format="coco", images=images, labels=annotation)
    return None


def _picture_folders(folder: Path, annotation: Path) -> Iterator[Path]:
    """Where a COCO file's pictures may be, folders whose name it bears first."""
    inside = [one for place in (folder / "images", folder) for one in _folders(place)]
    yield from (one for one in inside if annotation.stem.endswith(one.name))
    yield from (folder / "images", folder, *inside)


def _folders(place: Path) -> list[Path]:
    return sorted(one for one in place.iterdir() if one.is_dir()) if place.is_dir() else []


def _has(folder: Path, data: dict[str, Any]) -> bool:
    """Whether the first picture that ``data`` names is in ``folder``."""
    first: Any = next(iter(data["images"]), None)
    return isinstance(first, dict) and (folder / str(first.get("file_name", ""))).is_file()


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return None


def _class_folders(folder: Path) -> Source | None:
    """Two or more folders of pictures without label files beside them."""
    with_pictures = [one for one in _folders(folder) if _pictures_alone(one)]
    known = {name for pair in PAIRS for name in pair}
    if len(with_pictures) < 2 or {one.name for one in _folders(folder)} & known:
        return None
    return Source.model_validate({"format": CLASS_FOLDERS, "images": folder})


def _pictures_alone(folder: Path) -> bool:
    pictures = any(one.suffix.lower() in SUFFIXES for one in folder.iterdir())
    return pictures and _in_place(folder) is None
