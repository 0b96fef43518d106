"""What pruning brought: parameters, MACs, and latency measured side by side."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from trainer.checkpoint import Checkpoint
from trainer.pruning.cost import Cost
from trainer.pruning.plan import PrunePlan

ROUNDS = 15
WARM_UP = 3


@dataclass(frozen=True)
class Figures:
    """One network: parameters, MACs of one picture, median milliseconds of one picture."""

    parameters: int
    macs: int
    milliseconds: float


@dataclass(frozen=True)
class PruneReport:
    """Before and after, on this machine's CPU with torch, float32, batch 1."""

    before: Figures
    after: Figures
    threads: int

    @property
    def faster(self) -> float:
        return self.before.milliseconds / self.after.milliseconds

    def __str__(self) -> str:
        before, after = self.before.milliseconds, self.after.milliseconds
        return (
            f"torch on this CPU, {self.threads} threads: {before:.1f} ms -> {after:.1f} ms "
            f"({self.faster:.2f}x faster)"
        )


def compare(before: Checkpoint, after: Checkpoint, plan: PrunePlan) -> PruneReport:
    """Time both networks in turns at their own input size."""
    size = (before.architecture.height, before.architecture.width)
    slow, fast = interleaved(before.model(), after.model(), torch.zeros(1, 3, *size))
    return PruneReport(
        _figures(plan.before, slow), _figures(plan.after, fast), torch.get_num_threads()
    )


def interleaved(
    first: nn.Module, second: nn.Module, picture: Tensor, rounds: int = ROUNDS
) -> tuple[float, float]:
    """Median milliseconds of each; in turns, so that a busy machine slows both alike."""
    times: tuple[list[float], list[float]] = ([], [])
    with torch.inference_mode():
        for turn in range(WARM_UP + rounds):
            for model, noted in zip((first, second), times, strict=True):
                elapsed = _once(model, picture)
                if turn >= WARM_UP:
                    noted.append(elapsed)
    return statistics.median(times[0]), statistics.median(times[1])


def _once(model: nn.Module, picture: Tensor) -> float:
    start = time.perf_counter()
    model(picture)
    return 1000 * (time.perf_counter() - start)


def _figures(cost: Cost, milliseconds: float) -> Figures:
    return Figures(cost.parameters, cost.macs, round(milliseconds, 3))
