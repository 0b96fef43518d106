"""``t2e stream exec``."""

from __future__ import annotations

from pathlib import Path

import click

from train2edge.cli_options import EXISTING_FILE


class Script(click.Command):
    """What stands behind the script's name is the script's."""

    allow_interspersed_args = False


@click.command("exec", cls=Script, short_help="Run a DeepStream Python program.")
@click.option("--twin", is_flag=True, help="On the CPU twin even where DeepStream is installed.")
@click.option("--preview", metavar="[HOST:]PORT", help="Show the displays' pictures in a browser.")
@click.argument("script", type=EXISTING_FILE)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def exec_(
    ctx: click.Context, twin: bool, preview: str | None, script: Path, arguments: tuple[str, ...]
) -> None:
    """Run SCRIPT, a DeepStream Python program, with ARGUMENTS.

    Options of t2e stand before SCRIPT. Without DeepStream here its elements, pyds and what it asks
    of CUDA are the CPU twin's.
    """
    from deepstream import launch

    ctx.exit(launch.execute(script, arguments, twin=twin, preview=preview))
