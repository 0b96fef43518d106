"""``pruning:`` which channels go."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from train2edge.spec.section import Count, Fraction, Positive, Section
from train2edge.spec.training import Training


class Pruning(Section):
    """TLT's rule, or a goal that is found by search. Exactly one of threshold, keep, speedup."""

    threshold: Positive | None = Field(
        None, description="TLT's pth: channels scoring above it stay"
    )
    keep: float | None = Field(None, gt=0, lt=1, description="fraction of the parameters to keep")
    speedup: float | None = Field(None, gt=1, description="MACs before / MACs after")
    normalizer: Literal["max", "L2"] = Field(
        "max", description="scores are divided by this, a layer"
    )
    equalization: Literal["union", "intersection", "arithmetic_mean", "geometric_mean"] = Field(
        "union", description="how layers that are added share their scores"
    )
    granularity: Count = Field(8, description="channels left are rounded up to multiples of this")
    min_filters: Count = Field(16, description="channels a layer keeps at least")
    max_prune: Fraction = Field(
        0.75, description="largest part of a layer that may go (keep, speedup)"
    )
    exclude: tuple[str, ...] = Field((), description="layers (names, globs) that stay whole")
    retrain: Training | None = Field(
        None, description="training of the pruned network; default: training without regularizer"
    )

    @model_validator(mode="after")
    def _one_goal(self) -> Pruning:
        given = [key for key in ("threshold", "keep", "speedup") if getattr(self, key) is not None]
        if len(given) != 1:
            raise ValueError(
                "give exactly one of threshold, keep, speedup"
                + (f" (given: {', '.join(given)})" if given else "")
            )
        return self
