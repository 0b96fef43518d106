"""Whether the network will see the films as people do: upright, and in their own shape."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from deepstream.app_settings import MuxPlan
from deepstream.plan import AppPlan
from train2edge import video
from train2edge.errors import InputError

STRETCHED = 1.05  # wider or narrower by more than this, objects no longer look as learned


def told(plan: AppPlan) -> Iterator[str]:
    """Lines on local films that are stretched or lie on their side, or that do not open here."""
    for one in plan.sources:
        if one.copy:
            yield from _of(Path(one.copy), plan.mux)


def _of(film: Path, mux: MuxPlan) -> Iterator[str]:
    try:
        found = video.header(film)
    except InputError as error:
        yield f"{film.name}: {error.message}; here at least"
        return
    if found.turned:
        yield (
            f"{film.name} is to be turned by {found.turned} degrees when it is played; DeepStream"
            " takes it as it is stored: turn it before"
        )
    wider = found.width / found.height / (mux.width / mux.height)
    if not 1 / STRETCHED <= wider <= STRETCHED:
        yield (
            f"{film.name} is {found.width}x{found.height} and gets stretched to {mux.width}x"
            f"{mux.height}: --like-input, or --size of its shape"
        )
