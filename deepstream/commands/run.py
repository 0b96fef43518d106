"""``t2e stream run``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from train2edge.cli_options import EXISTING, dry_run, finish, out
from train2edge.cli_options import as_json as as_json_option

if TYPE_CHECKING:
    from deepstream.app.run import Program
    from deepstream.launch import LaunchReport
    from deepstream.route import Runner
    from train2edge.runtime import Engine


@click.command(short_help="Run an app, on DeepStream or the CPU twin.")
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
@click.option(
    "--app",
    "runner",
    type=click.Choice(["deepstream-app", "python"]),
    default="deepstream-app",
    show_default=True,
    help="Whose program: NVIDIA's (or the twin in its place), or ours in Python with pyds.",
)
@click.option(
    "--callback", metavar="FILE.py[:FUNCTION]", help="--app python calls it with every frame."
)
@click.option(
    "--sink",
    "sinks",
    multiple=True,
    metavar="NAME[=VALUE]",
    help="Where --app python's detections go: json_lines, kitti, mqtt=HOST;PORT;TOPIC; repeat it.",
)
@click.option("--pictures", is_flag=True, help="The callback's frames come with their pixels.")
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
    runner: Runner,
    callback: str | None,
    sinks: tuple[str, ...],
    pictures: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Run APP: with DeepStream where it is installed, else on the CPU twin.

    APP is a folder that `t2e stream config` wrote, or any configuration of deepstream-app, .txt or
    .yaml.
    """
    from deepstream import launch, route

    if out is None and app.is_dir():
        raise click.UsageError("give -o PATH, the folder for the results")
    program = _program(runner, callback, sinks, pictures)
    plan = route.decide(app, twin=twin, container=container, runner=runner)
    if not as_json:
        click.echo(f"{plan.shown} ({plan.reason})", err=True)
    options = launch.TwinOptions(preview, engine, limit)
    if dry_run:
        record = {"route": plan.route, "command": list(plan.command), "reason": plan.reason}
        if not plan.command and not as_json:
            click.echo(launch.pipeline(plan, out, options, program))
        finish(out or app, record, as_json=as_json)
        return
    report = launch.run(plan, out, options, program)
    if not as_json:
        _tell_run(report)
    finish(out or app, report.record(), as_json=as_json)
    failed = report.details.get("failed", ())
    for one in failed:
        click.echo(f"error: {one}", err=True)
    if failed:
        ctx.exit(1)


def _program(
    runner: Runner, callback: str | None, sinks: tuple[str, ...], pictures: bool
) -> Program | None:
    if runner == "python":
        from deepstream.app.run import Program

        return Program(callback, sinks, pictures)
    if callback or sinks or pictures:
        raise click.UsageError("--callback, --sink and --pictures are for --app python")
    return None


def _tell_run(report: LaunchReport) -> None:
    details = report.details
    if details:
        rates = ", ".join(f"{one:.1f}" for one in details["fps"])
        click.echo(f"network: {details['engine']}")
        click.echo(
            f"{details['frames']} frames in {details['seconds']:.1f} s: {rates} frames/s a source, "
            f"{details['objects']} objects"
        )
        for number, stream in enumerate(details["streams"]):
            click.echo(f"stream {number}: {_found(stream)}")
        if report.app and not details["objects"]:
            hint = "t2e stream config --min-score 0.3 shows what the network is less sure of"
            click.echo(f"hint: nothing was found; {hint}", err=True)
    click.echo(f"{report.kitti_files} KITTI files")


def _found(stream: Mapping[str, Any]) -> str:
    """What was on a stream, in a line; what its app does not look for is not told."""
    parts = [_counts(stream["objects"]) or "no objects"]
    if stream["tracks"]:
        parts.append(f"{stream['tracks']} tracks")
    if stream["names"]:
        parts.append(f"named {_counts(stream['names'])}")
    if stream["crossed"]:
        parts.append(f"crossed {_counts(stream['crossed'])}")
    return "; ".join(parts)


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.items())
