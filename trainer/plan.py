"""What a training will do, decided before anything is computed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from train2edge.contract import Contract
from train2edge.datasets.sample import Sample
from train2edge.errors import InputError
from train2edge.spec.experiment import Experiment
from train2edge.spec.export import Calibration
from train2edge.spec.training import Training
from trainer import checkpoint
from trainer.checkpoint import Architecture, Checkpoint
from trainer.examples import Sizes


@dataclass(frozen=True)
class TrainPlan:
    """One training: the network, its contract, and the part of the spec that counts for it.

    ``start`` is the checkpoint whose weights it begins with, if any; ``retrain`` whether that one
    was pruned; ``steps`` an epoch, on each process. ``calibration`` says what ranges are taken from
    where the network is to learn to compute in 8 bits.
    """

    architecture: Architecture
    contract: Contract
    training: Training
    start: str | None
    retrain: bool
    teacher: str | None
    pictures: int
    steps: int
    world: int
    seed: int
    calibration: Calibration | None = None

    @property
    def quantize(self) -> bool:
        return self.calibration is not None

    @property
    def sizes(self) -> Sizes:
        return Sizes(self.contract.input, tuple(self.training.sizes.items()))

    def lines(self) -> list[str]:
        """The plan for people, one decision a line."""
        net, chosen, rate = self.architecture, self.training, self.training.schedule
        begun = f"with the weights of {self.start}" if self.start else "as model.pretrained says"
        pruned = f", pruned in {len(net.channels)} layers" if net.channels else ""
        processes = f", on {self.world} processes" if self.world > 1 else ""
        lines = [
            f"{net.name} on {net.backbone}, {net.width}x{net.height}{pruned}:"
            f" {', '.join(net.classes)}",
            f"begins {begun}",
            f"{self.pictures} pictures, {chosen.batch_size} a step: {self.steps} steps an epoch,"
            f" {chosen.epochs} epochs{processes}",
            f"{chosen.optimizer}, learning rate {rate.minimum:g} to {rate.maximum:g}, of the heads"
            f" {chosen.head_lr:g} times that; seed {self.seed}",
        ]
        for epoch, factor in sorted(chosen.sizes.items()):
            lines.append(f"from epoch {epoch} at {factor:g} times the input size")
        if self.teacher:
            lines.append(f"taught by {self.teacher}, weight {chosen.distillation.weight:g}")
        if self.calibration is not None:
            lines.append(f"in 8 bits, ranges of {self.calibration.pictures} pictures to begin with")
        return lines

    def as_record(self) -> dict[str, Any]:
        """The plan as plain JSON values."""
        record = {**asdict(self), "training": self.training.model_dump(mode="json")}
        del record["calibration"]
        if self.calibration is not None:
            record["calibration"] = self.calibration.model_dump()
        pruned = record["architecture"].pop("channels")
        record["architecture"]["pruned_layers"] = len(pruned)
        record["contract"] = json.loads(self.contract.to_json())
        return record


def plan_training(
    experiment: Experiment,
    samples: Sequence[Sample],
    *,
    start: Path | None = None,
    teacher: Path | None = None,
    world: int = 1,
    quantize: bool = False,
) -> TrainPlan:
    """Decide; ``InputError`` for a start or a teacher that does not go with the experiment.

    With ``quantize`` the start is the teacher, where no other is given.
    """
    classes = experiment.dataset.classes
    begun = _known(start, experiment, "--from")
    _check_quantize(begun, quantize)
    if quantize and teacher is None and experiment.quantization.distillation:
        teacher = start
    taught = _known(teacher, experiment, "--teacher")
    retrain = begun is not None and bool(begun.architecture.channels)
    training = experiment.retraining if retrain else experiment.training
    if quantize:
        training = experiment.quantization.training(training)
    _check_teacher(training, taught)
    if not samples:
        raise InputError("no picture to learn from", where="dataset.train")
    return TrainPlan(
        begun.architecture if begun else checkpoint.initial_architecture(experiment.model, classes),
        begun.contract if begun else _new_contract(experiment),
        training,
        str(start) if start else None,
        retrain,
        str(teacher) if teacher else None,
        len(samples),
        max(1, len(samples) // (training.batch_size * world)),
        world,
        experiment.seed,
        experiment.export.calibration if quantize else None,
    )


def fingerprint(plan: TrainPlan, experiment: Experiment, samples: Sequence[Sample]) -> str:
    """sha256 of all that decides the weights: a state resumes under the same one only."""
    settings = plan.as_record()
    record = {
        "plan": settings,
        "model": experiment.model.model_dump(mode="json"),
        "augmentation": experiment.augmentation.model_dump(mode="json"),
        "samples": [
            [one.image.name, one.boxes.tolist(), one.class_ids.tolist(), one.ignore.tolist()]
            + ([asdict(one.region)] if one.region else [])
            for one in samples
        ],
    }
    for name in ("workers", "checkpoint_minutes"):  # how, not what
        settings["training"].pop(name)
    return hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()


def _new_contract(experiment: Experiment) -> Contract:
    crops = experiment.dataset.crops if experiment.task == "classification" else None
    return checkpoint.initial_contract(experiment.model, experiment.dataset.classes, crops)


def _known(path: Path | None, experiment: Experiment, where: str) -> Checkpoint | None:
    if path is None:
        return None
    loaded, classes = checkpoint.load(path), experiment.dataset.classes
    if loaded.contract.task != experiment.task:
        raise InputError(
            f"its task is {loaded.contract.task}; the experiment's is {experiment.task}",
            where=f"{where} {path}",
        )
    if loaded.architecture.classes != classes:
        raise InputError(
            f"its classes are {', '.join(loaded.architecture.classes)}; "
            f"the experiment's are {', '.join(classes)}",
            where=f"{where} {path}",
        )
    return loaded


def _check_quantize(begun: Checkpoint | None, quantize: bool) -> None:
    if quantize and begun is None:
        raise InputError(
            "a network learns to compute in 8 bits after it has learned in float",
            where="--quantize",
            hint="--from RUN, a trained one",
        )
    if begun is not None and begun.limits and not quantize:
        raise InputError(
            "it was trained to compute in 8 bits; training it in float would undo that",
            where="--from",
            hint="--quantize, or begin with the RUN that it comes from",
        )


def _check_teacher(training: Training, teacher: Checkpoint | None) -> None:
    if teacher is None and training.distillation.weight:
        raise InputError(
            f"distillation.weight {training.distillation.weight} needs a teacher",
            hint="--teacher RUN, the unpruned one, or distillation.weight=0",
        )
    if teacher is not None and not training.distillation.weight:
        raise InputError(
            "a teacher is given, but the spec's distillation.weight is 0",
            where="--teacher",
            hint="pruning.retrain.distillation.weight: 1",
        )
