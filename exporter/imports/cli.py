"""``t2e models import``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from train2edge import cli_options as options

if TYPE_CHECKING:
    from exporter.imports.plan import ImportPlan
    from exporter.report import ExportReport
    from train2edge.datasets.labelled import Labelled


def _numbers(
    ctx: click.Context, param: click.Parameter, value: str | None
) -> tuple[float, ...] | None:
    if value is None:
        return None
    try:
        return tuple(float(one) for one in value.split(","))
    except ValueError:
        raise click.BadParameter(
            f"{value!r} is not numbers with commas, e.g. 104,117,124"
        ) from None


def _words(ctx: click.Context, param: click.Parameter, value: str | None) -> tuple[str, ...]:
    return tuple(one for one in (value or "").split(",") if one)


@click.command("import")
@click.argument("file", metavar="FILE.onnx", type=options.EXISTING_FILE)
@click.option(
    "--recipe", metavar="NAME", help="What it is (t2e models list); left out: says which fit."
)
@options.out("Bundle folder to write.")
@click.option(
    "--precision",
    type=click.Choice(["fp32", "fp16", "int8"]),
    default="int8",
    show_default=True,
    help="Of the device's engine.",
)
@click.option(
    "--calibrate",
    type=options.EXISTING_FOLDER,
    help="Pictures for INT8 ranges, no labels needed; default: half of those of --data.",
)
@click.option("--data", type=options.EXISTING_FOLDER, help="Labelled pictures to score it on.")
@click.option("--pictures", type=click.IntRange(min=1), help="How many of them calibrate.")
@click.option(
    "--method",
    type=click.Choice(["auto", "entropy", "percentile", "mse", "max"]),
    help="How INT8 ranges are chosen; default: as for trained models.",
)
@click.option(
    "--max-drop",
    type=click.FloatRange(0, 100),
    metavar="POINTS",
    help="What INT8 may lose of AP50, in hundredths; default: as for trained models.",
)
@click.option(
    "--min-sqnr",
    type=click.FloatRange(0),
    metavar="DB",
    help="Decibels that INT8 must keep at the boxes; default: 18.",
)
@click.option("--labels", type=options.EXISTING_FILE, help="Class names, one a line.")
@options.size("--size", help="Of the input, where the file has none.")
@click.option("--color", type=click.Choice(["RGB", "BGR", "GRAY"]), help="Of the input.")
@click.option(
    "--mean",
    callback=_numbers,
    metavar="A,B,C",
    help="Subtracted, in pixels 0..255; a channel each, in the order of the input's colour.",
)
@click.option(
    "--std", callback=_numbers, metavar="A,B,C", help="Divided by, in pixels; as for --mean."
)
@click.option(
    "--letterbox",
    type=click.Choice(["none", "top-left", "centre"]),
    help="How a picture of another shape is fitted in.",
)
@click.option(
    "--outputs", callback=_words, metavar="NAME,NAME", help="Cut the graph at these tensors."
)
@click.option("--rows", type=click.IntRange(min=1), help="Candidates that leave the network.")
@click.option("--operating", type=click.FloatRange(0, 1), help="Threshold of the deployed app.")
@click.option(
    "--nms",
    type=click.Choice(["topk", "efficient"]),
    default="topk",
    show_default=True,
    help="efficient: also files with TensorRT's plugin.",
)
@click.option("--name", help="The bundle's name; default: the file's.")
@click.option("--no-check", is_flag=True, help="Leave out the TensorRT compile check.")
@options.allow_failed
@options.dry_run
@options.as_json
def import_(
    file: Path,
    recipe: str | None,
    out: Path,
    calibrate: Path | None,
    data: Path | None,
    no_check: bool,
    allow_failed: bool,
    dry_run: bool,
    as_json: bool,
    **wishes: Any,
) -> None:
    """Make a bundle of FILE.onnx, a detector that was trained elsewhere.

    The recipe knows the family's preprocessing and outputs; options say what differs. Boxes are
    decoded in the graph for a parser that ships with DeepStream: nothing is compiled on the
    device. Ends with what every step changed and, with --data, what the precision costs. Exits
    with 1 where a check failed; the bundle is there all the same.
    """
    from exporter.imports import run
    from exporter.imports.wishes import Wishes

    wanted = Wishes(**wishes, check=not no_check)
    prepared = run.prepare(file, out, recipe, wanted, calibrate, data)
    if dry_run:
        _print(prepared.plan, as_json=as_json)
        return
    report = run.run(prepared)
    if not as_json:
        _tell(prepared.plan, report, prepared.scored)
    options.finish(out, report.as_record(), as_json=as_json)
    if not allow_failed:
        report.require(str(out))


def _print(plan: ImportPlan, *, as_json: bool) -> None:
    import json

    click.echo(json.dumps(plan.as_record()) if as_json else "\n".join(plan.lines()))


def _tell(plan: ImportPlan, report: ExportReport, scored: Labelled | None) -> None:
    for line in report.lines():
        click.echo(line)
    for note in plan.notes():
        click.echo(f"note: {note}")
    if scored is None:
        return
    if scored.part:
        click.echo(f"note: of the labelled folder the {scored.part} part was taken")
    if scored.left_out:
        left_out = ", ".join(scored.left_out)
        click.echo(f"note: labels that are no class of it were left out: {left_out}")
