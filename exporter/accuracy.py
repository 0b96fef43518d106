"""Average precision of an exported file, executed exactly as it is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from train2edge.datasets.sample import Sample
from train2edge.evaluation.predictor import open_predictor
from train2edge.evaluation.run import detect_samples
from train2edge.metrics.detection import score
from train2edge.spec.evaluation import Evaluation


@dataclass(frozen=True)
class Accuracy:
    """AP at IoU .5 over ``pictures`` of ``part``; ``None`` for a class without objects there."""

    mean: float
    mean50_95: float
    by_class: Mapping[str, float | None]
    pictures: int
    part: str = "validation"


def measure(path: Path, samples: Sequence[Sample], evaluation: Evaluation) -> Accuracy:
    """Score the ONNX file ``path`` on ``samples`` with its own contract's clustering.

    ONNX Runtime without optimisation: Q/DQ pairs are computed in float, so the figure is the
    file's and not that of a CPU kernel that saturates.
    """
    predictor = open_predictor(path, "exact").predictor
    frames = detect_samples(predictor, samples, title=f"score {path.name}")
    scores = score(
        zip(samples, frames, strict=True),
        predictor.contract.output.classes,
        average_precision=evaluation.average_precision,
        iou=evaluation.iou,
    )
    by_class = {one.name: one.ap50 for one in scores.classes}
    return Accuracy(scores.ap50, scores.ap_50_95, by_class, len(samples))
