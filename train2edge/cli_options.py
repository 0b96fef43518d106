"""The habits that all commands share: stages by name, results, dry runs, JSON, overrides.

Imports nothing but click: every ``--help`` must answer at once and anywhere.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])

EXISTING = click.Path(exists=True, path_type=Path)
EXISTING_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
EXISTING_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
ANY_PATH = click.Path(path_type=Path)


def command_at(place: str) -> click.Command:
    """The command that stands at ``module:name``, imported now: stages are named by strings."""
    module, _, name = place.partition(":")
    command = getattr(importlib.import_module(module), name)
    assert isinstance(command, click.Command)
    return command


class WithStages(click.Group):
    """A group some of whose commands stand in a stage and are imported when they are named."""

    def __init__(self, *given: Any, stages: Mapping[str, str], **more: Any) -> None:
        super().__init__(*given, **more)
        self.stages = stages

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted([*super().list_commands(ctx), *self.stages])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        place = self.stages.get(cmd_name)
        return super().get_command(ctx, cmd_name) if place is None else command_at(place)


def size(*names: str, default: str | None = None, help: str) -> Callable[[Command], Command]:
    """An option ``WIDTHxHEIGHT``, given to the command as two whole numbers of pixels."""
    return click.option(
        *names,
        metavar="WIDTHxHEIGHT",
        callback=_size,
        default=default,
        show_default=default is not None,
        help=help,
    )


def _size(ctx: click.Context, param: click.Parameter, text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    width, _, height = text.lower().partition("x")
    if not (width.isdecimal() and height.isdecimal() and int(width) and int(height)):
        raise click.BadParameter(f"{text!r} is not WIDTHxHEIGHT, e.g. 1280x720")
    return int(width), int(height)


def out(help_text: str, *, required: bool = True) -> Callable[[Command], Command]:
    """``-o/--out PATH`` as parameter ``out``."""
    return click.option(
        "-o", "--out", "out", type=ANY_PATH, required=required, metavar="PATH", help=help_text
    )


def as_json(command: Command) -> Command:
    """``--json`` as parameter ``as_json``: one JSON object on stdout instead of text."""
    return click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")(
        command
    )


def dry_run(command: Command) -> Command:
    """``--dry-run`` as parameter ``dry_run``."""
    return click.option("--dry-run", is_flag=True, help="Print the plan and do nothing.")(command)


def allow_failed(command: Command) -> Command:
    """``--allow-failed`` as parameter ``allow_failed``: a bundle that failed a check is taken."""
    return click.option(
        "--allow-failed", is_flag=True, help="Exit with 0 although a check of the bundle failed."
    )(command)


def sets(command: Command) -> Command:
    """``--set a.b=c`` (repeatable) as parameter ``sets``: overrides of the experiment file."""
    return click.option(
        "--set", "sets", multiple=True, metavar="A.B=C", help="Override a value of the spec."
    )(command)


def finish(path: Path, record: dict[str, Any], *, as_json: bool) -> None:
    """End a command: the record as JSON, or the result's path as the last line of stdout."""
    if as_json:
        click.echo(json.dumps({"path": str(path), **record}))
    else:
        click.echo(str(path))


def tell(path: Path, record: dict[str, Any], *, as_json: bool) -> None:
    """End a dry run: what would be written to ``path``, a line each value, or as JSON."""
    if not as_json:
        for key, value in record.items():
            click.echo(f"{key}: {value}")
    finish(path, record, as_json=as_json)


def show(what: dict[str, Any] | list[str], *, as_json: bool) -> None:
    """A record as JSON, or lines for people, on stdout."""
    click.echo(json.dumps(what) if as_json else "\n".join(str(line) for line in what))
