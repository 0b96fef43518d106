"""Classification: one class an object, judged by how many are named rightly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from train2edge.contract import Contract, InputContract
from train2edge.datasets.crops import class_ids
from train2edge.datasets.sample import Sample
from train2edge.evaluation.classify import choose, guess, scores_of, with_threshold
from train2edge.evaluation.run import raw_outputs
from train2edge.spec.evaluation import Evaluation
from train2edge.spec.training import ClassCost, Cost, Training
from trainer import checkpoint
from trainer.augmentation import View
from trainer.models.head import Outputs
from trainer.models.network import Network
from trainer.predict import Predictor, open_predictor
from trainer.tasks.task import MakeTargets, Score, Targets

METRIC = "top1"
_POWER = {"none": 0.0, "root": 0.5, "inverse": 1.0}  # of a class's rareness, its weight


class Labels(NamedTuple):
    """``class_ids`` int64 ``[N]``."""

    class_ids: Tensor


def targets(contract: Contract, spec: Training) -> MakeTargets:
    """The class of each view's one object."""

    def make(views: Sequence[View], frame: InputContract) -> Labels:
        return Labels(torch.tensor([int(view.class_ids[0]) for view in views]))

    return make


class SoftmaxLoss:
    """Cross entropy of the softmax, smoothed, weighed by class; mean weight of a sample is 1."""

    def __init__(self, cost: Cost, weights: NDArray[np.float64]) -> None:
        self.smoothing = cost.label_smoothing
        self.class_weights = torch.tensor(weights, dtype=torch.float32)
        self.weights = {"entropy": 1.0}
        self.goals = {"entropy": 1.0}

    def to(self, device: torch.device) -> SoftmaxLoss:
        self.class_weights = self.class_weights.to(device)
        return self

    def __call__(self, outputs: Outputs, targets: Targets) -> dict[str, Tensor]:
        logits, (labels,) = outputs[0].float().flatten(1), targets
        each = functional.cross_entropy(
            logits, labels, label_smoothing=self.smoothing, reduction="none"
        )
        return {"entropy": (each * self.class_weights[labels]).mean()}

    def total(self, terms: Mapping[str, Tensor]) -> Tensor:
        return torch.stack([self.weights[name] * value for name, value in terms.items()]).sum()

    def distance(self, student: Outputs, teacher: Outputs, targets: Targets) -> Tensor:
        """Kullback-Leibler divergence of the student's classes from the teacher's."""
        said = functional.log_softmax(student[0].float().flatten(1), 1)
        wanted = functional.log_softmax(teacher[0].float().flatten(1), 1)
        return functional.kl_div(said, wanted, log_target=True, reduction="batchmean")


def loss(contract: Contract, spec: Training, samples: Sequence[Sample]) -> SoftmaxLoss:
    names = contract.output.classes
    counts = np.bincount(class_ids(samples), minlength=len(names))
    return SoftmaxLoss(spec.cost, class_weights(counts, names, spec.cost))


def class_weights(
    counts: NDArray[np.integer], names: Sequence[str], cost: Cost
) -> NDArray[np.float64]:
    """A weight a class: its rareness, times the spec's own; their mean over samples is 1."""
    given = np.array([cost.classes.get(name, ClassCost()).class_weight for name in names])
    weights = given / np.maximum(counts, 1) ** _POWER[cost.class_balance]
    mean = float((weights * counts).sum() / max(counts.sum(), 1))
    return np.asarray(weights / mean if mean else weights, np.float64)


def judge(
    samples: Sequence[Sample], contract: Contract, evaluation: Evaluation, device: torch.device
) -> Score:
    open_to_all = with_threshold(contract, 0.0)

    def score(model: Network) -> Mapping[str, float]:
        predictor = Predictor(model, open_to_all, device)
        found = guess(raw_outputs(predictor, samples), open_to_all, samples)
        scores = scores_of(found, samples, open_to_all)
        return {"top1": scores.top1, "mean_recall": scores.mean_recall}

    return score


def tune(path: Path, samples: Sequence[Sample], evaluation: Evaluation) -> None:
    loaded = checkpoint.load(path)
    raws = raw_outputs(open_predictor(path), samples)
    chosen = choose(raws, loaded.contract, samples, evaluation)
    replace(loaded, contract=chosen).save(path)
