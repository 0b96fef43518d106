"""From the experiment's ``dataset:`` to samples: read, map labels to classes, clip, split.

No picture is decoded: sizes come from headers. Everything that nobody can read is told at once;
everything that was left out is counted in the report.
"""

from __future__ import annotations

import importlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import numpy as np

from train2edge.datasets.picture import Skipped, defect
from train2edge.datasets.reading import (
    DONT_CARE,
    LabelledBox,
    LabelledPicture,
    Reader,
    Reading,
)
from train2edge.datasets.sample import Sample
from train2edge.datasets.split import split, with_sequences
from train2edge.errors import InputError, Problem, ProblemsError
from train2edge.spec.dataset import Dataset

PARTS = ("train", "validation", "test")
TOLD = 20  # problems of one kind that are told before a count


@dataclass(frozen=True)
class PartReport:
    """What one part holds. ``objects``: class -> boxes that count; ``ignored``: those that do not.

    ``background``: pictures without any object that counts.
    """

    pictures: int
    objects: Mapping[str, int]
    ignored: int
    background: int


@dataclass(frozen=True)
class LoadReport:
    """What was read and what was left out.

    ``skipped`` are pictures that are no pictures; ``unlabelled`` have no label file;
    ``pictureless`` are label files without picture; ``dropped`` counts boxes by reason;
    ``warnings`` are for the user's eyes.
    """

    parts: Mapping[str, PartReport]
    skipped: tuple[Skipped, ...]
    unlabelled: tuple[Path, ...]
    pictureless: tuple[str, ...]
    dropped: Mapping[str, int]
    warnings: tuple[str, ...]

    def as_record(self) -> dict[str, Any]:
        """The report as plain JSON values."""
        return {
            "parts": {name: dict(vars(part)) for name, part in self.parts.items()},
            "skipped": [{"picture": str(s.image), "reason": s.reason} for s in self.skipped],
            "unlabelled": [str(path) for path in self.unlabelled],
            "pictureless": list(self.pictureless),
            "dropped": dict(self.dropped),
            "warnings": list(self.warnings),
        }


@dataclass(frozen=True)
class Splits:
    """The experiment's samples, each part sorted by path."""

    train: tuple[Sample, ...]
    validation: tuple[Sample, ...]
    test: tuple[Sample, ...]
    report: LoadReport


@dataclass
class Mapped:
    """Samples in the making: what the mapping of labels to classes gave and left out."""

    samples: list[Sample] = field(default_factory=list)
    unknown: dict[str, list[str]] = field(default_factory=dict)
    dropped: Counter[str] = field(default_factory=Counter)


def load(dataset: Dataset) -> Splits:
    """Read all parts of ``dataset``; validation is split off train if it is not given.

    Raises ``InputError`` (a folder is absent) or ``ProblemsError`` with file:line of every line
    that cannot be read and of every label that is neither a class nor mapped.
    """
    readings = {part: read_part(dataset, part) for part in PARTS}
    mapped = {part: map_labels(readings[part].pictures, dataset) for part in PARTS}
    everything = merged(readings.values())
    _raise_problems(everything, mapped.values(), dataset)
    samples = {
        part: _sorted(with_sequences(mapped[part].samples, dataset.split.sequence_pattern))
        for part in PARTS
    }
    if not dataset.validation:
        samples["train"], samples["validation"] = split(samples["train"], dataset.split)
    samples["train"] = tuple(_without_tiny(one, dataset.minimum_box) for one in samples["train"])
    return Splits(**samples, report=_report(samples, mapped.values(), everything, dataset))


def reader(name: str) -> Reader:
    """The label format's module, by its name in the experiment file."""
    return cast(Reader, importlib.import_module(f"train2edge.datasets.{name}"))


def read_part(dataset: Dataset, part: str) -> Reading:
    """One part's sources, read and joined; labels are still words."""
    sources = {"train": dataset.train, "validation": dataset.validation, "test": dataset.test}
    read = [reader(source.format).read(source, dataset.classes) for source in sources[part]]
    return _whole(merged(read))


def _whole(reading: Reading) -> Reading:
    """Count pictures whose file ends too early among the corrupt ones: their header reads well."""
    reasons = [(one, defect(one.image)) for one in reading.pictures]
    reading.pictures = [one for one, reason in reasons if reason is None]
    reading.corrupt += [Skipped(one.image, reason) for one, reason in reasons if reason is not None]
    return reading


def merged(readings: Iterable[Reading]) -> Reading:
    """All readings as one."""
    total = Reading()
    for one in readings:
        total.pictures += one.pictures
        total.problems += one.problems
        total.corrupt += one.corrupt
        total.unlabelled += one.unlabelled
        total.pictureless += one.pictureless
    return total


def map_labels(pictures: Iterable[LabelledPicture], dataset: Dataset) -> Mapped:
    """Labels to class ids, boxes clipped to their picture; what cannot be kept is counted."""
    mapped = Mapped()
    for picture in pictures:
        mapped.samples.append(_sample(picture, dataset, mapped))
    return mapped


def unknown_problems(unknown: Mapping[str, Sequence[str]], classes: Sequence[str]) -> list[Problem]:
    """One problem a label that leads nowhere: its first place, how often, and what to write."""
    problems = []
    for label, places in sorted(unknown.items())[:TOLD]:
        more = f" ({len(places)} boxes, also {', '.join(places[1:3])})" if places[1:] else ""
        same = next((name for name in classes if name.lower() == label.lower()), None)
        hint = f"dataset.map: {{{label!r}: {same or 'null'}}}"
        message = f"label '{label}' is neither in dataset.classes nor in dataset.map{more}"
        problems.append(Problem(places[0], message, hint))
    if len(unknown) > 3:
        every = ", ".join(f"{label!r}: null" for label in sorted(unknown))
        message = f"{len(unknown)} labels lead nowhere; this leaves all of them out"
        problems.append(Problem("dataset.map", message, f"{{{every}}}"))
    return problems


