"""From the experiment's ``dataset:`` to samples: read, map labels to classes, clip, split.

No picture is decoded: sizes come from headers. Everything that nobody can read is told at once;
everything that was left out is counted in the report.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import cast

from train2edge.datasets.load_report import PARTS, LoadReport, load_report
from train2edge.datasets.mapping import Mapped, map_labels, unknown_problems
from train2edge.datasets.picture import Skipped, defect
from train2edge.datasets.reading import Reader, Reading
from train2edge.datasets.sample import Sample
from train2edge.datasets.split import split, with_sequences
from train2edge.errors import Problem, ProblemsError, capped
from train2edge.spec.dataset import Dataset


@dataclass(frozen=True)
class Splits:
    """The experiment's samples, each part sorted by path."""

    train: tuple[Sample, ...]
    validation: tuple[Sample, ...]
    test: tuple[Sample, ...]
    report: LoadReport


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
    told = load_report(samples, mapped.values(), everything, dataset.classes)
    return Splits(**samples, report=told)


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


def _sorted(samples: Iterable[Sample]) -> tuple[Sample, ...]:
    return tuple(sorted(samples, key=lambda sample: sample.image.as_posix()))


def _without_tiny(sample: Sample, minimum: float) -> Sample:
    """Boxes under ``minimum`` pixels are ignored in training; scores still count them."""
    size = sample.boxes[:, 2:] - sample.boxes[:, :2]
    tiny = (size < minimum).any(axis=1)
    return replace(sample, ignore=sample.ignore | tiny) if tiny.any() else sample
