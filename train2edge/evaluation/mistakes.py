"""What kind of mistake each wrong box is: a second box, a loose one, another class, or nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from train2edge.datasets.sample import Sample
from train2edge.detections import FrameDetections
from train2edge.metrics.matching import IGNORED, MISS, iou, match

Kind = Literal["duplicate", "loose", "confused", "background"]
KINDS: tuple[Kind, ...] = get_args(Kind)
LOOSE = 0.1  # IoU from which a box is meant for an object, though it fits badly (TIDE's limit)

MEANING: Mapping[Kind, str] = {
    "duplicate": "a second box on an object that is found already",
    "loose": "a box of the right class that fits badly",
    "confused": "a box that fits an object of another class",
    "background": "a box where nothing is labelled",
}


@dataclass(frozen=True)
class PictureMistakes:
    """One picture at the operating point.

    ``truth`` int32 ``[N]``: a detection's object, or ``MISS``, or ``IGNORED``; ``kinds`` the kind
    of each detection that is a miss; ``missed`` the rows of objects that nothing found.
    """

    name: str
    sample: Sample
    found: FrameDetections
    truth: NDArray[np.int32]
    kinds: Mapping[int, Kind] = field(default_factory=dict)
    missed: tuple[int, ...] = ()

    @property
    def count(self) -> int:
        return len(self.kinds) + len(self.missed)


def examine(sample: Sample, found: FrameDetections, threshold: float) -> PictureMistakes:
    """Compare what is shown of one picture with its labels; a hit has an IoU of ``threshold``."""
    truth = match(sample, found, [threshold], "coco").truth[0]
    hit = set(truth[truth >= 0].tolist())
    objects = np.flatnonzero(~sample.ignore)
    overlap = iou(found.boxes, sample.boxes)
    kinds = {
        int(one): _kind(overlap[one], int(found.class_ids[one]), sample, hit, threshold)
        for one in np.flatnonzero(truth == MISS)
    }
    missed = tuple(int(one) for one in objects if int(one) not in hit)
    return PictureMistakes(found.name, sample, found, truth, kinds, missed)


def _kind(
    overlap: NDArray[np.float64], label: int, sample: Sample, hit: set[int], threshold: float
) -> Kind:
    real = ~sample.ignore
    same = overlap * (real & (sample.class_ids == label))
    other = overlap * (real & (sample.class_ids != label))
    if same.size and same.max() >= threshold:
        return "duplicate"
    if other.size and other.max() >= threshold:
        return "confused"
    if same.size and same.max() >= LOOSE:
        return "duplicate" if int(same.argmax()) in hit else "loose"
    return "background"


def totals(pictures: Iterable[PictureMistakes], classes: Sequence[str]) -> list[dict[str, object]]:
    """By class: hits, each kind of mistake, and objects missed, as plain JSON values."""
    counts: list[Counter[str]] = [Counter() for _ in classes]
    for one in pictures:
        for row, truth in enumerate(one.truth):
            if truth != IGNORED:
                counts[one.found.class_ids[row]][one.kinds.get(row, "right")] += 1
        for row in one.missed:
            counts[one.sample.class_ids[row]]["missed"] += 1
    names = ("right", *KINDS, "missed")
    return [
        {"class": label, **{name: count[name] for name in names}}
        for label, count in zip(classes, counts, strict=True)
    ]


def worst(pictures: Iterable[PictureMistakes], count: int) -> list[PictureMistakes]:
    """The pictures with most mistakes, at most ``count``; those without any are not among them."""
    bad = [one for one in pictures if one.count]
    return sorted(bad, key=lambda one: (-one.count, one.name))[:count]
