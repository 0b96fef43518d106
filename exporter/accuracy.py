"""Average precision of an exported file, executed exactly as it is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from train2edge.contract import Contract
from train2edge.datasets.picture import read_picture
from train2edge.datasets.sample import Sample
from train2edge.detections import FrameDetections
from train2edge.metrics.detection import score
from train2edge.nvinfer.postprocess import frame_detections, of_picture
from train2edge.nvinfer.preprocess import prepare
from train2edge.progress import track
from train2edge.runtime import open_model
from train2edge.spec.evaluation import Evaluation


@dataclass(frozen=True)
class Accuracy:
    """AP at IoU .5 over ``pictures`` of ``part``; ``None`` for a class without objects there."""

    mean: float
    mean50_95: float
    by_class: Mapping[str, float | None]
    pictures: int
    part: str = "validation"


def measure(
    path: Path, contract: Contract, samples: Sequence[Sample], evaluation: Evaluation
) -> Accuracy:
    """Score the ONNX file ``path`` on ``samples`` with the contract's own clustering.

    ONNX Runtime without optimisation: Q/DQ pairs are computed in float, so the figure is the
    file's and not that of a CPU kernel that saturates.
    """
    classes = contract.output.classes
    found = track(_detect(path, contract, samples), f"score {path.name}", len(samples))
    scores = score(
        found, classes, average_precision=evaluation.average_precision, iou=evaluation.iou
    )
    by_class = {one.name: one.ap50 for one in scores.classes}
    return Accuracy(scores.ap50, scores.ap_50_95, by_class, len(samples))


def _detect(
    path: Path, contract: Contract, samples: Sequence[Sample]
) -> Iterator[tuple[Sample, FrameDetections]]:
    model = open_model(path, engine="exact")
    for sample in samples:
        picture = read_picture(sample.image)
        tensor, geometry = prepare(picture, contract.input)
        outputs = of_picture(model(tensor[None]), 0)
        size = (picture.shape[1], picture.shape[0])
        yield sample, frame_detections(sample.name, outputs, contract, geometry, size)
