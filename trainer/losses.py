"""The cost of a prediction: TLT's coverage cross entropy and box distance, and what came since.

All terms are means over pictures and cells, a class at a time, then weighed by class: doubling
the batch or splitting it among processes leaves them as they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from train2edge.spec.training import ClassCost, Cost
from trainer.models.head import Outputs

SHARPNESS = 2  # of quality coverage: IoU 0.4 scores 0.16, IoU 0.9 scores 0.81
LEAST, MOST = 1e-4, 0.9999  # TLT: min_objective_weight, max_objective_weight


class TargetBatch(NamedTuple):
    """``trainer.rasterizer.Targets`` of ``N`` pictures, as tensors with a leading ``N``."""

    coverage: Tensor
    bbox: Tensor
    norm: Tensor
    counted: Tensor


class DetectionLoss:
    """Coverage logits and boxes against targets; ``weights`` are those of the terms.

    With ``quality`` the target inside an ellipse is the squared IoU of the cell's predicted box
    with its object, so that the score tells how well the box fits (after Li et al., 2020, and
    Zhang et al., 2021). Squared, because a fragment of a large object must rank below the whole
    of a difficult one.
    """

    def __init__(self, cost: Cost, classes: Sequence[str], *, quality: bool = False) -> None:
        self.cost = cost
        self.quality = quality
        costs = [cost.classes.get(name, ClassCost()) for name in classes]
        total = sum(one.class_weight for one in costs)
        self.class_weight = torch.tensor([one.class_weight / total for one in costs])
        usual = cost.coverage_foreground_weight
        weights = (one.coverage_foreground_weight for one in costs)
        self.foreground = torch.tensor([usual if one is None else one for one in weights])
        self.goals = goals(cost)
        self.weights = normalized(self.goals)

    def to(self, device: torch.device) -> DetectionLoss:
        self.class_weight = self.class_weight.to(device)
        self.foreground = self.foreground.to(device)
        return self

    def __call__(self, outputs: Outputs, targets: tuple[Tensor, ...]) -> dict[str, Tensor]:
        """The terms, unweighted, each a scalar that carries a gradient."""
        coverage, bbox = (one.float() for one in outputs)
        targets = TargetBatch(*targets)
        terms = {}
        predicted, wanted = sides(bbox), sides(targets.bbox)
        fit = overlaps(predicted, wanted) if self.quality or self.cost.giou else None
        terms["coverage"] = self._coverage(coverage, targets, fit)
        if self.cost.bbox:
            distance = (predicted - wanted).abs().mean(2) * targets.norm
            terms["bbox"] = self._mean(distance)
        if self.cost.giou and fit is not None:
            terms["giou"] = self._mean((1 - fit.giou) * targets.norm)
        return terms

    def total(self, terms: Mapping[str, Tensor]) -> Tensor:
        return torch.stack([self.weights[name] * value for name, value in terms.items()]).sum()

    def distance(self, student: Outputs, teacher: Outputs, targets: tuple[Tensor, ...]) -> Tensor:
        """How far the student's grid is from its teacher's, a scalar."""
        return distillation(student, teacher, TargetBatch(*targets).counted)

    def _coverage(self, logits: Tensor, targets: TargetBatch, fit: Overlaps | None) -> Tensor:
        covered = targets.coverage > 0.5
        wanted = targets.coverage
        if self.quality and fit is not None:
            wanted = wanted * fit.iou.detach() ** SHARPNESS
        loss = functional.binary_cross_entropy_with_logits(logits, wanted, reduction="none")
        if self.cost.focal_gamma:
            loss = loss * (wanted - logits.sigmoid()).abs() ** self.cost.focal_gamma
        foreground = self.foreground[:, None, None]
        weight = torch.where(covered, foreground, 1 - foreground)
        return self._mean(loss * weight * targets.counted)

    def _mean(self, cells: Tensor) -> Tensor:
        """``[N, C, h, w]`` to a scalar: mean over pictures and cells, weighted sum of classes."""
        return (cells.mean((0, 2, 3)) * self.class_weight).sum()


class Overlaps(NamedTuple):
    iou: Tensor
    giou: Tensor


def sides(bbox: Tensor) -> Tensor:
    """``[N, 4C, h, w]`` to ``[N, C, 4, h, w]``: left, top, right, bottom."""
    pictures, channels, height, width = bbox.shape
    return bbox.reshape(pictures, channels // 4, 4, height, width)


def overlaps(one: Tensor, other: Tensor) -> Overlaps:
    """IoU and generalised IoU of boxes given as distances ``[N, C, 4, h, w]`` from one centre.

    Both ``[N, C, h, w]``. (Rezatofighi et al., 2019.)
    """
    inner, outer = torch.minimum(one, other), torch.maximum(one, other)
    shared, around = _area(inner), _area(outer)
    union = _area(one) + _area(other) - shared
    iou = shared / union.clamp(min=1e-6)
    return Overlaps(iou, iou - (around - union) / around.clamp(min=1e-6))


def _area(distances: Tensor) -> Tensor:
    left, top, right, bottom = distances.unbind(2)
    return (left + right).clamp(min=0) * (top + bottom).clamp(min=0)


def distillation(student: Outputs, teacher: Outputs, counted: Tensor) -> Tensor:
    """How far the student's grid is from the teacher's: its coverage, and its boxes where it
    sees something. A scalar; ``counted`` ``[N, C, h, w]`` leaves dead zones out of the coverage.
    """
    coverage, boxes = student[0].float(), sides(student[1].float())
    seen = teacher[0].float().sigmoid()
    entropy = functional.binary_cross_entropy_with_logits(coverage, seen, reduction="none")
    least = functional.binary_cross_entropy(seen, seen, reduction="none")
    distance = (boxes - sides(teacher[1].float())).abs().mean(2)
    return ((entropy - least) * counted + distance * seen).mean()


def goals(cost: Cost) -> dict[str, float]:
    """The weights that the spec asks for, by term; terms of weight 0 are left out."""
    wanted = {"coverage": cost.coverage, "bbox": cost.bbox, "giou": cost.giou}
    return {name: weight for name, weight in wanted.items() if weight}


def normalized(weights: Mapping[str, float]) -> dict[str, float]:
    total = sum(weights.values())
    return {name: weight / total for name, weight in weights.items()}


def autoweights(wanted: Mapping[str, float], means: Mapping[str, float]) -> dict[str, float]:
    """TLT's autoweighting after an epoch: weight in proportion to goal / mean cost, clamped."""
    raw = {name: goal / max(means[name], 1e-12) for name, goal in wanted.items()}
    return {name: min(max(value, LEAST), MOST) for name, value in normalized(raw).items()}
