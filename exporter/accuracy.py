"""The task's score of an exported file, executed exactly as it is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from train2edge.contract import Contract
from train2edge.datasets.crops import class_ids
from train2edge.datasets.sample import Sample
from train2edge.evaluation import displaced
from train2edge.evaluation.classify import guess, scores_of
from train2edge.evaluation.predictor import Engine, open_predictor
from train2edge.evaluation.run import Raw, decode
from train2edge.metrics.average_precision import Floats
from train2edge.metrics.detection import DetectionScores, score
from train2edge.metrics.resampling import Difference, ap50_by_draw, difference, share_by_draw
from train2edge.progress import track
from train2edge.spec.evaluation import Evaluation


@dataclass(frozen=True)
class Looks:
    """The score over ``count`` looks at every picture (``evaluation.displaced``): ``mean`` of all,
    and ``by_draw`` of resampled pictures, the same draws for every model."""

    count: int
    mean: float
    by_draw: Floats = field(repr=False, compare=False)


@dataclass(frozen=True)
class Accuracy:
    """``metric`` over ``pictures`` of ``part``, 0..1; ``None`` for a class without objects there.

    Detection: AP at IoU .5, the mean of the classes. Classification: top-1, by class the recall.
    ``strict`` is a harder figure: AP over IoU .5 to .95, or the mean of the recalls. What a model
    loses to another is measured over ``looks``, and so is its error.
    """

    mean: float
    strict: float
    by_class: Mapping[str, float | None]
    pictures: int
    metric: str = "AP50"
    part: str = "validation"
    looks: Looks | None = None

    def loss(self, other: Accuracy) -> Difference:
        """What ``other`` loses to this one on the same pictures, in points (hundredths)."""
        assert self.looks is not None and other.looks is not None
        points = 100 * (self.looks.mean - other.looks.mean)
        return difference(self.looks.by_draw, other.looks.by_draw, points)

    def as_record(self) -> dict[str, Any]:
        """Plain JSON values."""
        looks = self.looks and {"count": self.looks.count, "mean": self.looks.mean}
        return vars(self) | {"by_class": dict(self.by_class), "looks": looks}


def measure(
    path: Path,
    samples: Sequence[Sample],
    evaluation: Evaluation,
    looks: int = 1,
    engine: Engine = "exact",
) -> Accuracy:
    """Score the ONNX file ``path`` on ``samples`` by its own contract.

    Where there are fewer samples than ``looks``, each is looked at from other places too, so often
    that there are as many looks, as far as there are places.
    By default ONNX Runtime without optimisation: Q/DQ pairs are computed in float, so the figure
    is the file's and not that of a CPU kernel that saturates.
    """
    predictor = open_predictor(path, engine).predictor
    each = min(-(-looks // len(samples)), 1 + len(displaced.SHARES))
    raws = displaced.raw_looks(predictor, samples, each)
    raws = track(raws, f"score {path.name}", each * len(samples))
    if predictor.contract.task == "classification":
        return _classification(raws, samples, each, predictor.contract)
    return _detection(raws, samples, each, predictor.contract, evaluation)


def _detection(
    raws: Iterator[Raw],
    samples: Sequence[Sample],
    looks: int,
    contract: Contract,
    evaluation: Evaluation,
) -> Accuracy:
    frames = [decode(raw, contract) for raw in raws]

    def scores(count: int) -> DetectionScores:
        return score(
            zip([*samples] * count, frames[: count * len(samples)], strict=True),
            contract.output.classes,
            average_precision=evaluation.average_precision,
            iou=evaluation.iou,
        )

    first = scores(1)
    by_class = {one.name: one.ap50 for one in first.classes}
    draws = ap50_by_draw(samples, frames, len(by_class), looks)
    seen = Looks(looks, scores(looks).ap50, draws)
    return Accuracy(first.ap50, first.ap_50_95, by_class, len(samples), looks=seen)


def _classification(
    raws: Iterator[Raw], samples: Sequence[Sample], looks: int, contract: Contract
) -> Accuracy:
    guesses = guess(raws, contract, [*samples] * looks)
    first = scores_of(guesses.first(len(samples)), samples, contract)
    by_class = {one.name: one.recall for one in first.classes}
    right = guesses.class_ids == np.tile(class_ids(samples), looks)
    seen = Looks(looks, float(right.mean()), share_by_draw(right, looks))
    return Accuracy(first.top1, first.mean_recall, by_class, len(samples), "top-1", looks=seen)
