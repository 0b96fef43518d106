"""``--spec`` of the commands that may have an experiment, and what it names."""

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


def experiment_of(spec: Path | None, sets: tuple[str, ...]) -> Experiment | None:
    from train2edge.spec.loader import load

    if spec is None and sets:
        raise click.UsageError("--set changes a value of --spec, which is not given")
    return load(spec, sets) if spec else None
