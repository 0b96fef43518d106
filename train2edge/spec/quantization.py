"""``quantization:`` quantisation-aware training, for what calibration alone does not reach."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from train2edge.spec.section import Count, Fraction, Positive, Section
from train2edge.spec.training import Distillation, Regularizer, Schedule, Training


class Quantization(Section):
    """What ``t2e train SPEC --from RUN --quantize`` does; all else is as in ``training``."""

    when: Literal["auto", "never", "always"] = Field(
        "auto",
        description="whether t2e go does it; auto: where calibration alone does not pass"
        " export.gate, or only with more than max_float in float",
    )
    max_float: Fraction = Field(
        0.25, description="share of the multiply-adds that calibration may leave in float"
    )
    epochs: Count = Field(5, description="passes over the training pictures")
    learning_rate: Positive = Field(
        3e-5, description="the highest; it begins and ends with a tenth of it"
    )
    distillation: float = Field(
        1.0, ge=0, description="weight of the float network as a teacher; 0 = off"
    )

    def training(self, first: Training) -> Training:
        """The training that comes of the ``first`` one: gentle, in float32, at full size."""
        rate = self.learning_rate
        return first.model_copy(
            update={
                "epochs": self.epochs,
                "schedule": Schedule(minimum=rate / 10, maximum=rate),
                "distillation": Distillation(weight=self.distillation),
                "regularizer": Regularizer(),
                "sizes": {},
                "amp": "off",  # bfloat16's own steps are as coarse as those that are to be learned
                "validate_from": 1,
                "early_stop": 0,
            }
        )
