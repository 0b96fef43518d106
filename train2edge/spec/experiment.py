"""The experiment file: one YAML with everything that a run needs."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from train2edge.spec.augmentation import Augmentation
from train2edge.spec.dataset import Dataset
from train2edge.spec.evaluation import Evaluation
from train2edge.spec.export import Export
from train2edge.spec.model import Model
from train2edge.spec.pruning import Pruning
from train2edge.spec.section import Section
from train2edge.spec.stream import Stream, Target
from train2edge.spec.training import Regularizer, Training


class Experiment(Section):
    """A train2edge experiment."""

    version: Literal[1] = Field(1, description="of this file's schema")
    name: str = Field(
        min_length=1, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", description="names the results"
    )
    task: Literal["detection"] = Field("detection", description="what is learned")
    seed: int = Field(42, ge=0, description="of weights, data order and augmentation")
    dataset: Dataset = Field(description="labelled pictures")
    model: Model = Field(Model(), description="the network")
    augmentation: Augmentation = Field(Augmentation(), description="random changes of pictures")
    training: Training = Field(Training(), description="the first training")
    evaluation: Evaluation = Field(Evaluation(), description="the score")
    pruning: Pruning | None = Field(None, description="left out: nothing is pruned")
    export: Export = Field(Export(), description="the file for the device")
    targets: tuple[Target, ...] = Field((), description="devices to write app folders for")
    stream: Stream = Field(Stream(), description="the DeepStream app")

    @property
    def retraining(self) -> Training:
        """The training of a pruned network: ``pruning.retrain``, or the first one unregularised."""
        if self.pruning is not None and self.pruning.retrain is not None:
            return self.pruning.retrain
        return self.training.model_copy(update={"regularizer": Regularizer()})
