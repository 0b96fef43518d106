"""Where the labelled pictures are: TFRecords lead back to the pictures that they were made from."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from train2edge.datasets.layout import labels_of
from train2edge.errors import T2EError
from train2edge.spec.dataset import Source
from train2edge.spec.tlt.book import Book
from train2edge.spec.tlt.group import Group, Leaf
from train2edge.spec.tlt.options import Options

# folders of pictures and of labels below image_directory_path, as the notebooks of TLT have them
PAIRS = (
    ("image_2", "label_2"),
    ("images", "labels"),
    ("image", "label"),
    ("images", "labels_kitti"),
)
TFRECORDS = "TFRecords are not read: the pictures and labels that they were made from are"


@dataclass(frozen=True)
class Convert:
    """What a ``dataset_convert`` specification says of KITTI folders."""

    root: Leaf | None
    images: Leaf | None
    labels: Leaf | None


def detection(book: Book, data: Group, options: Options, converts: Sequence[Convert] = ()) -> None:
    """``dataset.train`` and ``dataset.validation`` of TLT's ``dataset_config``."""
    train = data.groups("data_sources")
    _given_pairs(book, options, "kitti")
    for index, group in enumerate(train):
        convert = _of(group, converts, converts[0] if converts and len(train) == 1 else None)
        _source(book, group, "train", index, convert, is_given=bool(options.pairs))
    if not train and not options.pairs and converts:
        _converted(book, converts[0], "train", 0)
    held_out = [*data.groups("validation_data_source"), *data.groups("validation_data_sources")]
    for index, group in enumerate(held_out):
        both = len(train) == len(held_out) == 1 and len(converts) == 2
        convert = _of(group, converts, converts[1] if both else None)
        _source(book, group, "validation", index, convert, is_given=False)


def pair(
    book: Book,
    part: str,
    index: int,
    form: str,
    images: Leaf | None,
    labels: Leaf | None,
) -> None:
    """One source whose folder and labels both stand in the old file."""
    at = f"dataset.{part}.{index}"
    told = images or labels
    assert told is not None
    book.default(f"{at}.format", form, f"as {told.name} has it")
    for key, leaf in (("images", images), ("labels", labels)):
        if leaf is not None:
            path(book, leaf, f"{at}.{key}")


def path(book: Book, leaf: Leaf, to: str, *, below: str = "") -> None:
    """A path, mapped; ``below``: a folder in it, with the reason in words behind ``|``."""
    folder, _, why = below.partition("|")
    new = book.paths.new(f"{leaf.text.rstrip('/')}/{folder}" if folder else leaf.text)
    if new == leaf.text:
        book.take(leaf, to, new)
    else:
        book.change(leaf, to, new, why or "mapped with --map")


def given(book: Book, options: Options, form: str) -> bool:
    """Whether ``--images`` gives what to learn from, and if so, set it."""
    _given_pairs(book, options, form)
    return bool(options.pairs)


def labels(book: Book) -> set[str] | None:
    """Every label of the sources that are on this machine; they are read to know."""
    found: set[str] = set()
    for source in sources(book):
        with contextlib.suppress(T2EError):  # not here, or not to be read: t2e spec check tells
            found |= labels_of(source)
    return found or None


def sources(book: Book) -> list[Source]:
    """The sources of all parts, at their places on this machine."""
    values: dict[tuple[object, ...], dict[str, object]] = {}
    for keys, setting in book.settings.items():
        if keys[0] == "dataset" and keys[1] in ("train", "validation") and len(keys) == 4:
            values.setdefault(keys[:3], {})[str(keys[3])] = setting.value
    here = []
    for one in values.values():
        paths = {key: book.paths.here(str(one[key])) for key in ("images", "labels") if key in one}
        if len(paths) == 2 or one["format"] == "image_folder":
            here.append(Source.model_validate({"format": one["format"], **paths}))
    return here


def _given_pairs(book: Book, options: Options, form: str) -> None:
    for index, (images, labels) in enumerate(options.pairs):
        at = f"dataset.train.{index}"
        book.default(f"{at}.format", form, "--images")
        book.default(f"{at}.images", book.paths.written(images), "--images")
        if labels is not None:
            book.default(f"{at}.labels", book.paths.written(labels), "--labels")
        elif form != "image_folder":
            book.open(f"{at}.labels", "", "the labels of these pictures: --labels gives them")


