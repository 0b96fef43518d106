"""How a model of each task is scored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol, cast

from train2edge.datasets.sample import Sample
from train2edge.errors import InputError
from train2edge.evaluation.predictor import Predictor
from train2edge.spec.evaluation import Evaluation

MODULES = {"detection": "evaluate", "classification": "classify"}


class Report(Protocol):
    """What a scoring gives."""

    def as_record(self) -> dict[str, Any]: ...

    def write(self, out: Path, *, worst_pictures: int = 12) -> Path: ...

    def print(self) -> None: ...


class Scoring(Protocol):
    """``evaluate`` of a task's module."""

    def __call__(
        self,
        predictor: Predictor,
        samples: Sequence[Sample],
        settings: Evaluation,
        *,
        split: str = "",
        model: Mapping[str, Any] | None = None,
        provenance: Mapping[str, Any] | None = None,
        batch_size: int = 8,
    ) -> Report: ...


def scoring(task: str) -> Scoring:
    """How models of ``task`` are scored; ``InputError`` for a task that is not known."""
    if task not in MODULES:
        raise InputError(f"no task '{task}'", hint=f"one of: {', '.join(MODULES)}")
    return cast(Scoring, import_module(f"train2edge.evaluation.{MODULES[task]}").evaluate)
