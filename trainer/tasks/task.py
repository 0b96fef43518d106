"""What a module of this folder offers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

import torch
from torch import Tensor

from train2edge.contract import Contract, InputContract
from train2edge.datasets.sample import Sample
from train2edge.spec.evaluation import Evaluation
from train2edge.spec.training import Training
from trainer.augmentation import View
from trainer.models.head import Outputs
from trainer.models.network import Network

Targets = tuple[Tensor, ...]  # a NamedTuple of the task's, each tensor with a leading N
MakeTargets = Callable[[Sequence[View], InputContract], Targets]
Score = Callable[[Network], Mapping[str, float]]


class Loss(Protocol):
    """The terms of a step's cost, weighed by ``weights``; ``goals`` are what the spec asks for."""

    weights: dict[str, float]
    goals: dict[str, float]

    def __call__(self, outputs: Outputs, targets: Targets) -> dict[str, Tensor]:
        """The terms, unweighted, each a scalar that carries a gradient."""

    def total(self, terms: Mapping[str, Tensor]) -> Tensor: ...

    def distance(self, student: Outputs, teacher: Outputs, targets: Targets) -> Tensor:
        """How far the student is from its teacher, a scalar."""

    def to(self, device: torch.device) -> Loss: ...


class Task(Protocol):
    """A module of ``trainer/tasks``; ``METRIC`` is the figure that chooses the best epoch."""

    METRIC: str

    def targets(self, contract: Contract, spec: Training) -> MakeTargets:
        """What makes a batch's targets of augmented views, for any size of the input."""

    def loss(self, contract: Contract, spec: Training, samples: Sequence[Sample]) -> Loss: ...

    def judge(
        self,
        samples: Sequence[Sample],
        contract: Contract,
        evaluation: Evaluation,
        device: torch.device,
    ) -> Score:
        """What gives the figures of a model on validation pictures, ``METRIC`` among them."""

    def tune(self, path: Path, samples: Sequence[Sample], evaluation: Evaluation) -> None:
        """Choose the thresholds of the checkpoint ``path`` on validation pictures, and write them
        into its contract. Doing it twice is the same as once."""


def load(name: str) -> Task:
    """The task of that name, which the spec has checked."""
    return cast(Task, import_module(f"trainer.tasks.{name}"))
