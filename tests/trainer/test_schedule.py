from __future__ import annotations

import math

import pytest

from train2edge.spec.training import Schedule
from trainer.schedule import learning_rate

TLT = Schedule(minimum=5e-6, maximum=5e-4, soft_start=0.1, annealing=0.7)


@pytest.mark.parametrize(
    ("progress", "rate"),
    [
        (0.0, 5e-6),
        (0.05, 5e-5),  # half way up, in logarithms
        (0.1, 5e-4),
        (0.7, 5e-4),
        (0.85, 5e-5),
        (1.0, 5e-6),
    ],
)
def test_tlts_soft_start_annealing(progress: float, rate: float) -> None:
    assert math.isclose(learning_rate(progress, TLT), rate)


def test_without_soft_start_it_begins_on_the_plateau() -> None:
    schedule = Schedule(minimum=1e-5, maximum=1e-3, soft_start=0.0, annealing=0.0)
    assert math.isclose(learning_rate(0.0, schedule), 1e-3)
    assert math.isclose(learning_rate(0.5, schedule), 1e-4)
