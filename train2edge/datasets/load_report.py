"""What was read of a dataset, and what was left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from train2edge.datasets.mapping import Mapped
from train2edge.datasets.picture import Skipped
from train2edge.datasets.reading import Reading
from train2edge.datasets.sample import Sample
from train2edge.errors import InputError

PARTS = ("train", "validation", "test")


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


def load_report(
    samples: Mapping[str, tuple[Sample, ...]],
    mapped: Iterable[Mapped],
    everything: Reading,
    classes: Sequence[str],
) -> LoadReport:
    """Count all parts; ``InputError`` if there is no picture to learn from."""
    parts = {part: part_report(samples[part], classes) for part in PARTS}
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
