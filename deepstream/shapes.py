"""Whether the mux's picture has its films' shape: nvstreammux stretches them to it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from deepstream.plan import AppPlan
from train2edge import video
from train2edge.errors import InputError

STRETCHED = 1.05  # wider or narrower by more than this: objects no longer look as learned


def told(plan: AppPlan) -> Iterator[str]:
    """A line for each local film that is stretched, or that cannot be opened here."""
    wide = plan.mux.width / plan.mux.height
    for one in plan.sources:
        if not one.copy:
            continue
        name = Path(one.copy).name
        try:
            width, height = video.size(Path(one.copy))
        except InputError as error:
            yield f"{name}: {error.message}; here at least"
            continue
        if not 1 / STRETCHED <= width / height / wide <= STRETCHED:
            yield (
                f"{name} is {width}x{height} and gets stretched to {plan.mux.width}x"
                f"{plan.mux.height}: --like-input, or --size of its shape"
            )
