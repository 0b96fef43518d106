"""Recognising a folder of labelled pictures: which format, which parts, which classes.

Known layouts, with or without parts (``train``, ``valid`` or ``val``, ``test``):

    [PART/]images + [PART/]labels                KITTI, or YOLO where lines are numbers
    images/PART + labels/PART                    the same
    [PART/]image_2 + [PART/]label_2              KITTI's own names
    JPEGImages + Annotations [+ ImageSets/Main]  Pascal VOC
    [PART/] pictures, each beside its .xml, .txt VOC, YOLO, KITTI
    [PART/]*.json [+ [PART/]images]              COCO
    annotations/*PART*.json [+ PART*]            COCO's own names
    [PART/]CLASS, two or more, of pictures       class folders
"""

from __future__ import annotations

import importlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from train2edge.datasets.reading import DONT_CARE, Reader
from train2edge.datasets.recognition import of_folder, of_part
from train2edge.errors import InputError
from train2edge.spec.dataset import Source

PARTS = {
    "train": ("train", "training"),
    "validation": ("valid", "val", "validation"),
    "test": ("test", "testing"),
}
VIDEOS = (".mp4", ".mkv", ".mov", ".avi", ".h264", ".h265")


@dataclass(frozen=True)
class Layout:
    """What a folder says of itself: the spec's ``dataset`` as plain values, and its videos.

    Classes are the labels of the training part, as the one word that nvinfer wants of a name.
    """

    dataset: dict[str, Any]
    videos: tuple[Path, ...]


def recognise(folder: Path) -> Layout:
    """Recognise ``folder``; ``InputError`` with the known layouts if it is none of them."""
    folder = folder.resolve()
    parts = parts_of(folder)
    if "train" not in parts:
        raise _unknown(folder)
    dataset: dict[str, Any] = {
        part: [source.model_dump(mode="json")] for part, source in parts.items()
    }
    names = {label: one_word(label) for label in sorted(labels_of(parts["train"]))}
    if not names:
        raise InputError(
            "the labels of the training part name no class",
            where=str(parts["train"].labels),
        )
    mapping = {label: name for label, name in names.items() if label != name}
    classes = sorted(set(names.values()))
    videos = tuple(sorted(one for one in folder.iterdir() if one.suffix.lower() in VIDEOS))
    return Layout({"classes": classes, "map": mapping, **dataset}, videos)


def parts_of(folder: Path) -> dict[str, Source]:
    """The parts that ``folder`` has; pictures that are in no part are all to learn from."""
    found = {
        part: source
        for part, names in PARTS.items()
        for source in [next(filter(None, (of_part(folder, name) for name in names)), None)]
        if source is not None
    }
    whole = None if "train" in found else of_folder(folder)
    return found if whole is None else {"train": whole, **found}


def one_word(label: str) -> str:
    """A label as KITTI files and nvinfer's label files want a class's name."""
    return re.sub(r"[\s;:/]+", "_", label.strip())


def labels_of(source: Source) -> set[str]:
    """Every label that ``source`` gives a box, ``DontCare`` left out."""
    reader = cast(Reader, importlib.import_module(f"train2edge.datasets.{source.format}"))
    pictures = reader.read(source, ()).pictures
    return {one.label for picture in pictures for one in picture.objects} - {DONT_CARE}


def _unknown(folder: Path) -> InputError:
    inside = (one for one in sorted(folder.iterdir()) if one.is_dir())
    inner = next((one for one in inside if "train" in parts_of(one)), None)
    return InputError(
        "no labelled pictures that can be recognised: wanted are images/ beside labels/ "
        "(KITTI, YOLO), JPEGImages/ beside Annotations/ (VOC), pictures beside their .txt or .xml, "
        "a COCO json, or, to tell whole pictures apart, a folder a class; here or under train/ and "
        "test/",
        where=str(folder),
        hint=f"is it {inner}?"
        if inner
        else "t2e spec new detection -o spec.yaml, and name the folders there",
    )
