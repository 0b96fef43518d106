"""Which detection found which labelled object: overlap, then one of two rules of assignment.

``coco``: a detection takes the best object that is still free (COCO's ``cocoeval``).
``voc``: a detection stands for the object it overlaps most; if that one is taken already, it is a
false detection (PASCAL VOC development kit, and Padilla et al.).
Both take detections from the highest score down and keep classes apart. Ignored objects are
regions, as COCO's crowd: what lies in one and hits nothing else counts neither way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from train2edge.datasets.sample import Sample
from train2edge.detections import FrameDetections

Rule = Literal["coco", "voc"]
Boxes = NDArray[np.float64]

MISS = -1
IGNORED = -2


@dataclass(frozen=True)
class FrameMatches:
    """The assignment of one picture at every IoU threshold asked for.

    ``truth`` int32 ``[T, N]``: for each detection the row of its object in the sample, ``MISS``
    (a false detection) or ``IGNORED``; ``overlap`` float64 ``[T, N]``: the IoU of that hit, else 0.
    """

    truth: NDArray[np.int32]
    overlap: NDArray[np.float64]


@dataclass(frozen=True)
class _Candidate:
    """A detection that overlaps something: pairs of (overlap, row of the object), in file order."""

    detection: int
    objects: tuple[tuple[float, int], ...]
    regions: tuple[tuple[float, int], ...]


def iou(first: NDArray[np.floating], second: NDArray[np.floating]) -> Boxes:
    """Intersection over union, float64 ``[N, M]``, of boxes left, top, right, bottom."""
    shared = _intersection(first, second)
    union = area(first)[:, None] + area(second)[None, :] - shared
    return np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)


def coverage(first: NDArray[np.floating], second: NDArray[np.floating]) -> Boxes:
    """The part of each box of ``first`` that lies in each box of ``second``, float64 ``[N, M]``."""
    shared = _intersection(first, second)
    own = np.broadcast_to(area(first)[:, None], shared.shape)
    return np.divide(shared, own, out=np.zeros_like(shared), where=own > 0)


def area(boxes: NDArray[np.floating]) -> NDArray[np.float64]:
    """Square pixels, float64 ``[N]``; right and bottom are exclusive."""
    sides = np.maximum(boxes[:, 2:].astype(np.float64) - boxes[:, :2], 0)
    return np.asarray(sides[:, 0] * sides[:, 1])


def match(
    sample: Sample, found: FrameDetections, thresholds: Sequence[float], rule: Rule
) -> FrameMatches:
    """Assign the detections of one picture to its objects at each IoU of ``thresholds``."""
    truth = np.full((len(thresholds), len(found)), MISS, np.int32)
    overlap = np.zeros(truth.shape)
    if not len(found) or not len(sample.boxes):
        return FrameMatches(truth, overlap)
    candidates = _candidates(sample, found, min(thresholds))
    assign = _assign_coco if rule == "coco" else _assign_voc
    for row, threshold in enumerate(thresholds):
        assign(candidates, min(threshold, 1 - 1e-10), truth[row], overlap[row])
    return FrameMatches(truth, overlap)


def _candidates(sample: Sample, found: FrameDetections, least: float) -> list[_Candidate]:
    """Detections that overlap anything enough, from the highest score down.

    Most detections overlap nothing: leaving them out here is what makes scoring fast.
    """
    ignore = sample.ignore
    overlap = iou(found.boxes, sample.boxes)
    if ignore.any():
        overlap[:, ignore] = coverage(found.boxes, sample.boxes[ignore])
    near = (overlap >= min(least, 1 - 1e-10)) & (
        found.class_ids[:, None] == sample.class_ids[None, :]
    )
    order = np.argsort(-found.scores, kind="stable")
    return [
        _Candidate(
            int(one),
            tuple((float(overlap[one, g]), int(g)) for g in np.flatnonzero(near[one] & ~ignore)),
            tuple((float(overlap[one, g]), int(g)) for g in np.flatnonzero(near[one] & ignore)),
        )
        for one in order[near[order].any(1)]
    ]


def _assign_coco(
    candidates: Sequence[_Candidate],
    threshold: float,
    truth: NDArray[np.int32],
    overlap: NDArray[np.float64],
) -> None:
    taken: set[int] = set()
    for one in candidates:
        # max() of pairs prefers the later of equals, as cocoeval does
        best = max((pair for pair in one.objects if pair[1] not in taken), default=(0.0, -1))
        if best[1] >= 0 and best[0] >= threshold:
            taken.add(best[1])
            overlap[one.detection], truth[one.detection] = best
        elif _in_region(one, threshold):
            truth[one.detection] = IGNORED


def _assign_voc(
    candidates: Sequence[_Candidate],
    threshold: float,
    truth: NDArray[np.int32],
    overlap: NDArray[np.float64],
) -> None:
    taken: set[int] = set()
    for one in candidates:
        # VOC's argmax takes the first of equals
        best = max(one.objects, key=lambda pair: pair[0], default=(0.0, -1))
        if best[1] >= 0 and best[0] >= threshold:
            if best[1] not in taken:
                taken.add(best[1])
                overlap[one.detection], truth[one.detection] = best
        elif _in_region(one, threshold):
            truth[one.detection] = IGNORED


def _in_region(candidate: _Candidate, threshold: float) -> bool:
    return any(part >= threshold for part, _ in candidate.regions)


def _intersection(first: NDArray[np.floating], second: NDArray[np.floating]) -> Boxes:
    one, two = first.astype(np.float64), second.astype(np.float64)
    low = np.maximum(one[:, None, :2], two[None, :, :2])
    high = np.minimum(one[:, None, 2:], two[None, :, 2:])
    sides = np.maximum(high - low, 0)
    return np.asarray(sides[..., 0] * sides[..., 1])
