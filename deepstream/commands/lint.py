"""``t2e stream lint``."""

from __future__ import annotations

import json
from pathlib import Path

import click

from train2edge.cli_options import EXISTING
from train2edge.cli_options import as_json as as_json_option


@click.command(short_help="Check DeepStream's configuration files.")
@click.argument("path", type=EXISTING)
@click.option(
    "--target", metavar="NAME", help="A device of `t2e targets`; an app folder says its own."
)
@click.option("--deepstream", metavar="RELEASE", help="A DeepStream release, e.g. 7.1.")
@as_json_option
@click.pass_context
def lint(
    ctx: click.Context, path: Path, target: str | None, deepstream: str | None, as_json: bool
) -> None:
    """Check DeepStream's configuration files: one of any kind, or a folder with all in it.

    Files that name each other are looked at together. Without a device nothing is said about
    hardware; without a release the newest is meant.
    """
    from deepstream.lint import check

    device, wanted = _lint_place(path, target, deepstream)
    report = check(path, device, wanted)
    if as_json:
        click.echo(json.dumps([vars(one) for one in report.findings], indent=2))
    else:
        for one in report.findings:
            click.echo(str(one))
        for unknown in report.unknown:
            click.echo(f"{unknown}: of no kind that is known: only its form was checked")
        where = f"{device}, " if device else ""
        files = f"{len(report.kinds)} file{'s' * (len(report.kinds) != 1)}"
        click.echo(
            f"{len(report.findings)} findings in {files} for {where}DeepStream {report.release}"
        )
    ctx.exit(1 if report.failed else 0)


def _lint_place(
    path: Path, target: str | None, deepstream: str | None
) -> tuple[str | None, str | None]:
    """What was asked for, else what an app folder was written for; a device changes both."""
    from deepstream.route import read_app

    folder = path if path.is_dir() else path.parent
    if target or not (folder / "app.json").is_file():
        return target, deepstream
    written = read_app(folder)
    return written["target"], deepstream or written["deepstream"]
