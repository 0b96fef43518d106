"""Where detections go: one sink a file, file stem = its name on the command line.

A file has ``opened(value, place)``: a context manager that gives a ``Sink``; ``value`` is what
stands behind ``NAME=``, empty if nothing does. What a sink writes is whole when its block ends.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from pathlib import Path

from deepstream.app.frame import Frame
from train2edge.errors import InputError

OPTION = "--sink"
NAMES = tuple(sorted(one.name for one in pkgutil.iter_modules(__path__)))
Told = Callable[[Frame], None]


@dataclass(frozen=True)
class Sink:
    """Called with frames ``detected``, before the tracker, and ``finished``, with everything.

    ``files`` are the files and folders that it writes.
    """

    finished: Told | None = None
    detected: Told | None = None
    files: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Place:
    """Where a run's results lie, and the KITTI folders that its configuration names."""

    out: Path | None
    kitti: Path | None
    kitti_track: Path | None


def usual(place: Place) -> tuple[str, ...]:
    """The sinks of a run that names none."""
    lines = ("json_lines",) if place.out else ()
    return (*lines, "kitti") if place.kitti or place.kitti_track else lines


def opened(wanted: Sequence[str], place: Place, stack: ExitStack) -> list[Sink]:
    """Open ``NAME`` or ``NAME=VALUE`` of every wanted sink; ``stack`` closes them."""
    for text in wanted:
        name = text.partition("=")[0]
        if name not in NAMES:
            known = ", ".join(NAMES)
            raise InputError(f"unknown sink '{name}', known: {known}", where=OPTION)
    return [stack.enter_context(_open(text, place)) for text in wanted]


def _open(text: str, place: Place) -> AbstractContextManager[Sink]:
    name, _, value = text.partition("=")
    made: AbstractContextManager[Sink] = importlib.import_module(f"{__name__}.{name}").opened(
        value, place
    )
    return made
