"""Goals: the threshold that leaves a fraction of the parameters, or of the MACs."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from train2edge.errors import InputError
from train2edge.spec.pruning import Pruning
from trainer.pruning.cost import Cost
from trainer.pruning.plan import Planner, PrunePlan


def reach(planner: Planner, pruning: Pruning) -> PrunePlan:
    """The plan for the one goal that ``pruning`` names."""
    if pruning.keep is not None:
        return for_keep(planner, pruning.keep)
    if pruning.speedup is not None:
        return for_speedup(planner, pruning.speedup)
    assert pruning.threshold is not None
    return planner.at(pruning.threshold)


def for_keep(planner: Planner, keep: float) -> PrunePlan:
    """The lightest cut that leaves at most ``keep`` (0..1) of the parameters."""
    whole = planner.costs.whole.parameters
    return _lightest(
        planner,
        lambda cost: cost.parameters <= keep * whole,
        lambda least: f"keep {keep:g}: at least {least.keep:.3f} of the parameters would be left",
    )


def for_speedup(planner: Planner, speedup: float) -> PrunePlan:
    """The lightest cut that makes the MACs at least ``speedup`` times fewer."""
    whole = planner.costs.whole.macs
    return _lightest(
        planner,
        lambda cost: cost.macs * speedup <= whole,
        lambda least: f"speedup {speedup:g}: at most {least.speedup:.2f}x can be reached",
    )


def _lightest(
    planner: Planner, reached: Callable[[Cost], bool], failure: Callable[[PrunePlan], str]
) -> PrunePlan:
    """Bisect over the thresholds that change anything: the higher, the fewer channels stay."""
    free = [planner.scores[group.name] for group in planner.free]
    steps = np.unique(np.concatenate([np.zeros(1), *free]))
    low, high = 0, len(steps) - 1
    if not reached(planner.cost_at(float(steps[high]))):
        raise InputError(
            failure(planner.at(float(steps[high]))),
            hint="a higher --max-prune, a lower --min-filters or fewer --exclude allow more",
        )
    while low < high:
        middle = (low + high) // 2
        if reached(planner.cost_at(float(steps[middle]))):
            high = middle
        else:
            low = middle + 1
    return planner.at(float(steps[low]))
