"""Which labelled pictures a model is scored on: the experiment's, the part that is asked for."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from train2edge.contract import Contract
from train2edge.datasets.labelled import UNSEEN_FIRST, labelled
from train2edge.datasets.sample import Sample
from train2edge.datasets.task import load_experiment
from train2edge.errors import InputError
from train2edge.spec.experiment import Experiment
from train2edge.spec.loader import load as load_spec

SPEC = "spec.yaml"


@dataclass(frozen=True)
class Source:
    """Labelled pictures, and the experiment and the part of it that they come from."""

    experiment: Experiment
    spec: Path
    split: str
    samples: tuple[Sample, ...]


def source(model: Path, spec: Path | None, split: str | None, sets: Sequence[str] = ()) -> Source:
    """The pictures to score ``model`` on.

    Without ``spec`` a RUN's own is taken; without ``split`` the test part, or validation where
    there is none. Raises ``InputError`` when there is no experiment or the part is empty.
    """
    file = spec or _own_spec(model)
    experiment = load_spec(file, sets)
    part = split or ("test" if experiment.dataset.test else "validation")
    samples: tuple[Sample, ...] = getattr(load_experiment(experiment), part)
    if not samples:
        raise InputError(
            f"the experiment has no {part} pictures",
            where=str(file),
            hint="--split validation, or give dataset.test",
        )
    return Source(experiment, file, part, samples)


def of_folder(contract: Contract, folder: Path) -> Source:
    """The labelled pictures of ``folder``, whose labels are the classes by their names.

    Of a folder in parts the test part, else validation: what the network did not learn from.
    ``InputError`` for a network that is no detector, or when no label is a class of it.
    """
    if contract.task != "detection":
        raise InputError(
            f"--data is for detectors, and this is a model for {contract.task}",
            hint="--spec SPEC",
        )
    found = labelled(folder, contract.output.classes, UNSEEN_FIRST)
    if found.part:
        print(f"scored on the {found.part} part of {folder}", file=sys.stderr)
    if found.left_out:
        print(f"no class of the model, left out: {', '.join(found.left_out)}", file=sys.stderr)
    experiment = Experiment(name="labelled", dataset=found.dataset)
    return Source(experiment, folder, found.part or "labelled", found.samples)


def check_classes(contract: Contract, source: Source) -> None:
    """``InputError`` unless the model's classes are the experiment's, in the same order."""
    task = source.experiment.task
    if contract.task != task:
        raise InputError(
            f"the model's task is {contract.task}; the experiment's is {task}",
            where=str(source.spec),
        )
    ours, theirs = contract.output.classes, source.experiment.dataset.classes
    if ours != theirs:
        raise InputError(
            f"the model's classes are {', '.join(ours)}; the experiment's are {', '.join(theirs)}",
            where=str(source.spec),
            hint="--set dataset.classes=[...] in the model's order",
        )


def _own_spec(model: Path) -> Path:
    folder = model if model.is_dir() else model.parent
    file = folder / SPEC
    if not file.is_file():
        raise InputError(
            "only a run knows its experiment",
            where=str(model),
            hint="--spec SPEC, or --data LABELLED",
        )
    return file
