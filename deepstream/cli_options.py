"""Options that several commands of ``t2e stream`` share, and what is read of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from train2edge.cli_options import EXISTING_FILE

if TYPE_CHECKING:
    from train2edge.spec.experiment import Experiment

SPEC = click.option(
    "--spec", type=EXISTING_FILE, metavar="SPEC", help="The experiment file; its stream: section."
)
SIZE = "WIDTHxHEIGHT"


def size_of(
    ctx: click.Context, param: click.Parameter, value: str | None
) -> tuple[int, int] | None:
    """Width and height of ``1280x720``; a callback of click."""
    width, times, height = (value or "").lower().partition("x")
    if value is None:
        return None
    if not (times and width.isdigit() and height.isdigit() and int(width) and int(height)):
        raise click.BadParameter(f"{value!r} is not {SIZE}, e.g. 1280x720")
    return int(width), int(height)


def experiment_of(spec: Path | None, sets: tuple[str, ...]) -> Experiment | None:
    """The experiment of ``--spec`` with ``--set``, where one is given."""
    from train2edge.spec.loader import load

    if spec is None and sets:
        raise click.UsageError("--set changes a value of --spec, which is not given")
    return load(spec, sets) if spec else None
