"""``t2e stream``: DeepStream apps from bundles."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from deepstream.cli_options import SIZE, SPEC, experiment_of, size_of
from deepstream.config_cli import config
from train2edge.cli_options import (
    EXISTING,
    EXISTING_FILE,
    EXISTING_FOLDER,
    dry_run,
    finish,
    out,
    sets,
)
from train2edge.cli_options import as_json as as_json_option
from train2edge.evaluation.cli import compare

if TYPE_CHECKING:
    from deepstream.launch import LaunchReport
    from train2edge.runtime import Engine


@click.group()
def stream() -> None:
    """Write, check, run and compare DeepStream apps."""


stream.add_command(compare)
stream.add_command(config)


@stream.command()
@click.argument("folder", type=EXISTING_FOLDER, required=False)
@out("The video to write: .avi, or .mkv with GStreamer installed.")
@SPEC
@sets
@click.option(
    "--split",
    type=click.Choice(["train", "validation", "test"]),
    default="test",
    show_default=True,
    help="Part of --spec's pictures.",
)
@click.option("--size", callback=size_of, metavar=SIZE, help="Letterbox all pictures to one size.")
@click.option(
    "--fit", callback=size_of, metavar=SIZE, help="The same, if they are of several sizes."
)
@click.option(
    "--fps", type=click.IntRange(1, 240), default=25, show_default=True, help="Frames a second."
)
@as_json_option
def pictures(
    folder: Path | None,
    out: Path,
    spec: Path | None,
    sets: tuple[str, ...],
    split: str,
    size: tuple[int, int] | None,
    fit: tuple[int, int] | None,
    fps: int,
    as_json: bool,
) -> None:
    """Make one video of the pictures in FOLDER, or of a split of --spec's data.

    JPEGs of one size keep their bytes. Beside the video stands frames.txt with the names.
    """
    from deepstream.pictures import make_video, pictures_in

    if (folder is None) == (spec is None):
        raise click.UsageError("give either FOLDER or --spec SPEC")
    paths = pictures_in(folder) if folder else _split_pictures(spec, sets, split)
    report = make_video(paths, out, size=size, fit=fit, fps=fps)
    if not as_json:
        copied = report.count - report.encoded
        click.echo(
            f"{report.count} frames of {report.width}x{report.height}, {copied} copied as they "
            f"were; names in {report.frames}"
        )
    record = {
        key: str(value) if isinstance(value, Path) else value for key, value in vars(report).items()
    }
    finish(out, record, as_json=as_json)


def _split_pictures(spec: Path | None, sets: tuple[str, ...], split: str) -> list[Path]:
    from train2edge.datasets.load import load

    experiment = experiment_of(spec, sets)
    assert experiment is not None
    return [sample.image for sample in getattr(load(experiment.dataset), split)]


@stream.command()
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
    from deepstream.launch import read_app

    folder = path if path.is_dir() else path.parent
    if target or not (folder / "app.json").is_file():
        return target, deepstream
    written = read_app(folder)
    return written["target"], deepstream or written["deepstream"]


def _tell_run(report: LaunchReport) -> None:
    details = report.details
    if details:
        rates = ", ".join(f"{one:.1f}" for one in details["fps"])
        click.echo(f"network: {details['engine']}")
        click.echo(
            f"{details['frames']} frames in {details['seconds']:.1f} s: {rates} frames/s a source, "
            f"{details['objects']} objects"
        )
    click.echo(f"{report.kitti_files} KITTI files")


@stream.command()
@click.argument("app", type=EXISTING)
@out("The folder for the results; without it a file's results go where it says.", required=False)
@click.option("--twin", is_flag=True, help="On the CPU twin even where DeepStream is installed.")
@click.option("--container", is_flag=True, help="In NVIDIA's container, with docker.")
@click.option("--preview", metavar="[HOST:]PORT", help="Show the twin's picture in a browser.")
@click.option(
    "--engine",
    type=click.Choice(["auto", "openvino", "onnxruntime", "exact"]),
    default="auto",
    show_default=True,
    help="What computes the network in the twin; exact: as the file is written, slow.",
)
@click.option("--limit", type=click.IntRange(min=1), help="Frames of each source, twin only.")
@dry_run
@as_json_option
@click.pass_context
def run(
    ctx: click.Context,
    app: Path,
    out: Path | None,
    twin: bool,
    container: bool,
    preview: str | None,
    engine: Engine,
    limit: int | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Run APP: with DeepStream where it is installed, else on the CPU twin.

    APP is a folder that `t2e stream config` wrote, or any configuration of deepstream-app, .txt or
    .yaml.
    """
    from deepstream import launch

    if out is None and app.is_dir():
        raise click.UsageError("give -o PATH, the folder for the results")
    plan = launch.decide(app, twin=twin, container=container)
    if not as_json:
        command = " ".join(plan.command) or "the CPU twin"
        click.echo(f"{command} ({plan.reason})", err=True)
    options = launch.TwinOptions(preview, engine, limit)
    if dry_run:
        record = {"route": plan.route, "command": list(plan.command), "reason": plan.reason}
        if plan.route == "twin" and not as_json:
            click.echo(launch.pipeline(plan, out, options))
        finish(out or app, record, as_json=as_json)
        return
    report = launch.run(plan, out, options)
    if not as_json:
        _tell_run(report)
    finish(out or app, report.record(), as_json=as_json)
    failed = report.details.get("failed", ())
    for one in failed:
        click.echo(f"error: {one}", err=True)
    if failed:
        ctx.exit(1)


class Program(click.Command):
    """What stands behind the script's name is the script's."""

    allow_interspersed_args = False


@stream.command("exec", cls=Program)
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