def _source(
    book: Book, group: Group, part: str, index: int, convert: Convert | None, *, is_given: bool
) -> None:
    images, labels = group.leaf("image_directory_path"), group.leaf("label_directory_path")
    records = group.leaf("tfrecords_path")
    book.needless(records, TFRECORDS)
    book.impossible(group.leaf("source_weight"), "every picture counts alike; name it twice to")
    book.needless(group.leaf("root_path"), "paths are absolute or relative to the experiment")
    if is_given:
        for one in (images, labels):
            book.needless(one, "--images and --labels stand for it")
    elif images is not None and labels is not None:
        pair(book, part, index, "kitti", images, labels)
    elif images is not None:
        _beside_records(book, images, part, index, convert)
    elif labels is not None:
        _labels_alone(book, labels, part, index)


def _labels_alone(book: Book, labels: Leaf, part: str, index: int) -> None:
    at = f"dataset.{part}.{index}"
    book.default(f"{at}.format", "kitti", "as TLT has it")
    book.open(f"{at}.images", "", "the folder of pictures: --images gives it")
    path(book, labels, f"{at}.labels")


def _beside_records(
    book: Book, images: Leaf, part: str, index: int, convert: Convert | None
) -> None:
    """Pictures of TFRecords: their folders stand in the specification that made the records."""
    if convert is not None:
        book.needless(images, "the dataset_convert specification names the folders")
        _converted(book, convert, part, index)
        return
    here = book.paths.here(book.paths.new(images.text))
    on_disk = [one for one in PAIRS if all((here / name).is_dir() for name in one)]
    folder, labels = (on_disk or PAIRS)[0]
    found = "found there" if on_disk else "TLT's usual folders; --images and --labels name others"
    at = f"dataset.{part}.{index}"
    book.default(f"{at}.format", "kitti", "TFRecords are made from KITTI labels")
    why = f"{folder}/ and {labels}/ in it, {found}"
    path(book, images, f"{at}.images", below=f"{folder}|{why}")
    book.default(f"{at}.labels", book.paths.new(f"{images.text.rstrip('/')}/{labels}"), why)
    if not on_disk:
        book.state(
            f"{images.place}: TFRecords do not say where their labels are: {why}, or give the "
            "dataset_convert specification, too (t2e spec import TRAIN CONVERT)."
        )


def _of(group: Group, converts: Sequence[Convert], other: Convert | None) -> Convert | None:
    """The conversion of the pictures' folder; ``other`` where none has it."""
    images = group.leaf("image_directory_path")
    wanted = images.text.rstrip("/") if images else ""
    same = (one for one in converts if one.root and one.root.text.rstrip("/") == wanted)
    return next(same, other)


def _converted(book: Book, convert: Convert, part: str, index: int) -> None:
    at = f"dataset.{part}.{index}"
    told = convert.images or convert.labels or convert.root
    if told is None:
        return
    book.default(f"{at}.format", "kitti", "kitti_config")
    root = convert.root.text.rstrip("/") if convert.root else ""
    for key, leaf in (("images", convert.images), ("labels", convert.labels)):
        if leaf is None:
            book.open(f"{at}.{key}", "", f"the folder of {key}")
            continue
        new = book.paths.new(str(Path(root) / leaf.text) if root else leaf.text)
        leaves = [one for one in (leaf, convert.root) if one is not None]
        book.join(leaves, f"{at}.{key}", new, "the folder below root_directory_path")


def split(book: Book, data: Group, fraction: float | None) -> None:
    """``validation_fold``: a fold of the TFRecords, whose size the conversion decided."""
    fold = data.leaf("validation_fold")
    if book.value("dataset.validation.0.format") is not None:
        book.needless(fold, "validation_data_source stands for it")
    elif fold is not None and fraction is None:
        why = (
            "TFRecords' folds are not read: a random 15 % of the pictures, anew; how many it were "
            "stands in the dataset_convert specification, as val_split"
        )
        book.change(fold, "dataset.split.validation", 0.15, why)
        book.default("dataset.split.method", "random", "as partition_mode random")
    elif fold is not None:
        book.needless(fold, "val_split of the dataset_convert specification says how many")
