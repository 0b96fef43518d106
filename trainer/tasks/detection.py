"""Detection: boxes on a grid, judged by their average precision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from train2edge.contract import Contract, InputContract
from train2edge.datasets.sample import Sample
from train2edge.evaluation import tuning
from train2edge.evaluation.run import decode, raw_outputs
from train2edge.metrics.detection import DetectionScores, score
from train2edge.spec.evaluation import Clustering, Evaluation
from train2edge.spec.training import Training
from trainer import checkpoint
from trainer.augmentation import View
from trainer.losses import DetectionLoss, TargetBatch
from trainer.models.network import Network
from trainer.predict import Predictor, open_predictor
from trainer.rasterizer import rasterize
from trainer.tasks.task import MakeTargets

METRIC = "ap50"
NMS_IOU = 0.3  # while the model learns and the best one has not been chosen


def targets(contract: Contract, spec: Training) -> MakeTargets:
    """Boxes to the grid, by TLT's rasteriser."""

    def make(views: Sequence[View], frame: InputContract) -> TargetBatch:
        size = frame.width, frame.height
        each = [
            rasterize(
                view.boxes, view.class_ids, view.ignore, size, contract.output, spec.rasterizer
            )
            for view in views
        ]
        columns = zip(*each, strict=True)
        return TargetBatch(*(torch.from_numpy(np.stack(column)) for column in columns))

    return make


def loss(contract: Contract, spec: Training, samples: Sequence[Sample]) -> DetectionLoss:
    quality = spec.rasterizer.coverage == "quality"
    return DetectionLoss(spec.cost, contract.output.classes, quality=quality)


def judge(
    samples: Sequence[Sample], contract: Contract, evaluation: Evaluation, device: torch.device
) -> Judge:
    return Judge(samples, contract, evaluation, device)


class Judge:
    """Figures of a model on validation pictures: ``ap50`` and ``ap`` (COCO, 0.5 to 0.95)."""

    def __init__(
        self,
        samples: Sequence[Sample],
        contract: Contract,
        evaluation: Evaluation,
        device: torch.device,
    ) -> None:
        self.samples = samples
        self.contract = provisional(contract, evaluation.clustering)
        self.evaluation = evaluation
        self.device = device

    def __call__(self, model: Network) -> dict[str, float]:
        scores = self.scores(model)
        return {"ap50": scores.ap50, "ap": scores.ap_50_95}

    def scores(self, model: Network) -> DetectionScores:
        predictor = Predictor(model, self.contract, self.device)
        pairs = [
            (raw.sample, decode(raw, self.contract)) for raw in raw_outputs(predictor, self.samples)
        ]
        return score(
            pairs,
            self.contract.output.classes,
            average_precision=self.evaluation.average_precision,
            iou=self.evaluation.iou,
        )


def provisional(contract: Contract, clustering: Clustering) -> Contract:
    """The contract with the spec's clustering, ``auto`` values not yet chosen."""
    given = {} if clustering.eps == "auto" else {"eps": clustering.eps}
    chosen = tuple(
        replace(
            one,
            pre_cluster=clustering.pre_cluster,
            topk=clustering.topk,
            min_boxes=clustering.min_boxes,
            dbscan_min_score=clustering.dbscan_min_score,
            nms_iou=NMS_IOU if clustering.nms_iou == "auto" else clustering.nms_iou,
            **given,
        )
        for one in contract.output.thresholds
    )
    mode = "nms" if clustering.mode == "auto" else clustering.mode
    return replace(contract, output=replace(contract.output, cluster=mode, thresholds=chosen))


def tune(path: Path, samples: Sequence[Sample], evaluation: Evaluation) -> None:
    """Choose clustering and thresholds of the checkpoint ``path`` on validation pictures, and
    write them into its contract. Doing it twice is the same as once."""
    loaded = checkpoint.load(path)
    predictor = open_predictor(path)
    output = tuning.choose(
        raw_outputs(predictor, samples),
        loaded.contract,
        evaluation.clustering,
        average_precision=evaluation.average_precision,
        iou=evaluation.iou,
    )
    replace(loaded, contract=replace(loaded.contract, output=output)).save(path)