def _sample(picture: LabelledPicture, dataset: Dataset, mapped: Mapped) -> Sample:
    boxes, class_ids, ignore = [], [], []
    for one in picture.objects:
        ids = _class_ids(one, dataset, mapped)
        box = _clipped(one, picture, mapped) if ids else None
        if box is not None:
            boxes += [box] * len(ids)
            class_ids += ids
            ignore += [one.ignore] * len(ids)
    return Sample(
        picture.image,
        picture.width,
        picture.height,
        np.array(boxes, np.float32),
        np.array(class_ids, np.int32),
        np.array(ignore, np.bool_),
        where=picture.where,
    )


def _class_ids(one: LabelledBox, dataset: Dataset, mapped: Mapped) -> list[int]:
    """The classes that an object counts for; a DontCare region is ignored by every class."""
    if one.label in dataset.map:
        target = dataset.map[one.label]
        if target is None:
            mapped.dropped["left out by dataset.map"] += 1
            return []
        return [dataset.classes.index(target)]
    if one.label in dataset.classes:
        return [dataset.classes.index(one.label)]
    if one.ignore and one.label == DONT_CARE:
        return list(range(len(dataset.classes)))
    mapped.unknown.setdefault(one.label, []).append(one.where)
    return []


def _clipped(
    one: LabelledBox, picture: LabelledPicture, mapped: Mapped
) -> tuple[float, float, float, float] | None:
    left, top, right, bottom = one.box
    if right <= left or bottom <= top:
        mapped.dropped["empty or inverted"] += 1
        return None
    left, top = max(left, 0.0), max(top, 0.0)
    right, bottom = min(right, float(picture.width)), min(bottom, float(picture.height))
    if right <= left or bottom <= top:
        mapped.dropped["outside the picture"] += 1
        return None
    return left, top, right, bottom


def _raise_problems(everything: Reading, mapped: Iterable[Mapped], dataset: Dataset) -> None:
    problems = capped(everything.problems)
    unknown: dict[str, list[str]] = {}
    for one in mapped:
        for label, places in one.unknown.items():
            unknown.setdefault(label, []).extend(places)
    problems += unknown_problems(unknown, dataset.classes)
    if dataset.strict:
        hint = "dataset.strict: false leaves it out"
        problems += capped([Problem(str(s.image), s.reason, hint) for s in everything.corrupt])
    if problems:
        raise ProblemsError(problems)


def capped(problems: Sequence[Problem], told: int = TOLD) -> list[Problem]:
    """The first ``told`` problems and, as the last, how many more there are."""
    if len(problems) <= told:
        return list(problems)
    return [*problems[:told], Problem("...", f"and {len(problems) - told} more of this kind")]


def _sorted(samples: Iterable[Sample]) -> tuple[Sample, ...]:
    return tuple(sorted(samples, key=lambda sample: sample.image.as_posix()))


def _without_tiny(sample: Sample, minimum: float) -> Sample:
    """Boxes under ``minimum`` pixels are ignored in training; scores still count them."""
    size = sample.boxes[:, 2:] - sample.boxes[:, :2]
    tiny = (size < minimum).any(axis=1)
    return replace(sample, ignore=sample.ignore | tiny) if tiny.any() else sample


def _report(
    samples: Mapping[str, tuple[Sample, ...]],
    mapped: Iterable[Mapped],
    everything: Reading,
    dataset: Dataset,
) -> LoadReport:
    parts = {part: part_report(samples[part], dataset.classes) for part in PARTS}
    if not samples["train"]:
        raise InputError(
            f"no picture to learn from ({len(everything.corrupt)} corrupt, "
            f"{len(everything.unlabelled)} without labels)",
            where="dataset.train",
            hint="t2e data check shows each",
        )
    dropped: Counter[str] = sum((one.dropped for one in mapped), Counter())
    return LoadReport(
        parts,
        tuple(everything.corrupt),
        tuple(everything.unlabelled),
        tuple(everything.pictureless),
        dict(dropped),
        tuple(_warnings(parts, everything, dropped)),
    )


def part_report(samples: Sequence[Sample], classes: Sequence[str]) -> PartReport:
    """Count one part."""
    counts = np.zeros(len(classes), np.int64)
    for sample in samples:
        counts += np.bincount(sample.class_ids[~sample.ignore], minlength=len(classes))
    return PartReport(
        len(samples),
        {name: int(count) for name, count in zip(classes, counts, strict=True)},
        int(sum(sample.ignore.sum() for sample in samples)),
        sum(not (~sample.ignore).any() for sample in samples),
    )


def _warnings(
    parts: Mapping[str, PartReport], everything: Reading, dropped: Mapping[str, int]
) -> Iterable[str]:
    for name, count in parts["train"].objects.items():
        if not count:
            yield f"no training picture shows a '{name}'"
    if everything.corrupt:
        yield f"{len(everything.corrupt)} corrupt pictures left out, first {everything.corrupt[0]}"
    if everything.unlabelled:
        first = everything.unlabelled[0]
        yield f"{len(everything.unlabelled)} pictures have no labels, first {first}"
    if everything.pictureless:
        first_label = everything.pictureless[0]
        yield f"{len(everything.pictureless)} labels have no picture, first {first_label}"
    for reason, count in dropped.items():
        if reason != "left out by dataset.map":
            yield f"{count} boxes {reason} left out (t2e data check names them)"
