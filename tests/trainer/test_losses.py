from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from train2edge.spec.training import Cost
from trainer.losses import (
    DetectionLoss,
    TargetBatch,
    autoweights,
    distillation,
    normalized,
    overlaps,
    sides,
)

CLASSES = ("car", "bus")


def grid(seed: int = 0, pictures: int = 2) -> tuple[Tensor, Tensor, TargetBatch]:
    random = torch.Generator().manual_seed(seed)
    logits = torch.randn(pictures, 2, 3, 4, generator=random)
    bbox = torch.rand(pictures, 8, 3, 4, generator=random) * 3
    covered = (torch.rand(pictures, 2, 3, 4, generator=random) > 0.6).float()
    wanted = torch.rand(pictures, 8, 3, 4, generator=random) * 3
    counted = torch.maximum(covered, (torch.rand(covered.shape, generator=random) > 0.2).float())
    targets = TargetBatch(covered, wanted * sides_mask(covered), covered * 0.3, counted)
    return logits.requires_grad_(), bbox.requires_grad_(), targets


def sides_mask(covered: Tensor) -> Tensor:
    return covered.repeat_interleave(4, dim=1)


def test_tlts_coverage_and_box_cost() -> None:
    """Cell by cell, as the formulas stand: BCE weighed by w or 1 - w, |difference| times norm."""
    logits, bbox, targets = grid()
    cost = Cost.model_validate(
        {"classes": {"bus": {"class_weight": 3, "coverage_foreground_weight": 0.2}}}
    )
    terms = DetectionLoss(cost, CLASSES)((logits, bbox), targets)
    coverage, boxes = 0.0, 0.0
    score, cells = logits.sigmoid().detach().numpy(), 2 * 3 * 4
    for place in np.ndindex(2, 2, 3, 4):
        picture, k, row, column = place
        share, foreground = ((1 / 4, 0.05), (3 / 4, 0.2))[k]
        hit = targets.coverage[place] > 0.5
        chance = score[place] if hit else 1 - score[place]
        weight = (foreground if hit else 1 - foreground) * float(targets.counted[place])
        coverage += share * weight * -np.log(chance) / cells
        four = slice(4 * k, 4 * k + 4)
        difference = bbox.detach()[picture, four, row, column]
        difference = difference - targets.bbox[picture, four, row, column]
        boxes += share * float(difference.abs().mean() * targets.norm[place]) / cells
    assert terms["coverage"].item() == pytest.approx(coverage, rel=1e-5)
    assert terms["bbox"].item() == pytest.approx(boxes, rel=1e-5)


def test_half_batches_average_to_the_whole() -> None:
    logits, bbox, targets = grid(pictures=4)
    loss = DetectionLoss(Cost(giou=2.0), CLASSES, quality=True)
    whole = loss.total(loss((logits, bbox), targets))
    halves = [
        loss.total(loss((logits[h], bbox[h]), TargetBatch(*(one[h] for one in targets))))
        for h in (slice(0, 2), slice(2, 4))
    ]
    torch.testing.assert_close(whole, (halves[0] + halves[1]) / 2)


def test_overlaps_are_those_of_the_boxes() -> None:
    """Distances from a centre at (10, 10), against corners worked out by hand."""
    one = torch.tensor([2.0, 2.0, 2.0, 2.0]).reshape(1, 1, 4, 1, 1)  # 8, 8, 12, 12
    other = torch.tensor([0.0, 0.0, 4.0, 4.0]).reshape(1, 1, 4, 1, 1)  # 10, 10, 14, 14
    fit = overlaps(one, other)
    assert float(fit.iou) == pytest.approx(4 / 28)
    assert float(fit.giou) == pytest.approx(4 / 28 - (36 - 28) / 36)
    assert float(overlaps(one, one).giou) == pytest.approx(1.0)
    apart = torch.tensor([-3.0, 2.0, 5.0, 2.0]).reshape(1, 1, 4, 1, 1)  # 13, 8, 15, 12
    assert float(overlaps(one, apart).iou) == 0.0
    assert float(overlaps(one, apart).giou) == pytest.approx(-(28 - 24) / 28)


def test_with_quality_the_score_shall_be_the_fit_of_the_box() -> None:
    _, bbox, targets = grid()
    fit = overlaps(sides(bbox), sides(targets.bbox)).iou.detach() ** 2 * targets.coverage
    loss = DetectionLoss(Cost(coverage_foreground_weight=0.5), CLASSES, quality=True)

    def cost(score: Tensor) -> float:
        return float(loss((torch.logit(score.clamp(1e-4, 1 - 1e-4)), bbox), targets)["coverage"])

    assert cost(fit) < min(cost(fit * 0.9), cost((fit * 1.1).clamp(max=1)), cost(targets.coverage))
    logits = torch.zeros_like(fit, requires_grad=True)
    loss((logits, bbox), targets)["coverage"].backward()
    assert bbox.grad is None  # the box learns from its own terms, not to please the score


def test_cells_that_are_not_counted_teach_nothing() -> None:
    logits, bbox, targets = grid()
    loss = DetectionLoss(Cost(giou=1.0), CLASSES)
    loss.total(loss((logits, bbox), targets)).backward()
    assert logits.grad is not None
    assert bbox.grad is not None
    assert not logits.grad[targets.counted == 0].any()
    assert not bbox.grad[sides_mask(targets.coverage) == 0].any()
    assert bbox.grad[sides_mask(targets.coverage) == 1].all()


def test_focal_gamma_makes_easy_cells_count_less() -> None:
    _, bbox, targets = grid()
    sure = (targets.coverage * 2 - 1) * 4
    plain, focal = (
        float(DetectionLoss(Cost(focal_gamma=g), CLASSES)((sure, bbox), targets)["coverage"])
        for g in (0.0, 2.0)
    )
    assert focal < plain * 1e-2


def test_autoweighting_gives_each_term_its_share() -> None:
    wanted, means = {"coverage": 1.0, "bbox": 10.0}, {"coverage": 0.02, "bbox": 0.4}
    weights = autoweights(wanted, means)
    assert weights["bbox"] * means["bbox"] == pytest.approx(10 * weights["coverage"] * 0.02)
    assert sum(weights.values()) == pytest.approx(1.0)
    assert autoweights(wanted, {"coverage": 1e-9, "bbox": 1.0})["coverage"] == 0.9999
    assert normalized(wanted)["bbox"] == pytest.approx(10 / 11)


def test_a_student_like_its_teacher_costs_nothing() -> None:
    logits, bbox, targets = grid()
    teacher = logits.detach().clone(), bbox.detach().clone()
    logits, bbox = teacher
    same = distillation((logits, bbox), teacher, targets.counted)
    other = distillation((logits + 1, bbox * 1.1), teacher, targets.counted)
    assert float(same) == pytest.approx(0.0, abs=1e-6)
    assert float(other) > 0.01
