"""Judging a model while it learns, and choosing its thresholds when it has learnt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch

from train2edge.contract import Contract
from train2edge.datasets.sample import Sample
from train2edge.evaluation import tuning
from train2edge.evaluation.run import decode, raw_outputs
from train2edge.metrics.detection import DetectionScores, score
from train2edge.spec.evaluation import Clustering, Evaluation
from trainer import checkpoint
from trainer.models.detector import Detector
from trainer.predict import Predictor, open_predictor

NMS_IOU = 0.3  # while the model learns and the best one has not been chosen


class Scorer:
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

    def __call__(self, model: Detector) -> dict[str, float]:
        scores = self.scores(model)
        return {"ap50": scores.ap50, "ap": scores.ap_50_95}

    def scores(self, model: Detector) -> DetectionScores:
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
