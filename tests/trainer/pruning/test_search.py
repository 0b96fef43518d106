"""Goals are met, by the lightest cut that meets them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.trainer.pruning.nets import EXAMPLE, Toy
from train2edge.errors import InputError
from train2edge.spec.pruning import Pruning
from trainer.pruning import cost, groups, scores, search
from trainer.pruning.plan import Planner
from trainer.pruning.rule import Rule

RULE = Rule("group", granularity=1, min_filters=2, max_prune=0.75)


@pytest.fixture(scope="module")
def planner() -> Planner:
    net = Toy()
    found = groups.find(net, EXAMPLE)
    scored = scores.score(net, found, "group", "max", "union")
    return Planner(found, scored, cost.measure(net, found, EXAMPLE), RULE)


def thresholds(planner: Planner) -> list[float]:
    return [0.0, *np.unique(np.concatenate(list(planner.scores.values()))).tolist()]


@pytest.mark.parametrize("goal", [0.9, 0.7, 0.5, 0.4])
def test_keep_is_the_lightest_of_all_plans_that_meet_it(planner: Planner, goal: float) -> None:
    found = search.for_keep(planner, goal)
    tried = [planner.at(one) for one in thresholds(planner)]
    assert found.keep == max(plan.keep for plan in tried if plan.keep <= goal)


@pytest.mark.parametrize("goal", [1.2, 2.0, 3.0])
def test_speedup_is_the_lightest_of_all_plans_that_meet_it(planner: Planner, goal: float) -> None:
    found = search.for_speedup(planner, goal)
    tried = [planner.at(one) for one in thresholds(planner)]
    assert found.speedup == min(plan.speedup for plan in tried if plan.speedup >= goal)


def test_no_layer_loses_more_than_max_prune(planner: Planner) -> None:
    for group in search.for_speedup(planner, 4.0).groups:
        assert len(group.kept) >= group.width / 4


def test_a_goal_out_of_reach_tells_what_can_be_reached(planner: Planner) -> None:
    with pytest.raises(InputError, match=r"speedup 500: at most \d+\.\d\dx can be reached"):
        search.for_speedup(planner, 500)
    with pytest.raises(InputError, match=r"keep 0\.001: at least 0"):
        search.for_keep(planner, 0.001)


def test_everything_excluded_is_out_of_reach_too(planner: Planner) -> None:
    whole = replace(planner, rule=replace(RULE, exclude=("*",)))
    with pytest.raises(InputError, match=r"at most 1\.00x"):
        search.for_speedup(whole, 1.5)


def test_reach_takes_the_goal_that_is_given(planner: Planner) -> None:
    assert search.reach(planner, Pruning(threshold=0.6)).threshold == 0.6
    assert search.reach(planner, Pruning(keep=0.5)).keep <= 0.5
    assert search.reach(planner, Pruning(speedup=2)).speedup >= 2


def test_the_table_names_layers_and_totals(planner: Planner) -> None:
    plan = search.for_speedup(planner, 2.0)
    lines = plan.table().splitlines()
    assert lines[1].split()[0] == "stem"
    assert lines[1].endswith("b")
    kept = {line.split()[0]: int(line.split()[2]) for line in lines[1:5]}
    assert kept == {group.layers[0]: len(group.kept) for group in plan.groups}
    assert f"-> {plan.after.parameters:,} (" in lines[-2]
    assert f"({plan.speedup:.2f}x fewer)" in lines[-1]
