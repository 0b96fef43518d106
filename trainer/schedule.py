"""The learning rate: TLT's soft-start annealing."""

from __future__ import annotations

import math

from train2edge.spec.training import Schedule


def learning_rate(progress: float, schedule: Schedule) -> float:
    """The rate at ``progress`` (0..1 of the training): up to ``maximum``, plateau, down again.

    Exponential between ``minimum`` and ``maximum`` (TLT, ``soft_start_annealing_schedule``).
    """
    low, high = math.log(schedule.minimum), math.log(schedule.maximum)
    return math.exp(low + _height(progress, schedule) * (high - low))


def _height(progress: float, schedule: Schedule) -> float:
    """0 at both ends, 1 on the plateau."""
    progress = min(max(progress, 0.0), 1.0)
    if progress < schedule.soft_start:
        return progress / schedule.soft_start
    if progress <= schedule.annealing:
        return 1.0
    return (1.0 - progress) / (1.0 - schedule.annealing)
