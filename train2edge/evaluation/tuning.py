"""Choosing the clustering and the operating thresholds, on validation pictures only.

The network runs once; its cells are kept and clustered again for every candidate.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from train2edge.contract import ClassThresholds, ClusterMode, Contract, OutputContract
from train2edge.datasets.sample import Sample
from train2edge.detections import FrameDetections
from train2edge.metrics.average_precision import Mode
from train2edge.metrics.detection import DetectionScores, score
from train2edge.nvinfer import parsers, postprocess
from train2edge.nvinfer.geometry import Geometry
from train2edge.nvinfer.layers import Network, ParseParams, layers_of
from train2edge.nvinfer.objects import Objects
from train2edge.spec.evaluation import Clustering

NMS_IOUS = (0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6)
EPSILONS = (0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7)
MODES: tuple[ClusterMode, ...] = ("nms", "dbscan", "hybrid")
OPERATING = tuple(round(0.05 * step, 2) for step in range(1, 20))
Outputs = tuple[Sample, dict[str, NDArray[Any]], Geometry]


@dataclass(frozen=True)
class Trial:
    """One candidate: the clustering, and the mean AP that it gives."""

    mode: ClusterMode
    nms_iou: float
    eps: float
    ap: float


@dataclass(frozen=True)
class TuningReport:
    """What was chosen, and everything that was tried."""

    output: OutputContract
    trials: tuple[Trial, ...]


@dataclass(frozen=True)
class _Cells:
    """The accepted cells of one picture, not yet clustered."""

    sample: Sample
    objects: Objects
    geometry: Geometry


def choose(
    outputs: Iterable[Outputs],
    contract: Contract,
    clustering: Clustering,
    *,
    average_precision: Mode,
    iou: float,
) -> OutputContract:
    """Fill in what ``clustering`` leaves ``auto``; what it gives is kept.

    ``outputs``: of each validation picture the sample, the tensors without batch dimension and the
    geometry (``run.raw_outputs`` gives them). Mode, ``nms_iou`` and ``eps`` by the best mean AP;
    then each class's operating threshold by the best F1. Raises ``InputError`` when no object is
    labelled.
    """
    return search(
        outputs, contract, clustering, average_precision=average_precision, iou=iou
    ).output


def search(
    outputs: Iterable[Outputs],
    contract: Contract,
    clustering: Clustering,
    *,
    average_precision: Mode,
    iou: float,
) -> TuningReport:
    """``choose``, with all that was tried."""
    output = replace(contract.output, thresholds=(_start(clustering),) * _classes(contract))
    tuner = _Tuner(replace(contract, output=output), outputs, average_precision, iou)
    trials = tuple(tuner.tries(clustering))
    best = max(trials, key=_rank)  # the first of equals: nms before the others
    chosen = _with(output, best.mode, nms_iou=best.nms_iou, eps=best.eps)
    if clustering.operating == "auto":
        chosen = tuner.with_operating(chosen)
    return TuningReport(chosen, trials)


def _rank(trial: Trial) -> tuple[float, float]:
    """The better AP; of equals the one that is nearer to nvinfer's usual values."""
    usual = ClassThresholds()
    return trial.ap, -abs(trial.nms_iou - usual.nms_iou) - abs(trial.eps - usual.eps)


def _start(clustering: Clustering) -> ClassThresholds:
    """The values that are given; ``auto`` ones start at the contract's defaults."""
    given = {
        key: value
        for key in ("nms_iou", "eps", "operating")
        if (value := getattr(clustering, key)) != "auto"
    }
    return ClassThresholds(
        pre_cluster=clustering.pre_cluster,
        topk=clustering.topk,
        min_boxes=clustering.min_boxes,
        dbscan_min_score=clustering.dbscan_min_score,
        **given,
    )


def _classes(contract: Contract) -> int:
    return len(contract.output.classes)


def _with(output: OutputContract, mode: ClusterMode, **values: float) -> OutputContract:
    thresholds = tuple(replace(one, **values) for one in output.thresholds)  # type: ignore[arg-type]
    return replace(output, cluster=mode, thresholds=thresholds)


