"""``training:`` the schedule, the losses, the target rasteriser, and what a checkpoint costs."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from train2edge.spec.section import Count, Fraction, Positive, Section


class Schedule(Section):
    """TLT's soft-start-annealing: exponential from min to max, plateau, exponential back."""

    minimum: Positive = Field(1e-5, description="learning rate at both ends")
    maximum: Positive = Field(1e-3, description="learning rate on the plateau")
    soft_start: float = Field(0.1, ge=0, lt=1, description="fraction of training that warms up")
    annealing: float = Field(
        0.5, ge=0, lt=1, description="fraction of training after which the rate falls"
    )

    @model_validator(mode="after")
    def _in_order(self) -> Schedule:
        if self.minimum > self.maximum:
            raise ValueError(f"minimum {self.minimum} is above maximum {self.maximum}")
        if self.soft_start > self.annealing:
            raise ValueError(f"soft_start {self.soft_start} is after annealing {self.annealing}")
        return self


class Regularizer(Section):
    """Penalty on kernels; L1 makes channels fall asleep, which pruning then finds."""

    type: Literal["none", "L1", "L2"] = Field("none", description="kind of penalty")
    weight: float = Field(3e-9, ge=0, description="its weight in the loss")


class Rasterizer(Section):
    """TLT's ``bbox_rasterizer_config``: which cells of the coverage grid an object owns."""

    cov_center_x: Fraction = Field(0.5, description="ellipse centre, fraction of the box")
    cov_center_y: Fraction = Field(0.5, description="ellipse centre, fraction of the box")
    cov_radius_x: Fraction = Field(0.5, description="radius, fraction of the way to the edge")
    cov_radius_y: Fraction = Field(0.5, description="radius, fraction of the way to the edge")
    bbox_min_radius: float = Field(1.0, ge=0, description="smallest radius, grid cells")
    deadzone_radius: Fraction = Field(
        0.5, description="0: dead zone = ellipse, 1: the whole box; its cells are not counted"
    )
    coverage: Literal["ellipse", "quality"] = Field(
        "ellipse",
        description="target of the coverage inside the ellipse: 1 (TLT), or the squared IoU of "
        "the box that the cell predicts, so that the score ranks boxes by how well they fit",
    )


class ClassCost(Section):
    """Weights of one class."""

    class_weight: float = Field(1.0, ge=0, description="weight of the class")
    coverage_foreground_weight: Fraction | None = Field(
        None, description="of this class; default: the one of all classes"
    )


class Cost(Section):
    """Loss weights (TLT's ``cost_function_config``)."""

    coverage: Positive = Field(1.0, description="weight of the coverage loss")
    bbox: float = Field(10.0, ge=0, description="weight of the box loss, L1 over the grid")
    giou: float = Field(0.0, ge=0, description="weight of a GIoU loss on the same cells")
    focal_gamma: float = Field(
        0.0, ge=0, description="focusing of the coverage loss; 0 = TLT's weighted cross entropy"
    )
    autoweighting: bool = Field(False, description="TLT's enable_autoweighting, per epoch")
    coverage_foreground_weight: Fraction = Field(
        0.05, description="TLT: weight of covered cells; others get 1 minus this"
    )
    label_smoothing: float = Field(
        0.05, ge=0, lt=1, description="classification: part of the target that all classes share"
    )
    class_balance: Literal["none", "inverse", "root"] = Field(
        "root",
        description="classification: weight of a class by how rare it is: none, 1 / its samples, "
        "or the square root of that",
    )
    classes: dict[str, ClassCost] = Field(
        default_factory=dict, description="class -> weights; classes not named get the defaults"
    )


class Distillation(Section):
    """Learning from an unpruned teacher while a pruned checkpoint is retrained."""

    weight: float = Field(
        0.0, ge=0, description="weight of the teacher's coverage and boxes; 0 = off"
    )


class Training(Section):
    """One training run."""

    epochs: Count = Field(30, description="passes over the training pictures")
    batch_size: Count = Field(8, description="pictures a step, on each process")
    schedule: Schedule = Field(Schedule(), description="learning rate")
    optimizer: Literal["adam", "adamw", "sgd"] = Field("adam", description="optimizer")
    weight_decay: float = Field(0.0, ge=0, description="decoupled weight decay (adamw, sgd)")
    head_lr: Positive = Field(2.0, description="learning rate of the heads, times the backbone's")
    regularizer: Regularizer = Field(Regularizer(), description="penalty on kernels")
    rasterizer: Rasterizer = Field(Rasterizer(), description="targets")
    cost: Cost = Field(Cost(), description="losses")
    ema: float = Field(0.0, ge=0, lt=1, description="decay of the weights' moving average; 0 = off")
    grad_clip: float = Field(10.0, ge=0, description="largest gradient norm; 0 = off")
    sizes: dict[int, float] = Field(
        default_factory=dict,
        description="progressive resizing: epoch from which -> factor of the input size; "
        "e.g. {0: 0.75, 24: 1.0}. Sizes are rounded to multiples of 32",
    )
    amp: Literal["auto", "off"] = Field(
        "auto", description="mixed precision where the GPU or the CPU computes in it"
    )
    workers: int = Field(-1, ge=-1, description="loader processes; -1 = from the number of cores")
    validate_every: Count = Field(1, description="epochs between validations")
    validate_from: int = Field(1, ge=1, description="first epoch that is validated")
    early_stop: int = Field(
        0, ge=0, description="epochs without a better AP before stopping; 0 = off"
    )
    checkpoint_minutes: float = Field(
        5.0, ge=0, description="minutes between checkpoints inside an epoch; 0 = at epoch ends only"
    )
    distillation: Distillation = Field(Distillation(), description="teacher, when retraining")
