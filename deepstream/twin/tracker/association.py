"""Which detection belongs to which target: NvMultiObjectTracker's two matchers.

Greedy: all at once, the most similar pair first. Cascaded: valid targets take sure detections;
then those still seen a frame ago take tentative detections by overlap; then targets on probation
take what sure detections are left, by overlap.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deepstream.twin.tracker.settings import CASCADED, TrackerSettings
from deepstream.twin.tracker.similarity import Boxes, iou, size_similarity

Bools = NDArray[np.bool_]
Pairs = list[tuple[int, int]]


@dataclass(frozen=True)
class Known:
    """The targets of a stream, row by row; ``boxes`` where they are compared."""

    boxes: Boxes
    classes: NDArray[np.int32]
    valid: Bools
    seen: Bools  # in the frame before


@dataclass(frozen=True)
class Found:
    """The detections of a frame. ``usable``: sure enough for a tracker at all."""

    boxes: Boxes
    scores: NDArray[np.float32]
    classes: NDArray[np.int32]
    usable: Bools


def associate(known: Known, found: Found, settings: TrackerSettings) -> Pairs:
    """Pairs of target and detection, each used once."""
    if not len(known.boxes) or not found.usable.any():
        return []
    overlap = iou(known.boxes, found.boxes)
    joint = _joint(known, found, overlap, settings)
    if settings.matcher != CASCADED:
        return greedy(np.where(found.usable[None, :], joint, -1))
    return _cascade(known, found, overlap, joint, settings)


def sure(found: Found, settings: TrackerSettings) -> Bools:
    """Detections that may start a target: all usable ones, but for the cascade's tentative."""
    if settings.matcher != CASCADED:
        return found.usable
    return found.usable & (found.scores >= settings.tentative_confidence)


def _cascade(
    known: Known, found: Found, overlap: Boxes, joint: Boxes, settings: TrackerSettings
) -> Pairs:
    certain = sure(found, settings)
    alike = _same_class(known, found, settings) & (overlap > 0)
    tentative = np.where(alike & (overlap >= settings.min_tentative_iou), overlap, -1)
    probation = np.where(alike & (overlap >= settings.min_score_iou), overlap, -1)
    stages: Sequence[tuple[Boxes, Bools, Bools]] = (
        (joint, known.valid, certain),
        (tentative, known.valid & known.seen, found.usable & ~certain),
        (probation, ~known.valid, certain),
    )
    pairs: Pairs = []
    for score, targets, detections in stages:
        allowed = targets[:, None] & detections[None, :]
        for target, detection in pairs:
            allowed[target, :] = allowed[:, detection] = False
        pairs += greedy(np.where(allowed, score, -1))
    return pairs


def greedy(score: Boxes) -> Pairs:
    """The best pair of a matrix, the best of what is left, and so on; below 0 is no pair."""
    targets, detections = np.nonzero(score >= 0)
    order = np.argsort(-score[targets, detections], kind="stable")
    taken: tuple[set[int], set[int]] = set(), set()
    pairs: Pairs = []
    for target, detection in zip(targets[order].tolist(), detections[order].tolist(), strict=True):
        if target not in taken[0] and detection not in taken[1]:
            pairs.append((target, detection))
            taken[0].add(target)
            taken[1].add(detection)
    return pairs


def _joint(known: Known, found: Found, overlap: Boxes, settings: TrackerSettings) -> Boxes:
    """Overlap and size, weighted; -1 where a pair is not allowed.

    A visual or re-identification similarity that is not computed here counts as the mean of the
    others, so that the file's total threshold keeps its meaning.
    """
    size = size_similarity(known.boxes, found.boxes)
    given = settings.weight_iou + settings.weight_size
    absent = settings.weight_visual + settings.weight_reid
    score = settings.weight_iou * overlap + settings.weight_size * size
    if absent and given:
        score = score * ((given + absent) / given)
    allowed = (overlap > 0) & (overlap >= settings.min_score_iou)
    allowed &= (size >= settings.min_score_size) & (score >= settings.min_score_overall)
    allowed &= _same_class(known, found, settings)
    return np.where(allowed, score, -1).astype(np.float32)


def _same_class(known: Known, found: Found, settings: TrackerSettings) -> Bools:
    if not settings.check_class_match:
        return np.ones((len(known.classes), len(found.classes)), np.bool_)
    same: Bools = known.classes[:, None] == found.classes[None, :]
    return same
