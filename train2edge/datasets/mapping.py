"""From labels, which are words, to class ids: the experiment's ``classes`` and ``map``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from train2edge.datasets.reading import DONT_CARE, LabelledBox, LabelledPicture
from train2edge.datasets.sample import Sample
from train2edge.errors import TOLD, Problem
from train2edge.spec.dataset import Dataset


@dataclass
class Mapped:
    """Samples in the making: what the mapping of labels to classes gave and left out."""

    samples: list[Sample] = field(default_factory=list)
    unknown: dict[str, list[str]] = field(default_factory=dict)
    dropped: Counter[str] = field(default_factory=Counter)


def map_labels(pictures: Iterable[LabelledPicture], dataset: Dataset) -> Mapped:
    """Labels to class ids, boxes clipped to their picture; what cannot be kept is counted."""
    mapped = Mapped()
    for picture in pictures:
        mapped.samples.append(_sample(picture, dataset, mapped))
    return mapped


def relabelled(picture: LabelledPicture, dataset: Dataset) -> LabelledPicture:
    """``picture`` with classes for labels and boxes clipped; what ``map_labels`` leaves out is
    not there."""
    objects, told = [], Mapped()
    for one in picture.objects:
        ids = _class_ids(one, dataset, told)
        box = _clipped(one, picture, told) if ids else None
        if box is not None:
            label = DONT_CARE if len(ids) > 1 else dataset.classes[ids[0]]
            objects.append(replace(one, label=label, box=box))
    return replace(picture, objects=tuple(objects))


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
