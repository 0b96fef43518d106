"""``t2e stream``: DeepStream apps from bundles."""

from __future__ import annotations

import click

from deepstream.commands.config import config
from deepstream.commands.exec import exec_
from deepstream.commands.lint import lint
from deepstream.commands.pictures import pictures
from deepstream.commands.run import run
from train2edge.evaluation.cli import compare


@click.group()
def stream() -> None:
    """Write, check, run and compare DeepStream apps."""


for command in (config, lint, run, exec_, compare, pictures):
    stream.add_command(command)
