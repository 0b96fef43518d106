"""The score of a detector: average precisions, curves, and the counts at a threshold.

Called after every training epoch, by ``t2e evaluate``, and on what DeepStream wrote: one code for
all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from train2edge.datasets.sample import Sample
from train2edge.detections import FrameDetections
from train2edge.errors import InputError, WorkError
from train2edge.metrics.average_precision import MODES, Floats, Mode, average_precision
from train2edge.metrics.matching import IGNORED, Rule, match

COCO_IOUS = tuple(round(0.5 + 0.05 * step, 2) for step in range(10))
COCO_LIMIT = 100  # COCO looks at the 100 best detections of a class in a picture


@dataclass(frozen=True)
class Counts:
    """What a person sees of one class when detections under ``threshold`` are not shown.

    ``tp`` objects found, ``fp`` false detections, ``fn`` objects missed; detections of ignored
    objects are in none of them.
    """

    threshold: float
    tp: int
    fp: int
    fn: int

    @property
    def precision(self) -> float:
        return self.tp / (self.tp + self.fp) if self.tp + self.fp else 0.0

    @property
    def recall(self) -> float:
        return self.tp / (self.tp + self.fn) if self.tp + self.fn else 0.0

    @property
    def f1(self) -> float:
        wrong = self.fp + self.fn
        return 2 * self.tp / (2 * self.tp + wrong) if self.tp + wrong else 0.0

    def as_record(self) -> dict[str, float]:
        """The counts and the rates that follow from them, as plain JSON values."""
        rates = {"precision": self.precision, "recall": self.recall, "f1": self.f1}
        return {**vars(self), **rates}


@dataclass(frozen=True)
class Curve:
    """One class's detections from the highest score down: float64 ``[N]`` each.

    ``tp`` and ``fp`` are running counts, ``recall`` and ``precision`` follow from them
    and from ``truths``, the number of labelled objects.
    """

    scores: Floats
    tp: Floats
    fp: Floats
    truths: int

    @property
    def recall(self) -> Floats:
        return self.tp / max(self.truths, 1)

    @property
    def precision(self) -> Floats:
        return np.asarray(self.tp / np.maximum(self.tp + self.fp, 1), np.float64)

    def at(self, threshold: float) -> Counts:
        """Counts over the detections whose score is at least ``threshold``."""
        shown = int(np.searchsorted(-self.scores, -threshold, side="right"))
        tp, fp = (int(run[shown - 1]) if shown else 0 for run in (self.tp, self.fp))
        return Counts(float(threshold), tp, fp, self.truths - tp)

    def best_f1(self) -> Counts | None:
        """Counts at the threshold of the best F1; ``None`` when nothing was found.

        The threshold lies half way to the next lower score, so that neither a rounding of the
        device nor ``>`` instead of ``>=`` moves a detection over it.
        """
        if not len(self.tp) or self.tp[-1] == 0:
            return None
        f1 = 2 * self.tp / (self.tp + self.fp + self.truths)
        distinct = np.append(self.scores[1:] != self.scores[:-1], True)
        best = int(np.argmax(np.where(distinct, f1, -1.0)))
        below = self.scores[best + 1] if best + 1 < len(self.scores) else 0.0
        return self.at(float((self.scores[best] + max(below, 0.0)) / 2))


@dataclass(frozen=True)
class ClassScores:
    """Scores of one class, in 0..1; ``None`` where no object of it is labelled.

    ``ap`` is of the experiment's mode and IoU; ``ap50`` and ``ap_50_95`` are COCO's.
    """

    name: str
    objects: int
    ap: float | None
    ap50: float | None
    ap_50_95: float | None
    curve: Curve
    best: Counts | None

    def as_record(self) -> dict[str, Any]:
        """Everything but the curve, as plain JSON values."""
        return {
            "class": self.name,
            "objects": self.objects,
            "detections": len(self.curve.scores),
            "ap": self.ap,
            "ap50": self.ap50,
            "ap_50_95": self.ap_50_95,
            "best_f1": self.best.as_record() if self.best else None,
        }


@dataclass(frozen=True)
class DetectionScores:
    """Scores of every class and their means over the classes that have labelled objects."""

    classes: tuple[ClassScores, ...]
    average_precision: Mode
    iou: float
    pictures: int

    @property
    def ap(self) -> float:
        return _mean(one.ap for one in self.classes)

    @property
    def ap50(self) -> float:
        return _mean(one.ap50 for one in self.classes)

    @property
    def ap_50_95(self) -> float:
        return _mean(one.ap_50_95 for one in self.classes)

    def at(self, thresholds: Sequence[float]) -> tuple[Counts, ...]:
        """Counts of each class at its own threshold."""
        pairs = zip(self.classes, thresholds, strict=True)
        return tuple(one.curve.at(threshold) for one, threshold in pairs)

    def as_record(self) -> dict[str, Any]:
        """Everything but the curves, as plain JSON values."""
        return {
            "pictures": self.pictures,
            "average_precision": self.average_precision,
            "iou": self.iou,
            "ap": self.ap,
            "ap50": self.ap50,
            "ap_50_95": self.ap_50_95,
            "classes": [one.as_record() for one in self.classes],
        }


def score(
    pairs: Iterable[tuple[Sample, FrameDetections]],
    classes: Sequence[str],
    *,
    average_precision: Mode,
    iou: float = 0.5,
) -> DetectionScores:
    """Score detections, in pixels of their pictures, against the labels.

    Mode ``coco`` assigns by COCO's rule, ``integrate`` and ``sample`` by VOC's; ``ap50`` and
    ``ap_50_95`` are always COCO's. Raises ``InputError`` when no object is labelled at all or the
    mode or IoU is impossible, ``WorkError`` when a detection is not a number.
    """
    pairs = list(pairs)
    _check(pairs, classes, average_precision, iou)
    coco_pool = _pool(pairs, len(classes), COCO_IOUS, "coco", COCO_LIMIT)
    rule: Rule = "coco" if average_precision == "coco" else "voc"
    if rule == "coco" and iou in COCO_IOUS:
        at_iou = [[one[COCO_IOUS.index(iou)]] for one in coco_pool]
    else:
        limit = COCO_LIMIT if rule == "coco" else None
        at_iou = _pool(pairs, len(classes), (iou,), rule, limit)
    return DetectionScores(
        tuple(
            _of_class(name, mine[0], coco, average_precision)
            for name, mine, coco in zip(classes, at_iou, coco_pool, strict=True)
        ),
        average_precision,
        iou,
        len(pairs),
    )


def _of_class(name: str, curve: Curve, coco: Sequence[Curve], mode: Mode) -> ClassScores:
    if not curve.truths:
        return ClassScores(name, 0, None, None, None, curve, None)
    aps = [_ap(one, "coco") for one in coco]
    return ClassScores(
        name,
        curve.truths,
        _ap(curve, mode),
        aps[0],
        float(np.mean(aps)),
        curve,
        curve.best_f1(),
    )


def _ap(curve: Curve, mode: Mode) -> float:
    return average_precision(curve.recall, curve.precision, mode)


def _pool(
    pairs: Sequence[tuple[Sample, FrameDetections]],
    classes: int,
    ious: Sequence[float],
    rule: Rule,
    limit: int | None,
) -> list[list[Curve]]:
    """Curves by class and IoU over all pictures."""
    cut = [(sample, _best(found, limit)) for sample, found in pairs]
    hits = [match(sample, found, ious, rule).truth for sample, found in cut]
    truth = np.concatenate(hits, axis=1)
    scores = np.concatenate([found.scores for _, found in cut]).astype(np.float64)
    ids = np.concatenate([found.class_ids for _, found in cut])
    labelled = np.concatenate([sample.class_ids[~sample.ignore] for sample, _ in pairs])
    truths = np.bincount(labelled, minlength=classes)
    order = np.argsort(-scores, kind="stable")
    curves = []
    for one in range(classes):
        mine = order[ids[order] == one]
        curves.append([_curve(scores[mine], row[mine], int(truths[one])) for row in truth])
    return curves


def _curve(scores: Floats, truth: NDArray[np.int32], truths: int) -> Curve:
    counted = truth != IGNORED
    hit = truth[counted] >= 0
    return Curve(
        scores[counted],
        np.cumsum(hit, dtype=np.float64),
        np.cumsum(~hit, dtype=np.float64),
        truths,
    )


def _best(found: FrameDetections, limit: int | None) -> FrameDetections:
    """The ``limit`` detections of highest score of each class."""
    if limit is None or len(found) <= limit:
        return found
    order = np.argsort(-found.scores, kind="stable")
    ids = found.class_ids[order]
    kept = [order[ids == one][:limit] for one in np.unique(ids)]
    rows = np.sort(np.concatenate(kept))
    return FrameDetections(found.name, found.boxes[rows], found.scores[rows], found.class_ids[rows])


def _mean(values: Iterable[float | None]) -> float:
    return float(np.mean([value for value in values if value is not None]))


def _check(
    pairs: Sequence[tuple[Sample, FrameDetections]],
    classes: Sequence[str],
    mode: str,
    iou: float,
) -> None:
    if mode not in MODES:
        raise InputError(f"no average precision mode '{mode}', known: {', '.join(MODES)}")
    if not 0 < iou <= 1:
        raise InputError(f"an IoU of {iou} is impossible", hint="give one above 0 and up to 1")
    if not any((~sample.ignore).any() for sample, _ in pairs):
        raise InputError(
            f"none of the {len(pairs)} pictures has a labelled object: nothing can be scored",
            hint="check dataset.map and the label folder: t2e data check SPEC",
        )
    for sample, found in pairs:
        _check_frame(sample, found, len(classes))


def _check_frame(sample: Sample, found: FrameDetections, classes: int) -> None:
    if not (np.isfinite(found.boxes).all() and np.isfinite(found.scores).all()):
        raise WorkError(
            "a detection's box or score is not a finite number",
            where=sample.name,
            hint="the network has diverged: lower training.schedule.maximum",
        )
    for ids, what in ((sample.class_ids, "labelled object"), (found.class_ids, "detection")):
        if len(ids) and not 0 <= ids.min() <= ids.max() < classes:
            raise ValueError(f"{sample.name}: a {what} has a class outside 0..{classes - 1}")
