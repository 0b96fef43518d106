"""How far a score is from being the same on other pictures: the bootstrap over pictures.

Two models are compared on the *same* draws, so that what a picture does to both cancels out: the
spread of the differences is the error of their difference (Efron and Tibshirani, "An Introduction
to the Bootstrap", 1993, chapter 8). With twenty objects of a class, one that is found or missed
moves mean AP by more than quantisation does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from train2edge.datasets.sample import Sample
from train2edge.detections import FrameDetections
from train2edge.metrics.average_precision import Floats, average_precision
from train2edge.metrics.matching import IGNORED, match

DRAWS = 200
_SEED = 20


@dataclass(frozen=True)
class Difference:
    """``points``: hundredths of a score lost; ``error``: one standard error of that."""

    points: float
    error: float

    @property
    def at_least(self) -> float:
        """What is lost for sure, as far as these pictures tell."""
        return self.points - self.error


def draws(pictures: int, looks: int = 1) -> NDArray[np.int64]:
    """How often each picture is in each draw, ``[DRAWS, looks * pictures]``; the same for every
    model. Several looks at a picture, each behind all of the one before, are drawn together: they
    are no new pictures.
    """
    chances = np.full(pictures, 1 / pictures)
    drawn = np.random.default_rng(_SEED).multinomial(pictures, chances, size=DRAWS)
    return np.tile(drawn, (1, looks))


def ap50_by_draw(
    samples: Sequence[Sample], found: Sequence[FrameDetections], classes: int, looks: int = 1
) -> Floats:
    """COCO's AP at IoU .5, mean over the classes that a draw has objects of, ``[DRAWS]``.

    ``found`` has ``looks`` times as many frames as there are ``samples``: all, and all again.
    """
    weights = draws(len(samples), looks)
    samples = [*samples] * looks
    truths = [
        match(sample, frame, (0.5,), "coco").truth[0]
        for sample, frame in zip(samples, found, strict=True)
    ]
    aps = np.stack([_of_class(samples, found, truths, one, weights) for one in range(classes)])
    counted = ~np.isnan(aps)
    total = np.where(counted, aps, 0).sum(axis=0)
    return np.asarray(total / np.maximum(counted.sum(axis=0), 1), np.float64)


def share_by_draw(right: NDArray[np.bool_], looks: int = 1) -> Floats:
    """The share of looks that are right, in each draw of pictures, ``[DRAWS]``."""
    weights = draws(len(right) // looks, looks)
    return np.asarray(weights @ right / weights.sum(axis=1), np.float64)


def difference(better: Floats, worse: Floats, points: float) -> Difference:
    """``points`` with the error that the same draws of two models give it."""
    return Difference(points, 100 * float(np.std(better - worse)))


def _of_class(
    samples: Sequence[Sample],
    found: Sequence[FrameDetections],
    hits: Sequence[NDArray[np.int32]],
    one: int,
    weights: NDArray[np.int64],
) -> Floats:
    """AP of class ``one`` in every draw; not a number where a draw has no object of it."""
    objects = np.array([np.sum((s.class_ids == one) & ~s.ignore) for s in samples])
    truths = weights @ objects
    if not objects.any():
        return np.full(len(weights), np.nan)
    picture, scores, hit = _detections(found, hits, one)
    order = np.argsort(-scores, kind="stable")
    counts = weights[:, picture[order]]
    right = np.cumsum(counts * hit[order], axis=1, dtype=np.float64)
    shown = np.maximum(np.cumsum(counts, axis=1, dtype=np.float64), 1)
    return np.array(
        [
            average_precision(row / total, row / all_shown, "coco") if total else np.nan
            for row, all_shown, total in zip(right, shown, truths, strict=True)
        ]
    )


def _detections(
    found: Sequence[FrameDetections], hits: Sequence[NDArray[np.int32]], one: int
) -> tuple[NDArray[np.int64], Floats, NDArray[np.bool_]]:
    """Picture, score and whether it is right, of every detection of class ``one`` that counts."""
    pictures, scores, right = [], [], []
    for number, (frame, truth) in enumerate(zip(found, hits, strict=True)):
        mine = (frame.class_ids == one) & (truth != IGNORED)
        pictures.append(np.full(int(mine.sum()), number))
        scores.append(frame.scores[mine].astype(np.float64))
        right.append(truth[mine] >= 0)
    return np.concatenate(pictures), np.concatenate(scores), np.concatenate(right)
