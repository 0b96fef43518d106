"""How often a classifier is right: top-1, precision and recall by class, the confusion matrix."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

NONE = -1  # no class: nothing reached the threshold
THRESHOLDS = tuple(round(0.01 * step, 2) for step in range(100))
Ints = NDArray[np.integer]
Floats = NDArray[np.floating]


@dataclass(frozen=True)
class ClassRates:
    """One class: how many objects, how many got its name, how many of those rightly."""

    name: str
    objects: int
    predicted: int
    right: int

    @property
    def precision(self) -> float | None:
        return self.right / self.predicted if self.predicted else None

    @property
    def recall(self) -> float | None:
        return self.right / self.objects if self.objects else None

    @property
    def f1(self) -> float | None:
        total = self.objects + self.predicted
        return 2 * self.right / total if total else None

    def as_record(self) -> dict[str, Any]:
        rates = {"precision": self.precision, "recall": self.recall, "f1": self.f1}
        return {**vars(self), **rates}


@dataclass(frozen=True)
class ClassificationScores:
    """``confusion`` int64 ``[C, C + 1]``: objects of a class (row) by the name they got, the last
    column those that got none at ``threshold``; ``top1`` counts every first guess."""

    names: tuple[str, ...]
    confusion: NDArray[np.int64]
    threshold: float
    top1: float

    @property
    def objects(self) -> int:
        return int(self.confusion.sum())

    @property
    def accuracy(self) -> float:
        """The part that is named rightly at the threshold."""
        return float(np.trace(self.confusion)) / max(self.objects, 1)

    @property
    def unnamed(self) -> int:
        return int(self.confusion[:, -1].sum())

    @property
    def classes(self) -> tuple[ClassRates, ...]:
        rows, columns = self.confusion.sum(axis=1), self.confusion.sum(axis=0)
        return tuple(
            ClassRates(name, int(rows[i]), int(columns[i]), int(self.confusion[i, i]))
            for i, name in enumerate(self.names)
        )

    @property
    def mean_recall(self) -> float:
        """Over the classes that have objects: each counts alike, however rare."""
        known = [one.recall for one in self.classes if one.recall is not None]
        return float(np.mean(known)) if known else 0.0

    def as_record(self) -> dict[str, Any]:
        return {
            "top1": self.top1,
            "accuracy": self.accuracy,
            "mean_recall": self.mean_recall,
            "threshold": self.threshold,
            "unnamed": self.unnamed,
            "classes": [one.as_record() for one in self.classes],
            "confusion": self.confusion.tolist(),
        }


def score(
    truth: Ints, guesses: Ints, confidences: Floats, names: Sequence[str], threshold: float = 0.0
) -> ClassificationScores:
    """Compare ``guesses`` int ``[N]`` (or ``NONE``), ``confidences`` ``[N]``, with ``truth``.

    A guess counts above the threshold, as nvinfer's classifier-threshold; equal is not above.
    """
    count = len(names)
    said = np.where((confidences > threshold) & (guesses != NONE), guesses, count)
    confusion = np.zeros((count, count + 1), np.int64)
    np.add.at(confusion, (truth, said), 1)
    top1 = float((guesses == truth).mean()) if len(truth) else 0.0
    return ClassificationScores(tuple(names), confusion, threshold, top1)


def best_threshold(truth: Ints, guesses: Ints, confidences: Floats) -> float:
    """The lowest threshold of the best F1, over all objects together."""
    right = guesses == truth
    f1 = []
    for threshold in THRESHOLDS:
        named = (confidences > threshold) & (guesses != NONE)
        f1.append(2 * int((right & named).sum()) / max(len(truth) + int(named.sum()), 1))
    return THRESHOLDS[int(np.argmax(f1))]
