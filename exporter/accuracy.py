"""The task's score of an exported file, executed exactly as it is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from train2edge.datasets.crops import class_ids
from train2edge.datasets.sample import Sample
from train2edge.evaluation.classify import guess, scores_of
from train2edge.evaluation.predictor import Predictor, open_predictor
from train2edge.evaluation.run import detect_samples, raw_outputs
from train2edge.metrics.average_precision import Floats
from train2edge.metrics.detection import score
from train2edge.metrics.resampling import Difference, ap50_by_draw, difference, share_by_draw
from train2edge.progress import track
from train2edge.spec.evaluation import Evaluation


@dataclass(frozen=True)
class Accuracy:
    """``metric`` over ``pictures`` of ``part``, 0..1; ``None`` for a class without objects there.

    Detection: AP at IoU .5, the mean of the classes. Classification: top-1, by class the recall.
    ``strict`` is a harder figure: AP over IoU .5 to .95, or the mean of the recalls.
    """

    mean: float
    strict: float
    by_class: Mapping[str, float | None]
    pictures: int
    metric: str = "AP50"
    part: str = "validation"
    # the score of resampled pictures, the same draws for every model: for the error of a loss
    by_draw: Floats | None = field(default=None, repr=False, compare=False)

    def loss(self, other: Accuracy) -> Difference:
        """What ``other`` loses to this one on the same pictures, in points (hundredths)."""
        assert self.by_draw is not None and other.by_draw is not None
        return difference(self.by_draw, other.by_draw, 100 * (self.mean - other.mean))

    def as_record(self) -> dict[str, Any]:
        """Plain JSON values."""
        record = vars(self) | {"by_class": dict(self.by_class)}
        return {name: one for name, one in record.items() if name != "by_draw"}


def measure(path: Path, samples: Sequence[Sample], evaluation: Evaluation) -> Accuracy:
    """Score the ONNX file ``path`` on ``samples`` by its own contract.

    ONNX Runtime without optimisation: Q/DQ pairs are computed in float, so the figure is the
    file's and not that of a CPU kernel that saturates.
    """
    predictor = open_predictor(path, "exact").predictor
    if predictor.contract.task == "classification":
        return _classification(predictor, samples, f"score {path.name}")
    return _detection(predictor, samples, evaluation, f"score {path.name}")


def _detection(
    predictor: Predictor, samples: Sequence[Sample], evaluation: Evaluation, title: str
) -> Accuracy:
    frames = detect_samples(predictor, samples, title=title)
    scores = score(
        zip(samples, frames, strict=True),
        predictor.contract.output.classes,
        average_precision=evaluation.average_precision,
        iou=evaluation.iou,
    )
    by_class = {one.name: one.ap50 for one in scores.classes}
    draws = ap50_by_draw(samples, frames, len(by_class))
    return Accuracy(scores.ap50, scores.ap_50_95, by_class, len(samples), by_draw=draws)


def _classification(predictor: Predictor, samples: Sequence[Sample], title: str) -> Accuracy:
    raws = track(raw_outputs(predictor, samples), title, len(samples))
    guesses = guess(raws, predictor.contract, samples)
    scores = scores_of(guesses, samples, predictor.contract)
    by_class = {one.name: one.recall for one in scores.classes}
    draws = share_by_draw(guesses.class_ids == class_ids(samples))
    return Accuracy(scores.top1, scores.mean_recall, by_class, len(samples), "top-1", by_draw=draws)
