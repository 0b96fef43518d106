"""What a data set of augmented copies will hold, decided before a picture is read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from train2edge.datasets.load import Splits, load, read_part
from train2edge.datasets.mapping import relabelled
from train2edge.datasets.reading import LabelledPicture
from train2edge.errors import InputError
from train2edge.folders import check_free
from train2edge.spec.augmentation import Augmentation
from train2edge.spec.dataset import CLASS_FOLDERS, Dataset
from train2edge.spec.experiment import Experiment

FOLDERS = {"train": "train", "validation": "valid", "test": "test"}


@dataclass(frozen=True)
class Entry:
    """A picture to write under its own ``key``; ``copy`` counts from 1, 0 is the picture itself.

    ``seed`` decides its change.
    """

    picture: LabelledPicture
    copy: int = 0
    seed: tuple[int, ...] = ()


@dataclass(frozen=True)
class CopiesPlan:
    """Copies of the training pictures; validation and test pictures stay as they are.

    ``entries`` by part; ``source_pictures`` are those that are augmented.
    """

    out: Path
    target: str
    classes: tuple[str, ...]
    augmentation: Augmentation
    entries: Mapping[str, tuple[Entry, ...]]
    source_pictures: int
    copies: int
    strict: bool
    links: bool
    warnings: tuple[str, ...]

    @property
    def total(self) -> int:
        return sum(map(len, self.entries.values()))

    def as_record(self) -> dict[str, Any]:
        return {
            "format": self.target,
            "classes": list(self.classes),
            "training_pictures": self.source_pictures,
            "copies": self.copies,
            "pictures": {FOLDERS[part]: len(some) for part, some in self.entries.items()},
        }


def plan_copies(
    experiment: Experiment,
    out: Path,
    *,
    copies: int,
    target: str | None = None,
    keep_originals: bool = False,
    links: bool = True,
) -> CopiesPlan:
    """Decide what to write; ``target`` is a label format, by default that of the training part.

    Validation is split off as a training would, so no copy of its pictures is learned from.
    ``InputError`` for a format that cannot be, or what ``datasets.load`` refuses.
    """
    check_free(out)
    dataset = experiment.dataset
    chosen = _format(dataset, target)
    splits = load(dataset)
    pictures = {part: _pictures(dataset, splits, part) for part in FOLDERS}
    if chosen == CLASS_FOLDERS:
        pictures = {part: _by_class(some) for part, some in pictures.items()}
    if not pictures["train"]:
        raise InputError("no picture to learn from", where="dataset.train")
    originals = [Entry(one) for one in pictures["train"] if keep_originals]
    augmented = [
        Entry(replace(one, key=f"{one.key}_aug{copy}"), copy, (experiment.seed, copy, index))
        for index, one in enumerate(pictures["train"])
        for copy in range(1, copies + 1)
    ]
    others = {part: [Entry(one) for one in pictures[part]] for part in ("validation", "test")}
    entries = {"train": [*originals, *augmented], **others}
    return CopiesPlan(
        out,
        chosen,
        dataset.classes,
        experiment.augmentation,
        {part: tuple(_own_keys(some)) for part, some in entries.items() if some},
        len(pictures["train"]),
        copies,
        dataset.strict,
        links,
        tuple(_warnings(experiment, splits)),
    )


def _format(dataset: Dataset, wanted: str | None) -> str:
    """The format to write; class folders have no boxes, and boxes are no class folders."""
    sources = (*dataset.train, *dataset.validation, *dataset.test)
    found = sorted({source.format for source in sources})
    chosen = wanted or dataset.train[0].format
    if wanted is None and len({source.format for source in dataset.train}) > 1:
        message = f"the training pictures come in {' and '.join(found)}"
        raise InputError(message, where="dataset.train", hint="--format says which to write")
    folders = [one for one in found if (one == CLASS_FOLDERS) != (chosen == CLASS_FOLDERS)]
    if folders:
        message = f"{folders[0]} cannot be written as {chosen}"
        reason = "pictures in class folders have no boxes, and pictures with boxes no one class"
        raise InputError(f"{message}: {reason}", where="--format")
    return chosen


def _pictures(dataset: Dataset, splits: Splits, part: str) -> list[LabelledPicture]:
    """The part's pictures as their files label them, which says more than samples do."""
    source = part if part != "validation" or dataset.validation else "train"
    read = {(one.image, one.where): one for one in read_part(dataset, source).pictures}
    samples = getattr(splits, part)
    return [relabelled(read[one.image, one.where], dataset) for one in samples]


def _by_class(pictures: Sequence[LabelledPicture]) -> list[LabelledPicture]:
    """Under the folder of the class, which ``dataset.map`` may have renamed or left out."""
    return [
        replace(one, key=f"{one.objects[0].label}/{one.key.partition('/')[2]}")
        for one in pictures
        if one.objects
    ]


def _own_keys(entries: Sequence[Entry]) -> Iterator[Entry]:
    """Every picture its own name: several folders may have the same."""
    taken: set[str] = set()
    for entry in entries:
        key, number = entry.picture.key, 1
        while key in taken:
            number += 1
            key = f"{entry.picture.key}-{number}"
        taken.add(key)
        yield replace(entry, picture=replace(entry.picture, key=key))


def _warnings(experiment: Experiment, splits: Splits) -> Iterator[str]:
    yield from splits.report.warnings
    if experiment.augmentation.mosaic:
        yield "augmentation.mosaic is left to training: each picture is augmented by itself"
