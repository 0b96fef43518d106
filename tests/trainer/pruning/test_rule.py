"""TLT's rule, to the letter: compared with a slow specification on random layers."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from tests.trainer.pruning import specification
from tests.trainer.pruning.nets import EXAMPLE, Toy
from trainer.pruning import cost, groups, scores
from trainer.pruning.plan import Planner, PrunePlan
from trainer.pruning.rule import Rule

EQUALIZATIONS = ("union", "intersection", "arithmetic_mean", "geometric_mean")


def plan(net: nn.Module, rule: Rule, threshold: float) -> PrunePlan:
    found = groups.find(net, EXAMPLE)
    scored = scores.score(net, found, rule.score, rule.normalizer, rule.equalization)
    return Planner(found, scored, cost.measure(net, found, EXAMPLE), rule).at(threshold)


@pytest.mark.parametrize("equalization", EQUALIZATIONS)
@pytest.mark.parametrize("normalizer", ["max", "L2"])
@pytest.mark.parametrize(("granularity", "least"), [(1, 1), (8, 16), (3, 2), (4, 100)])
def test_plans_agree_with_the_specification(
    equalization: str, normalizer: str, granularity: int, least: int
) -> None:
    rule = Rule("kernel", normalizer, equalization, granularity, least)  # type: ignore[arg-type]
    for seed, threshold in enumerate((0.0, 0.3, 0.7, 0.9, 3.0, 5.0)):
        net = Toy(seed)
        modules = dict(net.named_modules())
        for group in plan(net, rule, threshold).groups:
            kernels = [modules[name].weight.flatten(1).tolist() for name in group.layers]
            each = [
                specification.normalized(specification.norms(one), normalizer) for one in kernels
            ]
            merged = specification.merged(each, equalization)
            expected = specification.retained(merged, threshold, granularity, least)
            assert list(group.kept) == expected


def test_the_threshold_itself_does_not_stay() -> None:
    values = np.array([0.5, 0.5, 0.6, 1.0])
    assert Rule(granularity=1, min_filters=1).kept(values, 0.5) == (2, 3)


def test_the_count_is_rounded_up_and_the_best_fill_it() -> None:
    values = np.array([0.1, 0.9, 0.3, 1.0, 0.2, 0.8, 0.4, 0.05])
    assert Rule(granularity=4, min_filters=1).kept(values, 0.7) == (1, 3, 5, 6)
    assert Rule(granularity=3, min_filters=4).kept(values, 0.99) == (1, 2, 3, 4, 5, 6)
    assert Rule(granularity=5, min_filters=6).kept(values, 0.99) == tuple(range(8))


def test_max_prune_bounds_what_goes() -> None:
    values = np.linspace(0, 1, 64)
    assert Rule(granularity=1, min_filters=1, max_prune=0.75).kept_count(values, 9.0) == 16
    assert Rule(granularity=1, min_filters=1, max_prune=1.0).kept_count(values, 9.0) == 1


def test_an_excluded_member_keeps_its_group_whole() -> None:
    rule = Rule(granularity=1, min_filters=1, exclude=("b",))
    chosen = {group.layers: len(group.kept) for group in plan(Toy(), rule, 0.99).groups}
    assert chosen[("stem", "b")] == 12
    assert chosen[("a", "wise")] < 24


def test_biases_do_not_matter_to_kernel_scores() -> None:
    net, other = Toy(), Toy()
    with torch.no_grad():
        other.stem.bias.fill_(100)  # type: ignore[union-attr]
    rule = Rule(granularity=1, min_filters=1)
    assert plan(net, rule, 0.8).groups == plan(other, rule, 0.8).groups
