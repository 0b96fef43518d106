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


@spec.command("import", short_help="Make an experiment file of a TLT or TAO specification.")
@click.argument("files", nargs=-1, required=True, type=options.ANY_PATH, metavar="FILE...")
@options.out("The experiment file to write; default: print it.", required=False)
@click.option(
    "--map",
    "maps",
    multiple=True,
    metavar="OLD=NEW",
    help="Paths that begin with OLD are under NEW here, e.g. /workspace/tlt-experiments=/data.",
)
@click.option(
    "--images", multiple=True, metavar="FOLDER", help="Pictures to learn from, for TFRecords."
)
@click.option(
    "--labels", multiple=True, metavar="PATH", help="Their KITTI labels, or their COCO file."
)
@click.option("--classes", metavar="A,B,...", help="Classes in the order of the network's outputs.")
@options.as_json
def import_(
    files: tuple[Path, ...],
    out: Path | None,
    maps: tuple[str, ...],
    images: tuple[str, ...],
    labels: tuple[str, ...],
    classes: str | None,
    as_json: bool,
) -> None:
    """Make an experiment file of a specification of TLT 1 to 3 or TAO 3 to 6.

    FILE is a training specification (protobuf text or YAML); with it may come the
    dataset_convert specifications of its TFRecords. What became of every key of the old file is
    told on stderr, with its line.
    """
    from train2edge.errors import InputError
    from train2edge.files import write_text
    from train2edge.spec.tlt.options import options as asked
    from train2edge.spec.tlt.paths import Paths, parsed_maps
    from train2edge.spec.tlt.run import import_specs
    from train2edge.spec.tlt.table import show

    if out is not None and out.exists():
        raise InputError("exists already", where=str(out), hint="give another -o")
    names = [one.strip() for one in (classes or "").split(",") if one.strip()]
    folder = (out.parent if out else Path()).resolve()
    imported = import_specs(
        files, asked(images, labels, names), Paths(parsed_maps(maps), folder=folder)
    )
    if not as_json:
        show(imported)
    if out is not None:
        write_text(out, imported.text)
        options.finish(out, imported.as_record(), as_json=as_json)
    elif as_json:
        options.show({"experiment": imported.text, **imported.as_record()}, as_json=True)
    else:
        click.echo(imported.text, nl=False)


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
