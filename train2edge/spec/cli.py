"""``t2e spec``: write, check and show experiment files."""

from __future__ import annotations

from pathlib import Path

import click

from train2edge import cli_options as options


@click.group()
def spec() -> None:
    """Write, check and show experiment files."""


@spec.command()
@click.argument("task", type=click.Choice(["detection", "classification"]))
@options.out("The file to write; default: print it.", required=False)
def new(task: str, out: Path | None) -> None:
    """Write a commented experiment file for TASK."""
    from train2edge.errors import InputError
    from train2edge.files import write_text
    from train2edge.spec.document import template

    text = template(task)
    if out is None:
        click.echo(text, nl=False)
        return
    if out.exists():
        raise InputError("exists already", where=str(out), hint="give another -o")
    write_text(out, text)
    click.echo(str(out))


@spec.command()
@click.argument("file", type=options.ANY_PATH)
@options.sets
@click.option("--no-data", is_flag=True, help="Check the file alone, not the pictures.")
@options.as_json
def check(file: Path, sets: tuple[str, ...], no_data: bool, as_json: bool) -> None:
    """Check FILE, and the pictures and labels that it names."""
    from train2edge.spec.loader import load

    experiment = load(file, sets)
    if no_data:
        click.echo(f"{file}: fine")
        return
    from train2edge.datasets.cli import report_check

    report_check(experiment, file, as_json=as_json)


@spec.command(short_help="Print FILE with every value filled in.")
@click.argument("file", type=options.ANY_PATH)
@options.sets
def show(file: Path, sets: tuple[str, ...]) -> None:
    """Print FILE as t2e understands it: every value filled in, paths absolute."""
    import yaml

    from train2edge.spec.loader import load

    data = load(file, sets).model_dump(mode="json")
    click.echo(yaml.safe_dump(data, sort_keys=False), nl=False)


@spec.command()
@options.out("The file to write; default: print it.", required=False)
def schema(out: Path | None) -> None:
    """Print the JSON Schema of experiment files, for editors."""
    from train2edge.files import write_text
    from train2edge.spec.document import json_schema

    if out is None:
        click.echo(json_schema())
        return
    write_text(out, json_schema() + "\n")
    click.echo(str(out))