class _Tuner:
    """Clusters and scores the same cells again and again."""

    def __init__(
        self, contract: Contract, outputs: Iterable[Outputs], mode: Mode, iou: float
    ) -> None:
        self.output = contract.output
        self.mode = mode
        self.iou = iou
        self.pictures = [_cells(one, contract) for one in outputs]

    def tries(self, clustering: Clustering) -> Iterator[Trial]:
        modes = MODES if clustering.mode == "auto" else (clustering.mode,)
        for mode in modes:
            yield from self._tries_of(mode, clustering)

    def _tries_of(self, mode: ClusterMode, clustering: Clustering) -> Iterator[Trial]:
        """``eps`` first, where the mode has one, then ``nms_iou`` at the best ``eps``."""
        start = self.output.thresholds[0]
        eps = start.eps
        if mode in ("dbscan", "hybrid"):
            trials = [
                self._try(mode, start.nms_iou, value) for value in _values(clustering.eps, EPSILONS)
            ]
            eps = max(trials, key=_rank).eps
            yield from trials
        if mode in ("nms", "hybrid"):
            for value in _values(clustering.nms_iou, NMS_IOUS):
                yield self._try(mode, value, eps)
        if mode == "none":
            yield self._try(mode, start.nms_iou, eps)

    def _try(self, mode: ClusterMode, nms_iou: float, eps: float) -> Trial:
        scores = self._score(_with(self.output, mode, nms_iou=nms_iou, eps=eps))
        return Trial(mode, nms_iou, eps, scores.ap)

    def with_operating(self, output: OutputContract) -> OutputContract:
        """Each class's threshold of the best F1; a class that found nothing gets the middle one."""
        by_neighbours = output.cluster in ("dbscan", "hybrid")
        best = self._by_clustering(output) if by_neighbours else self._by_score(output)
        known = [value for value in best if value is not None]
        middle = median(known) if known else ClassThresholds().operating
        thresholds = tuple(
            replace(one, operating=round(middle if value is None else value, 4))
            for one, value in zip(output.thresholds, best, strict=True)
        )
        return replace(output, thresholds=thresholds)

    def _by_score(self, output: OutputContract) -> list[float | None]:
        """A better box's fate hangs on no worse one: cutting before NMS or after is the same."""
        scores = self._score(output)
        return [one.best.threshold if one.best else None for one in scores.classes]

    def _by_clustering(self, output: OutputContract) -> list[float | None]:
        """The threshold decides who has neighbours and what is merged: every one is tried."""
        least = max(one.pre_cluster for one in output.thresholds)
        candidates = [one for one in OPERATING if one >= least] or [least]
        f1 = np.array([self._f1(output, one) for one in candidates])
        best = f1.argmax(axis=0)
        return [candidates[row] if f1[row, column] > 0 else None for column, row in enumerate(best)]

    def _f1(self, output: OutputContract, threshold: float) -> list[float]:
        scores = self._score(_with(output, output.cluster, pre_cluster=threshold))
        return [one.f1 for one in scores.at([0.0] * len(scores.classes))]

    def _score(self, output: OutputContract) -> DetectionScores:
        pairs = [(one.sample, _detections(one, output)) for one in self.pictures]
        return score(pairs, output.classes, average_precision=self.mode, iou=self.iou)


def _values(given: float | str, grid: Sequence[float]) -> Sequence[float]:
    return grid if isinstance(given, str) else (given,)


def _cells(one: Outputs, contract: Contract) -> _Cells:
    sample, outputs, geometry = one
    size, output = contract.input, contract.output
    least = postprocess.pre_cluster(output.thresholds)
    network = Network(size.width, size.height, size.channels)
    parser = parsers.load(output.parser)
    objects = parser.parse(layers_of(outputs), network, ParseParams(least))
    return _Cells(sample, postprocess.accept(objects, least), geometry)


def _detections(one: _Cells, output: OutputContract) -> FrameDetections:
    objects = postprocess.cluster(one.objects, output.cluster, output.thresholds)
    size = (one.sample.width, one.sample.height)
    return postprocess.attached(one.sample.name, objects, output, one.geometry, size)
