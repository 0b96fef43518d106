"""The experiment file: one YAML with everything that a run needs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field, model_validator

from train2edge.spec.augmentation import Augmentation
from train2edge.spec.dataset import CLASS_FOLDERS, Dataset
from train2edge.spec.evaluation import Evaluation
from train2edge.spec.export import Export
from train2edge.spec.model import Model
from train2edge.spec.pruning import Pruning
from train2edge.spec.quantization import Quantization
from train2edge.spec.section import Misfit, Section, misfits
from train2edge.spec.stream import Stream, Target
from train2edge.spec.task import ARCHITECTURES, Task, with_defaults
from train2edge.spec.training import Regularizer, Training


class Experiment(Section):
    """A train2edge experiment."""

    version: Literal[1] = Field(1, description="of this file's schema")
    name: str = Field(
        min_length=1, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", description="names the results"
    )
    task: Task = Field("detection", description="what is learned")
    seed: int = Field(42, ge=0, description="of weights, data order and augmentation")
    dataset: Dataset = Field(description="labelled pictures")
    model: Model = Field(Model(), description="the network")
    augmentation: Augmentation = Field(Augmentation(), description="random changes of pictures")
    training: Training = Field(Training(), description="the first training")
    evaluation: Evaluation = Field(Evaluation(), description="the score")
    pruning: Pruning | None = Field(None, description="left out: nothing is pruned")
    quantization: Quantization = Field(Quantization(), description="training to compute in 8 bits")
    export: Export = Field(Export(), description="the file for the device")
    targets: tuple[Target, ...] = Field((), description="devices to write app folders for")
    stream: Stream = Field(Stream(), description="the DeepStream app")

    @model_validator(mode="before")
    @classmethod
    def _defaults_of_the_task(cls, values: object) -> object:
        return with_defaults(values) if isinstance(values, dict) else values

    @model_validator(mode="after")
    def _parts_of_one_task(self) -> Experiment:
        found = [*self._wrong_parts()]
        if found:
            raise misfits(found)
        return self

    def _wrong_parts(self) -> Iterator[Misfit]:
        known = ARCHITECTURES[self.task]
        if self.model.architecture not in known:
            message = f"{self.model.architecture} is not for the task {self.task}"
            yield ("model", "architecture"), f"{message}; it has {', '.join(known)}"
        if self.task == "classification" and self.augmentation.mosaic:
            yield ("augmentation", "mosaic"), "four objects in one picture have no one class"
        for name in ("train", "validation", "test") if self.task == "detection" else ():
            for index, source in enumerate(getattr(self.dataset, name)):
                if source.format == CLASS_FOLDERS:
                    message = "image_folder has no boxes: it is for task: classification"
                    yield ("dataset", name, index, "format"), message

    @property
    def retraining(self) -> Training:
        """The training of a pruned network: ``pruning.retrain``, or the first one unregularised."""
        if self.pruning is not None and self.pruning.retrain is not None:
            return self.pruning.retrain
        return self.training.model_copy(update={"regularizer": Regularizer()})
