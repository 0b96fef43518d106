"""Looking at every picture and label of a data set before hours of training do.

Errors are what ``load`` refuses; warnings are what it leaves out or what rarely is meant;
everything is told with its place.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

from train2edge.datasets.likeness import fingerprint, nearly_same
from train2edge.datasets.load import load, merged, read_part
from train2edge.datasets.load_report import PARTS, PartReport
from train2edge.datasets.mapping import map_labels, unknown_problems
from train2edge.datasets.picture import read_picture
from train2edge.datasets.reading import LabelledBox, LabelledPicture, Reading
from train2edge.datasets.sample import Sample
from train2edge.errors import InputError, Problem, ProblemsError, capped
from train2edge.files import digest_file
from train2edge.spec.dataset import Dataset

GIANT = 0.98  # of the picture's area: more is rarely an object
OUTSIDE = 2.0  # pixels beyond the edge that rounding explains
FEW = 20  # boxes of a class in training that are hardly enough to learn from


@dataclass(frozen=True)
class Finding:
    """Something to know. ``kind`` groups findings; ``where`` is file:line or a picture."""

    kind: str
    where: str
    message: str

    def __str__(self) -> str:
        return f"{self.where}: {self.message}"


@dataclass(frozen=True)
class CheckReport:
    """What ``check`` found. With ``errors`` there may be no ``parts``: nothing can be loaded."""

    errors: tuple[Problem, ...]
    warnings: tuple[Finding, ...]
    parts: Mapping[str, PartReport]

    @property
    def kinds(self) -> dict[str, list[Finding]]:
        """Warnings by kind, in the order in which they were found."""
        grouped: dict[str, list[Finding]] = {}
        for one in self.warnings:
            grouped.setdefault(one.kind, []).append(one)
        return grouped

    def as_record(self) -> dict[str, Any]:
        return {
            "errors": [vars(one) for one in self.errors],
            "warnings": [vars(one) for one in self.warnings],
            "parts": {name: vars(part) for name, part in self.parts.items()},
        }


@dataclass(frozen=True)
class _Seen:
    """A picture that was decoded: what it is made of, or why it cannot be."""

    digest: str
    print: bytes
    defect: str | None


def check(dataset: Dataset, *, crops: bool = False) -> CheckReport:
    """Read, decode and compare everything that ``dataset`` names; raises nothing for bad data.

    With ``crops`` boxes are samples of their own, and those too small for that are told.
    """
    errors: list[Problem] = []
    readings = {part: _readable(dataset, part, errors) for part in PARTS}
    unknown: dict[str, list[str]] = {}
    for reading in readings.values():
        for label, places in map_labels(reading.pictures, dataset).unknown.items():
            unknown.setdefault(label, []).extend(places)
    errors += unknown_problems(unknown, dataset.classes)
    everything = merged(readings.values())
    errors += capped(everything.problems)
    seen = _look_at(everything.pictures)
    warnings = [
        *_files(everything),
        *_pictures(everything, seen),
        *_boxes(everything, dataset, crops),
        *_alike(dataset.classes),
    ]
    if dataset.strict:
        errors += [Problem(w.where, w.message) for w in warnings if w.kind == "corrupt pictures"]
    parts: Mapping[str, PartReport] = {}
    if not errors:
        parts = _loaded(dataset, seen, warnings, errors)
    return CheckReport(tuple(errors), tuple(warnings), parts)


def _readable(dataset: Dataset, part: str, errors: list[Problem]) -> Reading:
    try:
        return read_part(dataset, part)
    except ProblemsError as error:
        errors += error.problems
    except InputError as error:
        errors.append(Problem(error.where or f"dataset.{part}", error.message, error.hint))
    return Reading()


def _look_at(pictures: Sequence[LabelledPicture]) -> dict[Path, _Seen]:
    paths = list(dict.fromkeys(picture.image for picture in pictures))
    with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
        return dict(zip(paths, pool.map(_look, paths), strict=True))


def _look(path: Path) -> _Seen:
    try:
        return _Seen(digest_file(path), fingerprint(read_picture(path)), None)
    except InputError as error:
        return _Seen("", b"", error.message)


def _files(everything: Reading) -> Iterator[Finding]:
    for one in everything.corrupt:
        yield Finding("corrupt pictures", str(one.image), one.reason)
    for path in everything.unlabelled:
        yield Finding("pictures without labels", str(path), "no label file names it")
    for where in everything.pictureless:
        yield Finding("labels without picture", where, "the picture is not there")


def _pictures(everything: Reading, seen: Mapping[Path, _Seen]) -> Iterator[Finding]:
    for one in everything.pictures:
        defect = seen[one.image].defect
        if defect is not None:
            yield Finding("corrupt pictures", str(one.image), defect)
        if one.stated not in (None, (one.width, one.height)):
            assert one.stated is not None
            said, real = (
                "x".join(map(str, size)) for size in (one.stated, (one.width, one.height))
            )
            yield Finding("wrong sizes", one.where, f"the labels say {said}, the picture is {real}")


def _boxes(everything: Reading, dataset: Dataset, crops: bool) -> Iterator[Finding]:
    least = (dataset.minimum_box, dataset.minimum_box)
    if crops:
        least = (dataset.crops.min_width, dataset.crops.min_height)
    for picture in everything.pictures:
        known: set[tuple[str, tuple[float, ...]]] = set()
        for one in picture.objects:
            if dataset.map.get(one.label, one.label) is None:
                continue
            kind = _absurd(one, picture, least)
            if kind is None and (one.label, one.box) in known:
                kind = "boxes twice"
            known.add((one.label, one.box))
            if kind is not None:
                corners = ", ".join(f"{value:g}" for value in one.box)
                size = f"{picture.width}x{picture.height}"
                yield Finding(kind, one.where, f"{one.label} ({corners}) in {size}")


def _alike(classes: Sequence[str]) -> Iterator[Finding]:
    """Classes that are one but for how they are written: each would learn from half the boxes."""
    first: dict[str, str] = {}
    for name in classes:
        other = first.setdefault("".join(filter(str.isalnum, name)).casefold(), name)
        if other != name:
            hint = f"out of dataset.classes and into dataset.map: {{{name}: {other}}}"
            yield Finding("classes written in two ways", name, f"if it is {other}, {hint}")


def _absurd(
    one: LabelledBox, picture: LabelledPicture, smallest: tuple[float, float]
) -> str | None:
    """The kind of finding that a box is, ``None`` if it is fine."""
    left, top, right, bottom = one.box
    width, height = right - left, bottom - top
    if width < 0 or height < 0:
        return "inverted boxes"
    if width == 0 or height == 0:
        return "empty boxes"
    if left >= picture.width or top >= picture.height or right <= 0 or bottom <= 0:
        return "boxes outside the picture"
    beyond = max(-left, -top, right - picture.width, bottom - picture.height)
    if beyond > OUTSIDE:
        return "boxes partly outside the picture"
    if one.ignore:
        return None
    if width < smallest[0] or height < smallest[1]:
        return "tiny boxes"
    if one.whole:
        return None
    if width * height > GIANT * picture.width * picture.height:
        return "giant boxes"
    return None


def _loaded(
    dataset: Dataset, seen: Mapping[Path, _Seen], warnings: list[Finding], errors: list[Problem]
) -> Mapping[str, PartReport]:
    """Load as training would; count, and look for the same picture in two places."""
    try:
        splits = load(dataset)
    except InputError as error:
        errors.append(Problem(error.where or "dataset", error.message, error.hint))
        return {}
    for name, count in splits.report.parts["train"].objects.items():
        if count < FEW:
            warnings.append(Finding("rare classes", name, f"{count} boxes to learn from"))
    samples = {part: getattr(splits, part) for part in PARTS}
    warnings += _repeated(samples, seen)
    for first, second in combinations(PARTS, 2):
        warnings += _leaks((first, samples[first]), (second, samples[second]), seen)
    return splits.report.parts


def _repeated(
    samples: Mapping[str, Sequence[Sample]], seen: Mapping[Path, _Seen]
) -> Iterator[Finding]:
    for part, some in samples.items():
        digests: dict[str, Path] = {}
        for one in some:
            digest = seen[one.image].digest
            if digest and digests.setdefault(digest, one.image) is not one.image:
                message = f"the same picture as {digests[digest]}, both in {part}"
                yield Finding("pictures twice", str(one.image), message)


def _leaks(
    some: tuple[str, Sequence[Sample]],
    others: tuple[str, Sequence[Sample]],
    seen: Mapping[Path, _Seen],
) -> Iterator[Finding]:
    """Pictures of one part that are in another too: their score would be learned by heart."""
    first, second = (_whole(samples, seen) for _, samples in (some, others))
    pairs = nearly_same([seen[path].print for path in second], [seen[path].print for path in first])
    for index, other in pairs:
        path, twin = second[index], first[other]
        same = seen[path].digest == seen[twin].digest
        message = f"in {others[0]}, {'the same as' if same else 'nearly'} {twin} in {some[0]}"
        yield Finding("leaks" if same else "near leaks", str(path), message)


def _whole(samples: Iterable[Sample], seen: Mapping[Path, _Seen]) -> list[Path]:
    return [one.image for one in samples if seen[one.image].defect is None]
